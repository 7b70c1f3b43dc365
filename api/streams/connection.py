"""A reader: one connection, and how bytes reach its socket.

They are written to the socket itself, without a coroutine and without a copy per reader. What
it does not take at once is left to the reader's own task, and so is a reader that lags, until
its socket has taken everything: the fan-out waits for nobody.
"""

import asyncio
import contextlib
import fcntl
import os
import socket
import struct
import sys
import termios
import zlib
from functools import cache
from typing import Protocol

from aiohttp.abc import AbstractStreamWriter

from pgstrike.api.access.keys import Key
from pgstrike.api.streams.unsent import Unsent
from pgstrike.api.wire.frames import Burst, Coding, Frame, chunk, gzip_end

CLOSED = -1  # the descriptor of a connection that is lost
PIECE_BYTES = 16_384  # of what waits for a socket, held in its transport: a copy
# In the kernel, for a reader that lags: it only grows old there, and others wait meanwhile.
UNSENT_BYTES = 65_536
LOOKS = 5  # how often a reader that lags is looked after until it is cut


@cache
def same_key(coding: Coding, is_chunked: bool) -> tuple[Coding, bool]:
    """One object for all readers of a kind, so that kinds compare by identity."""
    return coding, is_chunked


class Group(Protocol):
    """Readers that are written to as one (api/streams/in_step.py)."""

    def seen_by(self, reader: "StreamConnection") -> int:
        """The id of the newest event that one of them was sent."""

    def remove(self, reader: "StreamConnection") -> None:
        """Set one of them apart."""


class Carrier(Protocol):
    """What a stream is sent over. It tells the reader when it is lost, before any other."""

    reader: "StreamConnection | None"


class StalledError(Exception):
    """A reader took nothing for too long."""


