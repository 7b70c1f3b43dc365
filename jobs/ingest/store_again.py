"""Storing quotes again that were taken out, in the same transaction and by the ordinary way."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy.typing as npt
import psycopg

from pgstrike.db.errors import PgstrikeError
from pgstrike.db.queries import query
from pgstrike.jobs.feed.ndjson import QuoteTexts
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.quote import QuoteBatch, Reject

CHUNK = 65_536  # quotes that are stored at once
EVER = timedelta(days=36_500)

Rows = npt.NDArray[Any]


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
        source="stored quotes",
        source_kind=source_kind,
        rate=rate,
        horizon=EVER,
        accept_ahead=True,
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
