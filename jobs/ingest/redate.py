"""An expiry that the exchange has moved to another day: one contract, its history joined."""

from datetime import date, timedelta

import psycopg

from pgstrike.db.errors import PgstrikeError
from pgstrike.db.queries import query
from pgstrike.jobs.feed.times import days
from pgstrike.jobs.ingest.raw_quotes import raw_quotes
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.ingest.store_again import Rows, store_again, store_of
from pgstrike.jobs.progress import Shown, nothing

DAY = timedelta(days=1)


def redate(
    connection: psycopg.Connection,
    symbol: str,
    old: date,
    new: date,
    shown: Shown = nothing,
) -> int:
    """Move all quotes of an expiry to another day. Returns how many there were.

    They are stored again by the ordinary way, in one transaction: years to expiry, IV and
    growths come out as if the new day had been known from the start.
    """
    with connection.transaction():
        store = store_of(connection, symbol)
        refuse_wrong(connection, symbol, old, new)
        named = {"symbol": symbol, "expiry": old}
        found = [row[0] for row in connection.execute(query("quoted_days"), named)]
        connection.execute(
            query("forget_expiry"), {"symbol": symbol, "old": old, "new": new}
        )
        moved = 0
        for number, day in enumerate(found):
            shown(f"moving {symbol} of {old} to {new}", number, len(found))
            span = {**named, "from": day, "to": day + DAY}
            rows = raw_quotes(connection, span)
            connection.execute(query("forget_contracts"), span)
            rows["expiry"] = days(new)
            move_quotes(store, symbol, rows)
            moved += len(rows)
    return moved


def refuse_wrong(
    connection: psycopg.Connection, symbol: str, old: date, new: date
) -> None:
    """Refuse two days that are not one expiry."""
    if old == new:
        raise PgstrikeError(f"{old} is {new} already; give the old and the new day")
    expiries = [row[0] for row in connection.execute(query("expiries_of"), [symbol])]
    if old not in expiries:
        some = ", ".join(map(str, expiries[:6])) or "none"
        raise PgstrikeError(f"{symbol} has no contracts of {old}; it has {some}")
    named = {"symbol": symbol, "old": old, "new": new}
    row = connection.execute(query("quoted_twice"), named).fetchone()
    if row is not None and row[0]:
        raise PgstrikeError(
            f"{old} and {new} were both quoted at {row[1]:%Y-%m-%d %H:%M:%S %Z}, "
            f"{row[0]:,} quotes in all; they are two expiries, and cannot be joined"
        )


def move_quotes(store: Store, symbol: str, rows: Rows) -> None:
    """Store quotes in the transaction that took them out; all of them, or an error."""
    rejects = store_again(store, symbol, rows)
    if rejects:
        raise PgstrikeError(
            f"{len(rejects):,} quotes of {symbol} cannot be stored so, the first "
            f"because of this: {rejects[0].detail}; nothing was changed"
        )