class StreamConnection:
    """What one connection has had, and whether it can be written to."""

    __slots__ = (
        "_crc",
        "_draining",
        "_held",
        "_rest",
        "_seen",
        "_size",
        "_wake",
        "descriptor",
        "group",
        "holder",
        "is_busy",
        "is_closing",
        "key",
        "place",
        "transport",
    )

    def __init__(
        self,
        transport: asyncio.Transport,
        coding: Coding,
        *,
        is_chunked: bool,
        holder: Key,
        held: Unsent,
    ) -> None:
        self.transport = transport
        self._held = held
        self.holder = holder  # the key it has come with
        self.key = same_key(coding, is_chunked)
        self._seen = 0  # the id of the newest event sent to it, while it is in no group
        self.group: Group | None = None
        self.place = 0  # in its group
        self.is_busy = True  # until its task has sent the first frames
        self.is_closing = False
        self._rest: memoryview | None = None
        self._wake: asyncio.Future[None] | None = None
        self._draining: asyncio.Future[None] | None = None
        self._crc = self._size = 0  # of what gzip holds
        own: socket.socket = transport.get_extra_info("socket")
        self.descriptor = own.fileno()
        # A single waiting byte means that the socket is full.
        transport.set_write_buffer_limits(high=0)
        with contextlib.suppress(AttributeError, OSError):  # not every system has it
            own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)

    @property
    def seen(self) -> int:
        """The id of the newest event sent to it."""
        return self._seen if self.group is None else self.group.seen_by(self)

    @seen.setter
    def seen(self, id: int) -> None:
        self._seen = id

    def may_be_in_step(self) -> bool:
        """Whether others may write to its descriptor; what gzip sends is counted for each."""
        return (
            not (self.is_busy or self.is_closing or self.transport.is_closing())
            and self.descriptor != CLOSED
            and self.key[0] != "gzip"
        )

    def step_out(self) -> None:
        """Be served apart from now on."""
        if self.group is not None:
            self.group.remove(self)

    def lose(self) -> None:
        """Nobody may write to it from now on: its descriptor may soon be another's."""
        self.step_out()
        self.descriptor = CLOSED

    def write(self, burst: Burst) -> None:
        """Write frames to a reader that is not busy; it may be afterwards."""
        self.write_wire(burst, burst.wire(self.key))

    def write_wire(self, burst: Burst, wire: bytes) -> None:
        """The same, by somebody who has the burst's wire at hand."""
        if self.key[0] == "gzip":
            self.count(burst.plain)
        self.seen = burst.upto
        self.send(wire)

    def send(self, wire: bytes) -> None:
        if self.descriptor == CLOSED or self.transport.is_closing():
            return
        try:
            sent = os.write(self.descriptor, wire)
        except BlockingIOError:
            sent = 0
        except OSError:
            return self.transport.abort()
        if sent < len(wire):
            self.keep_rest(wire, sent)

    def keep_rest(self, wire: bytes, sent: int) -> None:
        """Leave to its task what its socket did not take."""
        self._held.add(wire)
        self._rest = memoryview(wire)[sent:]
        self.is_busy = True
        self.wake()

    def count(self, plain: bytes) -> None:
        """Add to the checksum and size with which a gzip stream ends."""
        self._crc = zlib.crc32(plain, self._crc)
        self._size += len(plain)

    def finish(self) -> None:
        """Send the end of the compressed stream."""
        coding, is_chunked = self.key
        if coding == "gzip":
            end = gzip_end(self._crc, self._size)
            self.send(chunk(end) if is_chunked else end)

    def close(self) -> None:
        """Make its task send pending frames, and end."""
        self.is_closing = True
        self.wake()

    def wake(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    async def woken(self) -> None:
        """Return when there is something for the task to do."""
        if not self.is_busy and not self.is_closing:
            self._wake = asyncio.get_running_loop().create_future()
            try:
                await self._wake
            finally:
                self._wake = None

    async def flush(self, writer: AbstractStreamWriter, seconds: float) -> None:
        """Return once the socket has taken everything; StalledError if it takes nothing."""
        while self._rest or self.transport.get_write_buffer_size():
            self._pass_on()
            if self.transport.get_write_buffer_size():
                await self._drained(writer, seconds)

    def _pass_on(self) -> None:
        """Give the transport a piece of what waits; all of it would be a copy per reader."""
        if self._rest is not None:
            self.transport.write(self._rest[:PIECE_BYTES])
            if len(self._rest) > PIECE_BYTES:
                self._rest = self._rest[PIECE_BYTES:]
            else:
                self.let_go()

    def let_go(self) -> None:
        """Drop the frames that were not sent."""
        if self._rest is not None:
            self._held.remove(self._rest.obj)  # type: ignore[arg-type]
            self._rest = None

    async def cut(
        self, writer: AbstractStreamWriter, last: Frame, seconds: float
    ) -> None:
        """End a stream that stalled with a last frame, if it is taken in time."""
        with contextlib.suppress(StalledError, TimeoutError):
            async with asyncio.timeout(0 if self._held.is_too_much() else seconds):
                await self.flush(writer, seconds)
                self.send(Burst([last], self.seen).wire(self.key))
                await self.flush(writer, seconds)
        if self._rest or self.transport.get_write_buffer_size():
            self.transport.abort()

    async def _drained(self, writer: AbstractStreamWriter, seconds: float) -> None:
        drain = self._drain(writer)
        looks, unsent = 0, self._unsent()
        try:
            while looks < (1 if self._held.is_too_much() else LOOKS):
                await asyncio.wait([drain], timeout=seconds / LOOKS)
                if drain.done():
                    self._draining = None
                    return drain.result()
                before, unsent = unsent, self._unsent()
                looks = looks + 1 if unsent >= before else 0
        except asyncio.CancelledError:
            drain.cancel()
            raise
        raise StalledError(f"nothing was taken for {seconds:g} s")

    def _drain(self, writer: AbstractStreamWriter) -> "asyncio.Future[None]":
        # One that goes on when we cease to wait: aiohttp cannot be asked twice.
        if self._draining is None:
            self._draining = asyncio.ensure_future(writer.drain())
            self._draining.add_done_callback(mark_seen)
        return self._draining

    def _unsent(self) -> int:
        """Bytes that the peer has not taken, those in the kernel's hands included."""
        waiting = self.transport.get_write_buffer_size()
        if sys.platform == "linux":
            with contextlib.suppress(OSError):
                found = fcntl.ioctl(self.descriptor, termios.TIOCOUTQ, bytes(4))
                waiting += struct.unpack("i", found)[0]
        return waiting


def mark_seen(done: "asyncio.Future[None]") -> None:
    """Retrieve its failure: asyncio reports one that nobody retrieves."""
    if not done.cancelled():
        done.exception()
