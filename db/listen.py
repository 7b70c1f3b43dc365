"""Listening to one channel for as long as it takes, through a connection of its own.

Not through a pooler in transaction mode: it hands the connection on, and nothing arrives.
Notifications sent while nobody listens are lost. So every (re)connection is signalled, and
the reader then reads what it missed from where it is kept.
"""

import asyncio
import contextlib
import logging
import os
import select
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AbstractContextManager
from time import monotonic

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from pgstrike.db.backoff import backoff
from pgstrike.db.causes import QUEUE_FULL, cause_of
from pgstrike.db.connection import describe, session_conninfo
from pgstrike.db.errors import DatabaseError, one_line
from pgstrike.db.queries import query
from pgstrike.db.session import Session

logger = logging.getLogger(__name__)

# A peer that is gone without a word is noticed by the kernel, even in mid-query.
KEEPALIVE = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 9000,
}
CONNECT_SECONDS = 2  # longer, and a network that is back would be noticed late
HELLO = "hello"  # what another session sends to prove that notifications arrive


class SilenceError(Exception):
    """A notification that was sent to ourselves did not come back."""


class Channel:
    """One channel, listened to.

    It is alive as long as notifications that it sends to itself come back: an open socket
    proves nothing. `heard_at` is when the last one did, by time.monotonic(). A pooler may
    bring those back and nobody else's: `greeted` says that another session was heard.
    """

    def __init__(
        self, dsn: str, channel: str, *, application_name: str, probe_seconds: float
    ) -> None:
        self.conninfo = make_conninfo(
            session_conninfo(dsn, application_name, {}, CONNECT_SECONDS), **KEEPALIVE
        )
        self.name = describe(dsn)
        self.channel = channel
        self.probe_seconds = probe_seconds
        self.connected = False
        self.heard_at: float | None = None
        self.heard = asyncio.Event()  # set at the first probe that comes back
        self.greeted = asyncio.Event()
        self.probe_channel = ""
        self._connection: Session | None = None
        self._probe_due = 0.0
        self._probe_is_out = False
        self._socket: select.poll | None = None  # while it is waited for
        self._unsorted: list[tuple[str, str]] = []  # channels and payloads

    def alive(self) -> bool:
        if not self.connected or self.heard_at is None:
            return False
        return monotonic() - self.heard_at < 3 * self.probe_seconds

    def is_quiet(self) -> bool:
        """Whether nothing has arrived that the consumer of the signals has not dealt with."""
        return self._socket is not None and not self._socket.poll(0)

    def lost(self) -> bool:
        """Whether there is no connection to query for the consumer of the signals."""
        return self._connection is None or self._connection.closed

    async def signals(self) -> AsyncGenerator[str | None]:
        """Payloads in the order they were sent; None after every (re)connection.

        None means that LISTEN is in force and that earlier payloads may be missing.
        """
        delays = backoff()
        while True:
            try:
                async with self._connected() as connection:
                    yield None
                    while True:
                        for payload in await self._receive(connection):
                            yield payload
                        if self.heard_at is not None:
                            delays = backoff()
            except (psycopg.Error, SilenceError) as error:
                delay = next(delays)
                # The channel is a secret of the owner's, and the log is not.
                logger.warning(
                    "listen_lost retry_in=%.1fs cause=%s", delay, one_line(error)
                )
            await asyncio.sleep(delay)

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Session]:
        """The listening connection, for queries of the consumer between two signals."""
        with in_use(self._connection, self.name, self.probe_seconds) as connection:
            yield connection

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[Session]:
        connection = await psycopg.AsyncConnection.connect(
            self.conninfo, autocommit=True
        )
        try:
            self.probe_channel = f"{self.channel}_probe_{connection.info.backend_pid}"
            self._unsorted.clear()
            connection.add_notify_handler(self._keep)
            self._probe_due, self._probe_is_out = monotonic(), False
            self.heard_at = None
            await self._listen(connection)
            self._connection, self.connected = connection, True
            yield connection
        finally:
            self._connection, self.connected = None, False
            await connection.close()

    async def _listen(self, connection: Session) -> None:
        for channel in (self.channel, self.probe_channel):
            with self._watched(connection):
                await connection.execute(
                    sql.SQL("LISTEN {}").format(sql.Identifier(channel))
                )

    async def _receive(self, connection: Session) -> list[str]:
        """What has arrived; returns when something has, or a probe is due."""
        # Some may have come with the answer to a query: for them no socket is readable.
        if payloads := self._arrived(connection):
            return payloads
        with self._waiting(connection):
            # psycopg would not say when it begins to read.
            is_silent = not await readable(
                connection.fileno(), self._probe_due - monotonic()
            )
        if not is_silent:
            connection.pgconn.consume_input()
            payloads = self._arrived(connection)
        if monotonic() >= self._probe_due:
            await self._probe(connection, is_silent=is_silent)
        return payloads

    def _keep(self, found: psycopg.Notify) -> None:
        self._unsorted.append((found.channel, found.payload))

    def _arrived(self, connection: Session) -> list[str]:
        """The payloads that came with the answer to a query, and those that were read since."""
        while (found := connection.pgconn.notifies()) is not None:
            self._unsorted.append((found.relname.decode(), found.extra.decode()))
        payloads: list[str] = []
        for channel, payload in self._unsorted:
            self._sort(channel, payload, payloads)
        self._unsorted.clear()
        return payloads

    @contextlib.contextmanager
    def _waiting(self, connection: Session) -> Iterator[None]:
        self._socket = select.poll()
        self._socket.register(connection.fileno(), select.POLLIN)
        try:
            yield
        finally:
            self._socket = None

    def _sort(self, channel: str, payload: str, payloads: list[str]) -> None:
        """Take a notification: a probe of ours, or one for the consumer."""
        self.heard_at = monotonic()
        if channel != self.probe_channel:
            payloads.append(payload)
        elif payload == HELLO:
            self.greeted.set()
        else:
            self._probe_is_out = False
            self.heard.set()

    async def _probe(self, connection: Session, *, is_silent: bool) -> None:
        # Behind a long queue of others' notifications ours may be late, and all is well.
        if self._probe_is_out and is_silent:
            raise SilenceError(f"no notification came for {self.probe_seconds:g} s")
        self._probe_due = monotonic() + self.probe_seconds
        try:
            with self._watched(connection):
                await connection.execute(
                    "SELECT pg_notify(%s, '')", [self.probe_channel]
                )
        except psycopg.OperationalError as error:
            if cause_of(error) is not QUEUE_FULL:
                raise
            # Another connection would be refused too, and queued notifications still come.
            logger.warning("probe_refused cause=%s", one_line(error))
            with self._watched(connection):
                # Where nobody holds it any more, this empties it. Nothing else does.
                await connection.execute(query("queue_usage"))
        else:
            self._probe_is_out = True

    def _watched(self, connection: Session) -> AbstractContextManager[None]:
        return cut_unless_done(connection, self.probe_seconds)


