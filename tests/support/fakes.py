"""The parts around the hub, without a database and without a socket."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from aiohttp.abc import AbstractStreamWriter

from pgstrike.api.events.event import Event, Position, Reset, make_event
from pgstrike.api.events.hub import Hub
from pgstrike.api.events.log import EventLog, Head, PrunedError
from pgstrike.api.http.auth import NOBODYS
from pgstrike.api.streams.connection import CLOSED, StreamConnection
from pgstrike.db.errors import DatabaseError
from pgstrike.db.listen import Channel
from tests.support.sse_reader import Parser


def event(id: int, *, epoch: str = "e", size: int = 0, **about: str | None) -> Event:
    return make_event(
        Position(epoch, id),
        about.get("topic") or "ops",
        about.get("symbol"),
        about.get("expiry"),
        f'{{"id":{id},"padding":"{"x" * size}"}}',
    )


def payload(id: int, epoch: str = "e") -> str:
    return f'{{"id":{id},"epoch":"{epoch}","topic":"ops"}}'


class FakeChannel(Channel):
    """Brings what it is given, then waits."""

    def __init__(self, *script: str | None) -> None:
        self.script = script
        self.waits = asyncio.Event()
        self.closed = False

    def lost(self) -> bool:
        return False

    async def signals(self) -> AsyncGenerator[str | None]:
        try:
            for signal in self.script:
                yield signal
            self.waits.set()
            await asyncio.Event().wait()
        finally:
            self.closed = True


class FakeLog(EventLog):
    """Events up to `newest`, of which those before `oldest` are gone."""

    def __init__(
        self, newest: int, *, oldest: int = 1, epoch: str = "e", fails: int = 0
    ) -> None:
        self.state = Head(epoch, oldest, newest, ["NIFTY"])
        self.symbols = frozenset()
        self.fails = fails
        self.failed = 0
        self.has_failed = asyncio.Event()
        self.reads: list[tuple[int, int]] = []

    async def head(self) -> Head:
        if self.failed < self.fails:
            self.failed += 1
            self.has_failed.set()
            raise DatabaseError("the database is away")
        return self.state

    async def pages(self, after: int, upto: Position) -> AsyncIterator[list[Event]]:
        self.reads.append((after, upto.id))
        if after + 1 < self.state.oldest:
            raise PrunedError
        yield [event(id, epoch=upto.epoch) for id in range(after + 1, upto.id + 1)]


class Taken:
    """What a hub hands on."""

    def __init__(self, hub: Hub) -> None:
        self.items: list[Event | Reset] = []
        self._more = asyncio.Event()
        hub.takers[self] = None

    def take(self, item: Event | Reset) -> None:
        self.items.append(item)
        self._more.set()

    restart = take

    async def first(self, count: int) -> list[Event | Reset]:
        """So many, taken out once they have come."""
        async with asyncio.timeout(20):
            while len(self.items) < count:
                self._more.clear()
                await self._more.wait()
        found, self.items = self.items[:count], self.items[count:]
        return found


class FakeReader(StreamConnection):
    """Keeps everything sent to it; takes it at once by default."""

    __slots__ = ("takes", "written")

    def __init__(self, seen: int, *, takes: bool = True) -> None:
        self.key = ("identity", False)
        self.holder = NOBODYS
        self.group, self.descriptor = None, CLOSED
        self.seen = seen
        self.is_busy = self.is_closing = False
        self.takes = takes
        self.written = b""
        self.transport = OpenTransport()
        self._wake = None

    def send(self, wire: bytes) -> None:
        self.written += wire
        self.is_busy = not self.takes

    async def flush(self, writer: AbstractStreamWriter, seconds: float) -> None:
        pass

    def told(self) -> list[str]:
        """The types and ids of what it was sent, and with which id it is left."""
        parser = Parser()
        found = [f"{seen.type} {seen.last_id}" for seen in parser.feed(self.written)]
        return [*found, parser.last_id]


class OpenTransport(asyncio.Transport):
    def is_closing(self) -> bool:
        return False
