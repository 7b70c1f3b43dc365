"""The same two symbols on one server, and on one server each."""

import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack
from typing import Any, NamedTuple

import psycopg
import pytest

from pgstrike.db.shards import Shard
from tests.api import conftest
from tests.api.conftest import Client
from tests.conftest import Cluster
from tests.support.engines import clone
from tests.support.live_market import append, epoch, open_store, quote, refresh
from tests.support.panel_reader import Key, said

NUMBERS = itertools.count()
HOME, SHARD = "NIFTY", "BANKNIFTY"


def served(
    dsn: str, *shards: Shard, **changes: Any
) -> AbstractAsyncContextManager[Client]:
    return conftest.served(dsn, shards=shards, **changes)


def bank(dsn: str, *symbols: str) -> Shard:
    return Shard("bank", dsn, frozenset(symbols or [SHARD]))


def quoted(dsn: str, minutes: float, *symbols: str, seed: int = 0) -> None:
    """A snapshot of each symbol."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SET timezone = 'UTC'")
        for symbol in symbols:
            quote(open_store(connection), minutes, symbol=symbol, seed=seed)
        refresh(connection)


@pytest.fixture
async def client(dsn: str, other_dsn: str) -> AsyncIterator[Client]:
    """An api of two servers, with a symbol each."""
    quoted(dsn, 0, HOME)
    quoted(other_dsn, 0, SHARD)
    async with served(dsn, bank(other_dsn)) as made:
        yield made


class Side(NamedTuple):
    """A server of one symbol. What writes there returns the id of its event, by the epoch."""

    symbol: str
    connection: psycopg.Connection
    epoch: str

    def quote(self, minutes: float, **words: Any) -> dict[str, int]:
        store = open_store(self.connection)
        stored = quote(store, minutes, symbol=self.symbol, **words)
        return {self.epoch: stored.event_id}

    def append(self, *numbers: int) -> dict[str, int]:
        return {self.epoch: append(self.connection, *numbers, topic="task")}

    def restore(self) -> "Side":
        """As a database that was restored: its log is on another line of history."""
        self.connection.execute(
            "UPDATE job.event_counter SET generation = generation + 1"
        )
        return self._replace(epoch=epoch(self.connection))


@pytest.fixture
def sides(client: Client, dsn: str, other_dsn: str) -> Iterator[list[Side]]:
    with ExitStack() as stack:
        found = []
        for symbol, own in ((HOME, dsn), (SHARD, other_dsn)):
            connection = stack.enter_context(psycopg.connect(own, autocommit=True))
            connection.execute("SET timezone = 'UTC'")
            found.append(Side(symbol, connection, epoch(connection)))
        yield found


def all_said(sides: list[Side]) -> dict[Key, dict[float, dict[str, Any]]]:
    return {key: rows for side in sides for key, rows in said(side.connection).items()}


@pytest.fixture
def new_dsn(cluster: Cluster) -> Iterator[Callable[[], str]]:
    """What makes another fresh database of the same engine."""
    with ExitStack() as stack:

        def made() -> str:
            name = f"shards_{next(NUMBERS)}"
            return stack.enter_context(clone(cluster.server, cluster.template, name))

        yield made
