"""Recomputing IV and Greeks: stored quotes are stored again, as the feed sent them."""

from pgstrike.db.errors import PgstrikeError
from pgstrike.db.queries import query
from pgstrike.jobs.ingest.rederive import rederive_in
from pgstrike.jobs.tasks.kind import FROM, SYMBOL, TO, Kind, Result
from pgstrike.jobs.tasks.work import Work, no_quotes


def run(work: Work) -> Result:
    """A day at a time: a transaction holds a whole day's quotes, and their writers wait."""
    symbol = work.arguments["symbol"]
    start, end = work.span()
    span = {"symbol": symbol, "from": start, "to": end}
    days = work.connection.execute(query("quoted_local_days"), span).fetchall()
    if not days:
        raise PgstrikeError(no_quotes(symbol, start, end))
    done = work.checkpoint.get("day", "")
    quotes = work.checkpoint.get("quotes", 0)
    for number, (day, first, last) in enumerate(days, 1):
        if str(day) <= done:
            continue
        checkpoint = {"day": str(day), "quotes": quotes}
        message = f"{symbol} of {day} is recomputed"
        with work.chunk(number, len(days), message, checkpoint):
            checkpoint["quotes"] += rederive_in(work.connection, symbol, first, last)
        quotes = checkpoint["quotes"]
    return {"days": len(days), "quotes": quotes}


KIND = Kind(
    name="recompute",
    about="Recompute IV, Greeks and all else that is derived from the quotes of some days.",
    properties={"symbol": SYMBOL, "from": FROM, "to": TO},
    required=("symbol", "from", "to"),
    run=run,
)
