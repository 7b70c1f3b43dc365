"""The log of a standby, where nobody can LISTEN: it is asked again and again.

Soon after an event, for more may follow; less often while it is quiet. An answer from memory
has to be as new as the standby is, so a request asks for a look of its own (`look`), which
many share.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from time import monotonic
from typing import NamedTuple

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import class_row

from pgstrike.api.events.event import Position
from pgstrike.api.events.listener import ANSWERED, DATA, RIGHTS
from pgstrike.db.backoff import backoff
from pgstrike.db.connection import describe, session_conninfo
from pgstrike.db.errors import one_line
from pgstrike.db.listen import CONNECT_SECONDS, KEEPALIVE, cut_unless_done, in_use
from pgstrike.db.queries import query
from pgstrike.db.session import Session

logger = logging.getLogger(__name__)

LEAST_SECONDS, MOST_SECONDS = 0.002, 0.02  # between two looks
SLOWER = 1.25  # each look that finds nothing makes the next wait so much longer
LOOK_SECONDS = 0.1  # that a request waits for a look
PAGE = 200  # events of one look
NOTHING = 2**62  # no event comes after it


class Polled(NamedTuple):
    """What sql/queries/poll_log.sql says."""

    epoch: str
    newest: int
    payloads: list[str] | None
    data: str
    rights: str

    @property
    def position(self) -> Position:
        return Position(self.epoch, self.newest)


class PolledLog:
    """A source of events that reads the log. It may lag behind another server's.

    `heard_at` is when it was last read. After a reconnection the server may be another one,
    which has replayed less. Until it has all that was read before, this is not `connected`.
    """

    def __init__(
        self, dsn: str, *, application_name: str, probe_seconds: float
    ) -> None:
        self.conninfo = make_conninfo(
            session_conninfo(dsn, application_name, {}, CONNECT_SECONDS), **KEEPALIVE
        )
        self.name = describe(dsn)
        self.probe_seconds = probe_seconds  # an answer that takes longer is lost
        self.connected = False
        self.heard_at: float | None = None
        self.heard = asyncio.Event()  # set at the first look
        self._connection: Session | None = None
        self._at: Position | None = None  # the consumer has everything up to here
        self._pace = LEAST_SECONDS
        self._asked = asyncio.Event()  # for a look now
        self._waiting: list[asyncio.Future[bool]] = []  # for a look that begins later

    def alive(self) -> bool:
        if not self.connected or self.heard_at is None:
            return False
        return monotonic() - self.heard_at < 3 * self.probe_seconds

    def is_quiet(self) -> bool:
        """Nobody knows without a look."""
        return False

    def lost(self) -> bool:
        return self._connection is None or self._connection.closed

    async def look(self) -> bool:
        """Let the consumer have all that is in the log by now. Returns whether it has it."""
        if not self.connected:
            return False
        waiter: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        self._asked.set()
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                return await waiter
        except TimeoutError:
            return False

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Session]:
        """The polling connection, for queries of the consumer between two signals."""
        with in_use(self._connection, self.name, self.probe_seconds) as connection:
            yield connection

    async def signals(self) -> AsyncGenerator[str | None]:
        """Payloads in the order of their ids; None after every (re)connection and hole."""
        delays = backoff()
        while True:
            try:
                async with self._connected() as connection:
                    polled = await self._first(connection)
                    delays = backoff()
                    yield None
                    while True:
                        await self._pause()
                        waiting, self._waiting = self._waiting, []
                        with answering(waiting):
                            before = polled
                            polled = await self._poll(connection, self._id())
                            for signal in self._news(before, polled):
                                yield signal
                            if self._id() < polled.newest:  # there is another page
                                self._waiting += waiting
                                waiting.clear()
            except psycopg.Error as error:
                delay = next(delays)
                logger.warning(
                    "poll_lost retry_in=%.1fs cause=%s", delay, one_line(error)
                )
            await asyncio.sleep(delay)

    async def _first(self, connection: Session) -> Polled:
        """What the log has, once that is not less than the consumer has."""
        self._pace = LEAST_SECONDS
        while True:
            polled = await self._poll(connection, NOTHING)
            if self._at is None or not is_before(polled.position, self._at):
                break
            await self._pause()
        self._at, self.connected = polled.position, True
        self.heard.set()
        return polled

    def _news(self, before: Polled, polled: Polled) -> list[str | None]:
        """What the consumer has to know; `_at` goes on as if it knew."""
        assert self._at is not None
        words = [DATA] if polled.data != before.data else []
        words += [RIGHTS] if polled.rights != before.rights else []
        payloads = polled.payloads or []
        if polled.epoch != self._at.epoch or len(payloads) != min(
            polled.newest - self._at.id, PAGE
        ):
            self._at = polled.position
            return [*words, None]
        if payloads:
            self._at = Position(polled.epoch, self._at.id + len(payloads))
            self._pace = LEAST_SECONDS
            # Lines are answered together with an event.
            return [*words, *payloads, ANSWERED]
        self._pace = min(self._pace * SLOWER, MOST_SECONDS)
        return [*words]

    async def _pause(self) -> None:
        """Wait for the next look, which is due in a while, or at once where it is asked for."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._pace):
                await self._asked.wait()
        self._asked.clear()

    def _id(self) -> int:
        assert self._at is not None
        return self._at.id

    async def _poll(self, connection: Session, after: int) -> Polled:
        cursor = connection.cursor(binary=True, row_factory=class_row(Polled))
        with cut_unless_done(connection, self.probe_seconds):
            await cursor.execute(query("poll_log"), {"after": after, "most": PAGE})
            polled = await cursor.fetchone()
        assert polled is not None
        self.heard_at = monotonic()
        return polled

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[Session]:
        connection = await psycopg.AsyncConnection.connect(
            self.conninfo, autocommit=True
        )
        try:
            self._connection = connection
            yield connection
        finally:
            self._connection, self.connected = None, False
            await connection.close()


@contextlib.contextmanager
def answering(waiting: list[asyncio.Future[bool]]) -> Iterator[None]:
    """Tell those who wait whether the consumer has dealt with all that the look found."""
    has_all = False
    try:
        yield
        has_all = True
    finally:
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(has_all)


def is_before(one: Position, other: Position) -> bool:
    return one.epoch == other.epoch and one.id < other.id
