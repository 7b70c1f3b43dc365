"""What a stream says, by the algorithm of the HTML Standard, 9.2.6, step by step.

It follows that text and nothing else: neither the server nor a client was its model, so that
a mistake of theirs is not repeated here. Names of buffers and comments are the standard's.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import NamedTuple

import aiohttp

CR, LF, SPACE, COLON = "\r", "\n", " ", ":"
ASCII_DIGITS = frozenset("0123456789")
LINE_BREAK = re.compile(b"[\r\n]")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Dispatched(NamedTuple):
    """An event as a browser would dispatch it."""

    type: str
    data: str
    last_id: str


class Parser:
    """Feed it bytes, cut anywhere; it returns the events that they dispatch.

    `last_id` is the "last event ID string": a reader that reconnects sends it.
    """

    def __init__(self, last_id: str = "") -> None:
        self.last_id = self.id_buffer = last_id
        self.data_buffer = self.type_buffer = ""
        self.retry: int | None = None
        self.comments: list[str] = []
        self._unfinished = bytearray()
        self._is_first_line = True
        self._last_break = ""

    def feed(self, chunk: bytes) -> list[Dispatched]:
        dispatched: list[Dispatched] = []
        for line in self._split(chunk):
            if line == "":
                dispatched += self.end_block()
            elif line[0] == COLON:
                self.comments.append(line[1:].strip())
            elif COLON in line:
                place = line.index(COLON)
                skipped = 2 if line[place + 1 : place + 2] == SPACE else 1
                self._process(line[:place], line[place + skipped :])
            else:
                self._process(line, "")
        return dispatched

    def end_block(self) -> list[Dispatched]:
        """Dispatch the event: none comes of a block without data."""
        self.last_id = self.id_buffer
        data, kind = self.data_buffer, self.type_buffer
        self.data_buffer = self.type_buffer = ""
        if data == "":
            return []
        return [Dispatched(kind or "message", data[:-1], self.last_id)]

    def _process(self, field: str, value: str) -> None:
        match field:
            case "event":
                self.type_buffer = value
            case "data":
                self.data_buffer += value + LF
            case "id" if "\0" not in value:
                self.id_buffer = value
            case "retry" if value and ASCII_DIGITS.issuperset(value):
                self.retry = int(value)

    def _split(self, chunk: bytes) -> Iterator[str]:
        """The lines that the chunk ends. A CR ends one at once, and then an LF ends none."""
        begin = 0
        for found in LINE_BREAK.finditer(chunk):
            ending = found[0].decode()
            self._unfinished += chunk[begin : found.start()]
            is_second_half = (
                self._last_break + ending == CR + LF and not self._unfinished
            )
            begin, self._last_break = found.end(), ending
            if not is_second_half:
                yield self._take()
        self._unfinished += chunk[begin:]

    def _take(self) -> str:
        line, self._unfinished = bytes(self._unfinished), bytearray()
        if self._is_first_line:
            self._is_first_line, line = False, line.removeprefix(BYTE_ORDER_MARK)
        return line.decode(errors="replace")


class Stream:
    """An open stream, read as it comes."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response
        self.parser = Parser()
        self._events = self._read()

    async def _read(self) -> AsyncIterator[Dispatched]:
        async for chunk in self.response.content.iter_any():
            for event in self.parser.feed(chunk):
                yield event

    async def next(self) -> Dispatched:
        return await anext(self._events)

    async def take(self, count: int) -> list[Dispatched]:
        return [await self.next() for _ in range(count)]

    async def ended(self) -> bool:
        """Read to the end, whatever comes; True once it is there."""
        async for _ in self._events:
            pass
        return True

    async def opened(self) -> None:
        """Wait for what the server sends first: where the stream stands."""
        while not self.parser.last_id:
            await self._silence()

    async def stands_at(self, position: str) -> None:
        """Wait, without an event, until the stream stands there."""
        while self.parser.last_id != position:
            await self._silence()

    async def until(self, holds: Callable[[int], bool]) -> AsyncIterator[Dispatched]:
        """Events until something holds of the id where the stream stands."""
        while True:
            chunk = await self.response.content.readany()
            assert chunk, "the stream ended"
            for event in self.parser.feed(chunk):
                yield event
            if holds(int(self.parser.last_id.rpartition(":")[2] or -1)):
                return

    def pause(self) -> asyncio.ReadTransport:
        """Stop reading: what the server writes fills the socket, then its own buffer."""
        connection = self.response.connection
        assert connection is not None
        transport = connection.transport
        assert isinstance(transport, asyncio.ReadTransport)
        transport.pause_reading()
        return transport

    async def _silence(self) -> None:
        chunk = await self.response.content.readany()
        assert chunk, "the stream ended"
        assert self.parser.feed(chunk) == []
