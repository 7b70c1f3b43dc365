"""What a stream says, taken block by block as the WHATWG text describes it.

It is written without a look at the clients, so that their mistakes are not repeated here. It
expects UTF-8 without a BOM, as our server sends it.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

import aiohttp

FIELD = re.compile(rb"(?P<name>[^:]*)(?::[ ]?(?P<text>.*))?", re.DOTALL)


class Dispatched(NamedTuple):
    """An event as a browser would dispatch it."""

    type: str
    data: str
    last_id: str


class Parser:
    """Feed it bytes; it returns the events of the blocks that are complete."""

    def __init__(self, last_id: str = "") -> None:
        self.rest = b""  # of a line that has not ended
        self.last_id = last_id
        self.retry: int | None = None
        self.comments: list[str] = []
        self._block: list[tuple[str, str]] = []

    def feed(self, chunk: bytes) -> list[Dispatched]:
        # For bytes, splitlines() knows the three line ends of event streams and no other.
        lines = (self.rest + chunk).splitlines(keepends=True)
        # A CR at the very end may be the first half of a CRLF.
        self.rest = lines.pop() if lines and lines[-1][-1:] != b"\n" else b""
        found: list[Dispatched] = []
        for line in lines:
            if bare := line.rstrip(b"\r\n"):
                match = FIELD.fullmatch(bare)
                assert match is not None
                name, text = match["name"].decode(), (match["text"] or b"").decode()
                self._block.append((name, text))
            else:
                found += self.end_block()
        return found

    def end_block(self) -> list[Dispatched]:
        """What the empty line after a block dispatches: one event, or nothing."""
        block, self._block = self._block, []
        self.comments += [text.strip() for name, text in block if not name]
        for name, text in block:
            if name == "id" and "\0" not in text:
                self.last_id = text
            if name == "retry" and re.fullmatch("[0-9]+", text):
                self.retry = int(text)
        lines = [text for name, text in block if name == "data"]
        types = [text for name, text in block if name == "event"]
        if not lines:
            return []
        kind = (types and types[-1]) or "message"
        return [Dispatched(kind, "\n".join(lines), self.last_id)]


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
