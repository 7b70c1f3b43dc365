"""The lots that the database knows, and those that --lot gives to one expiry."""

from pgstrike.db.connection import connect
from pgstrike.db.queries import query
from pgstrike.jobs.feed.lot_book import LotBook, LotOptions, Terms
from pgstrike.jobs.feed.times import calendar_day


def lot_book(dsn: str, options: LotOptions) -> LotBook:
    """What is known of lots; `--lot SYMBOL:EXPIRY=N` is kept for later files."""
    with connect(dsn, "lots") as connection, connection.transaction():
        for (symbol, expiry), lot in options.by_expiry.items():
            named = {"symbol": symbol, "expiry": calendar_day(expiry), "lot": lot}
            connection.execute(query("add_lot"), named)
        found = connection.execute(query("lot_terms")).fetchall()
    return LotBook(options, map(Terms._make, found))
