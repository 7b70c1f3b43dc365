"""Taking connections in, as many as there is room for.

asyncio's own server takes up to 1,024 in a row, whatever room there is, and logs a traceback
for each that finds no file left. Here a few are taken at a time, others go for them, and when
files run out all the same nothing is taken for a while.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Sequence

from pgstrike.api.errors import ApiError, raw_answer
from pgstrike.api.server.connection_limits import Connections
from pgstrike.api.server.http_connection import HttpConnection

logger = logging.getLogger(__name__)

AT_ONCE = 32  # taken in a row, before others may run
PAUSE_SECONDS = 0.2  # without a file for the next one
FULL = raw_answer(
    ApiError(
        503,
        "too_many_connections",
        "There are too many connections; send the same again in a few seconds.",
        {"Retry-After": "5"},
    )
)


class Acceptor:
    """The listening sockets, and who comes in."""

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        connections: Connections,
        make: Callable[[str], HttpConnection],
    ) -> None:
        self.sockets = sockets
        self.connections = connections
        self.make = make
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_open = False

    def open(self) -> None:
        self._is_open = True
        for own in self.sockets:
            own.setblocking(False)
            self._loop.add_reader(own, self._take, own)

    def close(self) -> None:
        """Take nobody in any more."""
        self._is_open = False
        for own in self.sockets:
            self._loop.remove_reader(own)
            own.close()

    def _take(self, own: socket.socket) -> None:
        for _ in range(AT_ONCE):
            try:
                taken, peer = own.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                return self._pause(own, error)
            self._let_in(taken, peer[0])

    def _pause(self, own: socket.socket, error: OSError) -> None:
        logger.warning("accept_failed cause=%s", error.strerror or error)
        self.connections.shed(AT_ONCE)
        self._loop.remove_reader(own)
        self._loop.call_later(PAUSE_SECONDS, self._go_on, own)

    def _go_on(self, own: socket.socket) -> None:
        if self._is_open:
            self._loop.add_reader(own, self._take, own)

    def _let_in(self, taken: socket.socket, address: str) -> None:
        taken.setblocking(False)
        if not self.connections.make_room(address):
            logger.warning("connection_refused remote=%s", address)
            refuse(taken)
            return
        task = self._loop.create_task(self._connect(taken, self.make(address)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, taken: socket.socket, connection: HttpConnection) -> None:
        try:
            await self._loop.connect_accepted_socket(lambda: connection, taken)
        except OSError as error:
            logger.warning("connection_lost cause=%s", error.strerror or error)
            connection.forget()
            taken.close()


def refuse(taken: socket.socket) -> None:
    with taken, contextlib.suppress(OSError):  # it may have gone, or take nothing
        taken.send(FULL)


async def bound(host: str, port: int, backlog: int) -> list[socket.socket]:
    """Listening sockets on all addresses of a host."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(asyncio.Protocol, host, port, start_serving=False)
    try:
        made = [own.dup() for own in server.sockets]
    finally:
        server.close()
    for own in made:
        own.listen(backlog)
    return made
