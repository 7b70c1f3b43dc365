"""A small parser of event streams, written from the WHATWG text and from nothing of ours."""

import asyncio
from collections.abc import AsyncIterator
from typing import NamedTuple

import aiohttp


class Dispatched(NamedTuple):
    """An event as a browser would dispatch it."""

    type: str
    data: str
    last_id: str


class Parser:
    """Feed it bytes; it returns what they dispatch."""

    def __init__(self) -> None:
        self.rest = b""
        self.last_id = ""
        self.retry: int | None = None
        self.comments: list[str] = []
        self._data: list[str] = []
        self._type = ""
        self._id = ""

    def feed(self, chunk: bytes) -> list[Dispatched]:
        self.rest += chunk
        dispatched = []
        while True:
            # A CR at the very end may be the first half of a CRLF.
            ends = [
                at for at in (self.rest.find(b"\n"), self.rest.find(b"\r")) if at >= 0
            ]
            if not ends or (
                self.rest[min(ends)] == 13 and min(ends) + 1 == len(self.rest)
            ):
                return dispatched
            end = min(ends)
            width = 2 if self.rest[end : end + 2] == b"\r\n" else 1
            line, self.rest = self.rest[:end], self.rest[end + width :]
            event = self._line(line.decode())
            if event is not None:
                dispatched.append(event)

    def _line(self, line: str) -> Dispatched | None:
        if line == "":
            return self._dispatch()
        if line.startswith(":"):
            self.comments.append(line[1:].strip())
            return None
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
        elif field == "event":
            self._type = value
        elif field == "id" and "\0" not in value:
            self._id = value
        elif field == "retry" and value.isascii() and value.isdigit():
            self.retry = int(value)
        return None

    def _dispatch(self) -> Dispatched | None:
        self.last_id = self._id
        data, self._data = self._data, []
        kind, self._type = self._type or "message", ""
        return Dispatched(kind, "\n".join(data), self.last_id) if data else None


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

    async def opened(self) -> None:
        """Wait for what the server sends first: where the stream stands."""
        while not self.parser.last_id:
            await self._silence()

    async def stands_at(self, position: str) -> None:
        """Wait, without an event, until the stream stands there."""
        while self.parser.last_id != position:
            await self._silence()

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