@contextlib.contextmanager
def in_use(connection: Session | None, name: str, seconds: float) -> Iterator[Session]:
    """A connection to a named database, where there is one; an answer has so long to come."""
    if connection is None:
        raise DatabaseError(f"the connection to {name} was lost; check the server")
    with cut_unless_done(connection, seconds):
        yield connection


@contextlib.contextmanager
def cut_unless_done(connection: Session, seconds: float) -> Iterator[None]:
    """Within, an answer that does not come in time becomes a lost connection.

    Not by a cancellation: psycopg would ask the silent server to cancel, and wait.
    """
    late = asyncio.get_running_loop().call_later(seconds, cut, connection)
    try:
        yield
    finally:
        late.cancel()


def cut(connection: Session) -> None:
    """Shut a connection's socket down, so that a coroutine that waits for it fails at once."""
    if not connection.closed:
        with socket.socket(fileno=os.dup(connection.fileno())) as own:
            own.shutdown(socket.SHUT_RDWR)


async def readable(descriptor: int, seconds: float | None = None) -> bool:
    """Return once something can be read, or has ended; False where nothing came in time."""
    loop, arrived = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, arrived.set)
    try:
        async with asyncio.timeout(seconds):
            await arrived.wait()
    except TimeoutError:
        return has_arrived(descriptor)  # the loop may not have looked
    finally:
        loop.remove_reader(descriptor)
    return True


def has_arrived(descriptor: int) -> bool:
    looked_at = select.poll()
    looked_at.register(descriptor, select.POLLIN)
    return bool(looked_at.poll(0))
