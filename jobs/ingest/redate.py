"""An expiry that the exchange has moved to another day: one contract, its history joined."""

from datetime import date
from functools import partial

import psycopg

from pgstrike.db.errors import PgstrikeError
from pgstrike.db.queries import query
from pgstrike.jobs.ingest.store_again import (
    Chains,
    move_quotes,
    refuse_sealed,
    store_of,
)
from pgstrike.jobs.progress import Shown, nothing


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
        refuse_sealed(connection, Chains(symbol, old))
        connection.execute(
            query("forget_expiry"), {"symbol": symbol, "old": old, "new": new}
        )
        progress = partial(shown, f"moving {symbol} of {old} to {new}")
        return move_quotes(store, Chains(symbol, old), Chains(symbol, new), progress)


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
