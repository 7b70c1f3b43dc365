"""The parts around the hub, without a database and without a socket."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from aiohttp import web

from api.events import Event, Position, make_event
from api.log import EventLog, Head, PrunedError
from db.errors import DatabaseError
from db.listen import Channel


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


class FakeResponse(web.StreamResponse):
    """Keeps what is written; or takes nothing."""

    def __init__(self, *, stalls: bool = False) -> None:
        super().__init__()
        self.written = b""
        self.stalls = stalls
        self.asked = asyncio.Event()

    async def write(self, data: object) -> None:
        self.asked.set()
        if self.stalls:
            await asyncio.Event().wait()
        assert isinstance(data, bytes)
        self.written += data
