"""Listening to one channel for as long as it takes, through a connection of its own.

Not through a pooler in transaction mode: it hands the connection on, and nothing arrives.
Notifications sent while nobody listens are lost. So every (re)connection is signalled, and
the reader then reads what it missed from where it is kept.
"""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Iterator
from time import monotonic

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from db.connection import session_conninfo
from db.errors import one_line

logger = logging.getLogger(__name__)

# A peer that is gone without a word is noticed by the kernel, even in mid-query.
KEEPALIVE = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 9000,
}


class SilenceError(Exception):
    """A notification that was sent to ourselves did not come back."""


def backoff(first: float = 0.1, most: float = 1.0) -> Iterator[float]:
    """Seconds to wait before each new attempt: doubling, spread by half."""
    delay = first
    while True:
        yield delay * random.uniform(0.5, 1.5)
        delay = min(delay * 2, most)


class Channel:
    """One channel, listened to.

    It is alive as long as notifications that it sends to itself come back: an open socket
    proves nothing. `heard_at` is when the last one did, by time.monotonic().
    """

    def __init__(
        self, dsn: str, name: str, *, application_name: str, probe_seconds: float
    ) -> None:
        self.conninfo = make_conninfo(
            session_conninfo(dsn, application_name, {}), **KEEPALIVE
        )
        self.name = name
        self.probe_seconds = probe_seconds
        self.connected = False
        self.heard_at: float | None = None
        self.heard = asyncio.Event()  # set at the first probe that comes back
        self._probe_channel = ""
        self._probe_due = 0.0
        self._probe_is_out = False

    def alive(self) -> bool:
        if not self.connected or self.heard_at is None:
            return False
        return monotonic() - self.heard_at < 3 * self.probe_seconds

    async def signals(self) -> AsyncGenerator[str | None]:
        """Payloads in the order they were sent; None after every (re)connection.

        None means that LISTEN is in force and that what came before may be missing.
        """
        delays = backoff()
        while True:
            try:
                async with await self._connect() as connection:
                    await self._listen(connection)
                    yield None
                    while True:
                        for payload in await self._receive(connection):
                            yield payload
                        if self.heard_at is not None:
                            delays = backoff()
            except (psycopg.Error, TimeoutError, SilenceError) as error:
                delay = next(delays)
                logger.warning(
                    "listen_lost channel=%s retry_in=%.1fs cause=%s",
                    self.name,
                    delay,
                    one_line(error),
                )
            finally:
                self.connected = False
            await asyncio.sleep(delay)

    async def _connect(self) -> psycopg.AsyncConnection[TupleRow]:
        connection = await psycopg.AsyncConnection.connect(
            self.conninfo, autocommit=True
        )
        self._probe_channel = f"{self.name}_probe_{connection.info.backend_pid}"
        self._probe_due, self._probe_is_out = monotonic(), False
        self.heard_at = None
        return connection

    async def _listen(self, connection: psycopg.AsyncConnection[TupleRow]) -> None:
        for channel in (self.name, self._probe_channel):
            await connection.execute(
                sql.SQL("LISTEN {}").format(sql.Identifier(channel))
            )
        self.connected = True

    async def _receive(
        self, connection: psycopg.AsyncConnection[TupleRow]
    ) -> list[str]:
        """What has arrived; returns when something has, or a probe is due."""
        payloads, is_silent = [], True
        wait = max(self._probe_due - monotonic(), 0)
        async for notification in connection.notifies(timeout=wait, stop_after=1):
            self.heard_at, is_silent = monotonic(), False
            if notification.channel != self._probe_channel:
                payloads.append(notification.payload)
            else:
                self._probe_is_out = False
                self.heard.set()
        if monotonic() >= self._probe_due:
            await self._probe(connection, is_silent=is_silent)
        return payloads

    async def _probe(
        self, connection: psycopg.AsyncConnection[TupleRow], *, is_silent: bool
    ) -> None:
        # Behind a long queue of others' notifications ours may be late, and all is well.
        if self._probe_is_out and is_silent:
            raise SilenceError(f"no notification came for {self.probe_seconds:g} s")
        async with asyncio.timeout(self.probe_seconds):
            await connection.execute("SELECT pg_notify(%s, '')", [self._probe_channel])
        self._probe_due = monotonic() + self.probe_seconds
        self._probe_is_out = True
