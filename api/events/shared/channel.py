"""The one connection of a host that listens, and whom it sends to."""

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator, Iterator

import psycopg

from pgstrike.api.events.shared.outlet import Outlet
from pgstrike.api.events.shared.page import Page
from pgstrike.api.events.shared.wire import LEAVES, packed
from pgstrike.db.listen import HELLO, Channel
from pgstrike.db.session import Session

EVENT = re.compile(r'\{"id":([1-9][0-9]{0,18}),')  # as ops.append_events writes them
# The name of the session; sql/queries/listeners.sql counts.
LISTENS = "pgstrike api listener"


class SharedChannel(Channel):
    """A channel whose notifications go to every process that asked for them.

    A process sends one end of a pair of sockets through the door. It gets the database's
    socket and the page, to see whether something has come, and then each record. Where the
    connection is lost all pairs are closed, and the processes ask again: so within a pair
    nothing is missing.
    """

    def __init__(
        self,
        dsn: str,
        channel: str,
        *,
        probe_seconds: float,
        door: socket.socket,
        page: int,
    ) -> None:
        super().__init__(
            dsn, channel, application_name=LISTENS, probe_seconds=probe_seconds
        )
        self._door: socket.socket | None = door
        self._is_door_open = False
        self._page = Page(page)
        self._page_descriptor = page
        self._outlets: dict[Outlet, None] = {}
        self._number = 0
        self._all_gone = asyncio.Event()
        self._page.lose()

    async def leave(self) -> None:
        """Return once all have gone to another process, which has the door now."""
        self._close_door()
        self._door = None
        while self._outlets:
            self._all_gone.clear()
            self._send([LEAVES])
            await self._all_gone.wait()

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[Session]:
        async with super()._connected() as connection:
            try:
                yield connection
            finally:
                self._close_door()
                self._page.lose()
                for outlet in tuple(self._outlets):
                    outlet.end()

    def _open_door(self, connection: Session) -> None:
        """Only once a probe came back: who joins is alive at once."""
        if self._door is not None and not self._is_door_open:
            self._is_door_open = True
            loop = asyncio.get_running_loop()
            loop.add_reader(self._door, self._admit, self._door, connection)

    def _close_door(self) -> None:
        if self._door is not None and self._is_door_open:
            self._is_door_open = False
            asyncio.get_running_loop().remove_reader(self._door)

    async def _receive(self, connection: Session) -> list[str]:
        payloads = await super()._receive(connection)
        if payloads:
            self._keep_all(payloads)
            self._number += 2
            self._send(payloads)
        return payloads

    def _keep_all(self, payloads: list[str]) -> None:
        for payload in payloads:
            if (event := EVENT.match(payload)) is not None:
                self._page.ring.add(int(event[1]), payload.encode())

    def _send(self, texts: list[str]) -> None:
        record = packed(self._number, texts)
        for outlet in tuple(self._outlets):
            outlet.write(record)

    @contextlib.contextmanager
    def _waiting(self, connection: Session) -> Iterator[None]:
        with super()._waiting(connection):
            self._page.rest(self._number, self.heard_at)
            if self.heard_at is not None:
                self._open_door(connection)
            try:
                yield
            finally:
                self._page.work()

    def _sort(self, channel: str, payload: str, payloads: list[str]) -> None:
        super()._sort(channel, payload, payloads)
        if channel == self.probe_channel and payload == HELLO:
            payloads.append(HELLO)  # it was for one of the processes

    def _admit(self, door: socket.socket, connection: Session) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                _, given, _, _ = socket.recv_fds(door, 1, 1)
                for descriptor in given:
                    self._welcome(socket.socket(fileno=descriptor), connection)

    def _welcome(self, own: socket.socket, connection: Session) -> None:
        own.setblocking(False)
        welcome = packed(self._number, [self.probe_channel, self.channel])
        try:
            seen = [connection.fileno(), self._page_descriptor]
            socket.send_fds(own, [welcome], seen)
        except (OSError, psycopg.Error):  # either side has gone meanwhile
            own.close()
        else:
            self._outlets[Outlet(own, self._forget)] = None

    def _forget(self, outlet: Outlet) -> None:
        del self._outlets[outlet]
        if not self._outlets:
            self._all_gone.set()
