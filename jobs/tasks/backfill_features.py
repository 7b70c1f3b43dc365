"""Computing the features of the past, from what is stored now: rows of origin `backfilled`."""

from datetime import datetime

from pgstrike.db.errors import PgstrikeError
from pgstrike.db.queries import query
from pgstrike.jobs.predict.features import Minute, log
from pgstrike.jobs.tasks.kind import FROM, SYMBOL, TO, Kind, Result
from pgstrike.jobs.tasks.work import Work, no_quotes

MINUTES_PER_CHUNK = 15


def run(work: Work) -> Result:
    """A quarter of an hour at a time. What has a row is left as it is."""
    symbol = work.arguments["symbol"]
    start, end = work.span()
    span = {"symbol": symbol, "from": start, "to": end}
    if not work.connection.execute(query("quoted_local_days"), span).fetchall():
        raise PgstrikeError(no_quotes(symbol, start, end))
    due = [
        row[0] for row in work.connection.execute(query("minutes_to_backfill"), span)
    ]
    rows = work.checkpoint.get("rows", 0)
    for place in range(0, len(due), MINUTES_PER_CHUNK):
        part: list[datetime] = due[place : place + MINUTES_PER_CHUNK]
        checkpoint = {"rows": rows, "at": str(part[-1])}
        message = f"{symbol} has features until {part[-1]}"
        with work.chunk(place + len(part), len(due), message, checkpoint):
            for at in part:
                id = log(work.connection, Minute(symbol, at), "backfilled")
                checkpoint["rows"] += id is not None
        rows = checkpoint["rows"]
    return {"minutes": len(due), "rows": rows}


KIND = Kind(
    name="backfill_features",
    about="Compute the features of the minutes of some days that have none.",
    properties={"symbol": SYMBOL, "from": FROM, "to": TO},
    required=("symbol", "from", "to"),
    run=run,
)
