"""Sending to one process of the host, which may be slow: it is cut, and holds up nobody."""

import asyncio
import contextlib
import logging
import socket
from collections import deque
from collections.abc import Callable

logger = logging.getLogger(__name__)

MOST_WAITING = 8_000_000  # bytes for a process that does not read


class Outlet:
    """The listening process's end of a pair of sockets. `on_end` is called once."""

    def __init__(self, own: socket.socket, on_end: Callable[["Outlet"], None]) -> None:
        self._socket = own
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(own, self._hear)
        self._waiting: deque[memoryview] = deque()
        self._size = 0
        self._is_full = False

    def write(self, record: bytes) -> None:
        """Send it, or keep it until the socket takes it."""
        self._waiting.append(memoryview(record))
        self._size += len(record)
        if not self._is_full:
            self._send()
        if self._size > MOST_WAITING:
            logger.warning("process_cut waiting=%s", self._size)
            self.end()

    def end(self) -> None:
        if self._socket.fileno() < 0:
            return
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._socket.close()
        self._waiting.clear()
        self._size = 0
        self._on_end(self)

    def _send(self) -> None:
        try:
            self._send_all()
        except BlockingIOError:
            self._is_full = True
            self._loop.add_writer(self._socket, self._send)
        except OSError:
            self.end()
        else:
            if self._is_full:
                self._is_full = False
                self._loop.remove_writer(self._socket)

    def _send_all(self) -> None:
        while self._waiting:
            sent = self._socket.send(self._waiting[0])
            self._size -= sent
            self._waiting[0] = self._waiting[0][sent:]
            if not self._waiting[0]:
                self._waiting.popleft()

    def _hear(self) -> None:
        """It sends nothing, so it has gone."""
        with contextlib.suppress(ConnectionError):
            try:
                self._socket.recv(1)
            except BlockingIOError:
                return
        self.end()
