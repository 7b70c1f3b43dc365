"""Events from the process of this host that listens for all of its processes."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from time import monotonic

import psycopg

from pgstrike.api.events.event import Event, Position, parse_event
from pgstrike.api.events.shared.pair import GoneError, Pair, Welcome
from pgstrike.db.backoff import backoff
from pgstrike.db.connection import describe, session_conninfo
from pgstrike.db.errors import one_line
from pgstrike.db.listen import CONNECT_SECONDS, HELLO, cut_unless_done
from pgstrike.db.session import Session

logger = logging.getLogger(__name__)


class SharedSource:
    """An EventSource; `api/events/shared/channel.py` is the other side."""

    def __init__(
        self, dsn: str, channel: str, door: socket.socket, *, probe_seconds: float
    ) -> None:
        self.name = describe(dsn)
        self.probe_seconds = probe_seconds
        self.heard = asyncio.Event()  # set once the other process listens
        self.greeted = asyncio.Event()  # set once it heard a session that said HELLO
        self.probe_channel = ""
        self._conninfo = session_conninfo(dsn, "pgstrike api", {}, CONNECT_SECONDS)
        self._channel = channel
        self._door = door
        self._pair: Pair | None = None  # while there is one
        self._database: socket.socket | None = None  # the other's, of the last pair
        self._session: Session | None = None

    @property
    def connected(self) -> bool:
        return self._pair is not None

    @property
    def heard_at(self) -> float | None:
        return None if self._pair is None else self._pair.heard_at

    def alive(self) -> bool:
        heard_at = self.heard_at
        return heard_at is not None and monotonic() - heard_at < 3 * self.probe_seconds

    def is_quiet(self) -> bool:
        """Whether nothing has arrived at this host that its consumer has not dealt with."""
        return self._pair is not None and self._pair.is_quiet()

    def recent(self, position: Position) -> Event | None:
        """An event that the host has in memory, of all its processes once."""
        payload = None if self._pair is None else self._pair.find(position.id)
        if payload is None:
            return None
        event = parse_event(payload.decode())
        event.drop_body()
        return event if event.position == position else None

    def lost(self) -> bool:
        return not self.connected

    async def signals(self) -> AsyncGenerator[str | None]:
        delays = backoff()
        try:
            while True:
                try:
                    pair = await self._join()
                    yield None
                    delays = backoff()
                    while not pair.leaves:
                        await self._settle(pair)
                        for text in await pair.receive():
                            if text == HELLO:
                                self.greeted.set()
                            else:
                                yield text
                except (OSError, GoneError) as error:
                    logger.warning("listen_lost cause=%s", one_line(error))
                    self._leave()
                    await asyncio.sleep(next(delays))
        finally:
            self._leave()
            self._look_away()
            await self._close_session()

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Session]:
        """A connection for the consumer, until it asks for the next signal."""
        if self._session is None or self._session.closed:
            self._session = await psycopg.AsyncConnection.connect(
                self._conninfo, autocommit=True
            )
        with cut_unless_done(self._session, self.probe_seconds):
            yield self._session

    async def _join(self) -> Pair:
        """A pair with the process that listens, as soon as it does.

        Until then there is the pair before, whose process may be about to leave.
        """
        own, other = socket.socketpair()
        pair = Pair(own)
        try:
            with other:
                own.setblocking(False)
                socket.send_fds(self._door, [b"\0"], [other.fileno()])
            welcome = await pair.welcome()
            if welcome.channel != self._channel:  # the file of shards is another one
                welcome.database.close()
                raise GoneError("listens to another database; end it by SIGHUP")
        except BaseException:
            pair.close()
            raise
        self._look_at(welcome)
        self._leave()
        self._pair = pair
        self.heard.set()
        return pair

    def _leave(self) -> None:
        if self._pair is not None:
            self._pair.close()
        self._pair = None

    def _look_at(self, welcome: Welcome) -> None:
        """Keep the database's socket. Where the pair before broke, end the session before.

        A process that was killed could not end it, and a stopped reader keeps it open.
        """
        is_new = welcome.probe_channel != self.probe_channel
        if self._database is not None and self._pair is None and is_new:
            with contextlib.suppress(OSError):
                self._database.shutdown(socket.SHUT_RDWR)
        self._look_away()
        self.probe_channel, self._database = welcome.probe_channel, welcome.database

    def _look_away(self) -> None:
        if self._database is not None:
            self._database.close()
        self._database = None

    async def _settle(self, pair: Pair) -> None:
        """The consumer has dealt with all that was received."""
        await self._close_session()
        pair.settle()

    async def _close_session(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()
