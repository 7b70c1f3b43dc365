"""Storing quotes again that were taken out, in the same transaction and by the ordinary way."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy.typing as npt
import psycopg

from pgstrike.db.errors import PgstrikeError
from pgstrike.db.queries import query
from pgstrike.jobs.feed.ndjson import QuoteTexts
from pgstrike.jobs.feed.times import days
from pgstrike.jobs.ingest.raw_quotes import SOURCE, quotes_to_write_again
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.quote import QuoteBatch, Reject

CHUNK = 65_536  # quotes that are stored at once
EVER = timedelta(days=36_500)
DAY = timedelta(days=1)

Rows = npt.NDArray[Any]


class Chains(NamedTuple):
    """The chains of a symbol: of one expiry, or of all (None)."""

    symbol: str
    expiry: date | None = None


def store_of(connection: psycopg.Connection, symbol: str) -> Store:
    """What stores a symbol's quotes again; other writers of the symbol wait from now on."""
    row = connection.execute(query("lock_instrument"), [symbol]).fetchone()
    if row is None:
        raise PgstrikeError(
            f"unknown symbol {symbol}; see `pgstrike instrument list` for those known"
        )
    rate, source_kind = row
    if source_kind is None:
        raise PgstrikeError(f"{symbol} has no quotes; ingest some first")
    return Store(
        connection,
        source=SOURCE,
        source_kind=source_kind,
        rate=rate,
        horizon=EVER,
        accept_ahead=True,
    )


def refuse_sealed(connection: psycopg.Connection, chains: Chains) -> None:
    """Refuse to move chains of which a session is sealed: its quotes may be gone."""
    found = connection.execute(query("sealed_sessions"), chains._asdict()).fetchall()
    if found:
        some = " ".join(str(session) for (session,) in found[:6])
        raise PgstrikeError(
            f"{len(found)} sessions of {chains.symbol} are below its floor; first run "
            f"`pgstrike restore {chains.symbol} {some}{' ...' if found[6:] else ''}`"
        )


def store_again(store: Store, symbol: str, rows: Rows) -> list[Reject]:
    """Store the quotes; what is returned cannot be stored any more."""
    rejects: list[Reject] = []
    for chunk in chunks(rows):
        batch = QuoteBatch(chunk, (symbol,), QuoteTexts(chunk, (symbol,)), [])
        rejects += store.add_alone(batch)[1]
        store.connection.execute(query("empty_batch"))
    return rejects


def chunks(rows: Rows) -> Iterator[Rows]:
    """The rows in parts, none of which ends within a snapshot."""
    times, first = rows["quote_time"], 0
    while first < len(rows):
        last = times[min(first + CHUNK, len(rows)) - 1]
        end = int(times.searchsorted(last, side="right"))
        yield rows[first:end]
        first = end


def move_quotes(
    store: Store, old: Chains, new: Chains, shown: Callable[[int, int], None]
) -> int:
    """Move all quotes of some chains, a day at a time. Returns how many there were.

    `shown` gets how many days are done, and of how many. PgstrikeError where a quote cannot be
    stored under its new name or expiry: the caller's transaction is then to be undone.
    """
    named = old._asdict()
    found = store.connection.execute(query("quoted_days"), named).fetchall()
    moved = 0
    for number, (day,) in enumerate(found):
        shown(number, len(found))
        span = {**named, "from": day, "to": day + DAY}
        rows = quotes_to_write_again(store.connection, span)
        store.connection.execute(query("forget_contracts"), span)
        if new.expiry is not None:
            rows["expiry"] = days(new.expiry)
        rejects = store_again(store, new.symbol, rows)
        if rejects:
            raise PgstrikeError(
                f"{len(rejects):,} quotes of {new.symbol} cannot be stored so, the first "
                f"because of this: {rejects[0].detail}; nothing was changed"
            )
        moved += len(rows)
    return moved
