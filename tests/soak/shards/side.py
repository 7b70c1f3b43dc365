"""A server of one symbol, and what writes there."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count

import psycopg

from pgstrike.db.embedded.server import Server
from tests.soak.round import EPOCH, LOG
from tests.soak.wishes import Logged
from tests.support.live_market import append, open_store, quote
from tests.support.network import Network, network

SYMBOLS = {"home": "NIFTY", "bank": "BANKNIFTY"}
WRITE_SECONDS = 0.01
AWAY_SECONDS = 0.05
BATCH = 25  # events of a connection; before them a snapshot of quotes
QUOTE_MINUTES = 0.5


@dataclass
class Side:
    """A server, with what writes there."""

    name: str
    server: Server
    dsn: str
    between: Network  # and the api
    through: str  # the DSN that leads through it
    epoch: str
    written: set[int] = field(default_factory=set)  # ids that a commit has answered
    cut: int = 0  # writes that a fault cut
    _snapshots: "count[int]" = field(default_factory=lambda: count(1))

    @property
    def symbol(self) -> str:
        return SYMBOLS[self.name]

    async def write(self) -> None:
        """Until it is cancelled."""
        while True:
            try:
                await asyncio.to_thread(self._write_some)
            except psycopg.Error:
                self.cut += 1
                await asyncio.sleep(AWAY_SECONDS)

    def _write_some(self) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            self._quote(connection)
            for number in range(BATCH):
                symbol = self.symbol if number % 5 else None
                self.written.add(append(connection, number, symbol=symbol))
                connection.execute("SELECT pg_sleep(%s)", [WRITE_SECONDS])

    def _quote(self, connection: psycopg.Connection) -> None:
        number = next(self._snapshots)
        stored = quote(
            open_store(connection),
            number * QUOTE_MINUTES,
            symbol=self.symbol,
            seed=number,
            underlying=24400 + number * 17 % 200,  # so that windows move
        )
        self.written.add(stored.event_id)

    def mark(self) -> int:
        """Append an event. Returns its id."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            return append(connection, -1, symbol=self.symbol)

    def log(self) -> list[Logged]:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            return [Logged(*row) for row in connection.execute(LOG)]


@contextlib.asynccontextmanager
async def side_of(name: str, server: Server, dsn: str) -> AsyncIterator[Side]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        quote(open_store(connection), 0, symbol=SYMBOLS[name])
        [(epoch,)] = connection.execute(EPOCH).fetchall()
    async with network(dsn) as (between, through):
        yield Side(name, server, dsn, between, through, epoch)
