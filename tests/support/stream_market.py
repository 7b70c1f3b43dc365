"""Readers of a broadcast on real sockets, which come, go and lag while events are sent."""

import asyncio
import contextlib
import random
import socket

from pgstrike.api.access.rights import Rights
from pgstrike.api.events.event import Filter, Position
from pgstrike.api.events.hub import Bounds, Hub
from pgstrike.api.http.auth import NOBODYS
from pgstrike.api.streams.broadcast import RESTARTED
from pgstrike.api.streams.connection import StreamConnection
from pgstrike.api.streams.fanout import Fanout
from pgstrike.api.streams.raw import RawBroadcast
from pgstrike.api.streams.subscription import Raw
from pgstrike.api.streams.unsent import Unsent
from tests.support.fakes import event
from tests.support.sse_reader import Dispatched, Parser


class Sockets(asyncio.Transport):
    """A connection with both its ends. The test reads the peer's end, or leaves it full."""

    def __init__(self) -> None:
        super().__init__()
        self.own, self.peer = socket.socketpair()
        for end in (self.own, self.peer):
            end.setblocking(False)
        self.own.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        self.taken = b""
        self.is_aborted = False

    def get_extra_info(self, name: str, default: object = None) -> object:
        return self.own

    def set_write_buffer_limits(
        self, high: int | None = None, low: int | None = None
    ) -> None:
        """Nothing waits in it."""

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self.is_aborted

    def abort(self) -> None:
        self.is_aborted = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.take()
        self.taken += bytes(data)

    def take(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while data := self.peer.recv(65536):
                self.taken += data

    def close(self) -> None:
        self.own.close()
        self.peer.close()


class Reader(StreamConnection):
    """A reader of a broadcast, whose task is the test."""

    transport: Sockets

    def __init__(self, feed: RawBroadcast) -> None:
        super().__init__(
            Sockets(), "identity", is_chunked=False, holder=NOBODYS, held=Unsent()
        )
        self.feed = feed
        self.seen = self.began = feed.at().id
        self.is_busy = False
        feed.readers.add(self)

    async def take(self, fanout: Fanout) -> None:
        """Take what waits, as the task of a reader would have it sent."""
        self.transport.take()
        if self.is_busy:
            await self.flush(None, 1)  # type: ignore[arg-type]
            self.is_busy = False
            await fanout.turn(self.feed, self)

    def events(self) -> list[Dispatched]:
        self.transport.take()
        return Parser().feed(self.transport.taken)


class Market:
    """Readers that come and go while events come; some are held for a while."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.hub = Hub()
        self.hub.start(Position("e", 0), "other_epoch")
        self.fanout = Fanout(0.001)
        raw = Raw(Filter(), Rights())
        self.feed = RawBroadcast(raw, self.hub, Bounds(10**6, 10**9), self.fanout.stir)
        self.feed.payer = "another"  # turns of readers come in between
        self.fanout.add(self.feed)
        self.everyone: list[Reader] = []
        self.held: list[Reader] = []
        self.quick: list[Reader] = []
        self.resets: list[int] = []
        self.most_in_step = self.behind = 0

    async def play(self, acts: int) -> None:
        for _ in range(acts):
            await self.act()
        await self.have_all()
        newest = self.feed.at().id
        assert {*self.feed.readers} == {*self.quick}
        assert self.feed.readers.all_seen() <= {newest}
        for reader in self.quick:
            assert reader.seen == newest
            self.leave(reader)

    async def act(self) -> None:
        await getattr(self, self.random.choice(["tell", "tell", "tell", *ACTS]))()
        for _ in range(self.random.choice([0, 0, 1, 3, 20])):
            await asyncio.sleep(0)
        self.most_in_step = max(
            self.most_in_step, *(len(g.readers) for g in self.feed.readers.groups()), 0
        )
        self.behind += sum(reader.is_busy for reader in self.held)

    async def tell(self) -> None:
        self.hub.feed(event(self.feed.at().id + 1, size=self.random.choice([0, 3000])))

    async def come(self) -> None:
        self.quick.append(Reader(self.feed))
        self.everyone.append(self.quick[-1])

    async def go(self) -> None:
        if self.quick:
            reader = self.quick.pop(self.random.randrange(len(self.quick)))
            while reader.is_busy:
                await reader.take(self.fanout)
            self.leave(reader)

    def close(self) -> None:
        for reader in self.everyone:
            reader.transport.close()

    def leave(self, reader: Reader) -> None:
        self.feed.readers.discard(reader)
        reader.lose()
        self.check(reader)
        reader.transport.close()

    async def hold(self) -> None:
        if self.quick:
            self.held.append(self.quick.pop())

    async def free(self) -> None:
        if self.held:
            self.quick.append(self.held.pop())
        for reader in self.quick:
            await reader.take(self.fanout)

    async def turn(self) -> None:
        """What the task of a reader asks for before it ends."""
        if self.quick:
            await self.fanout.turn(self.feed, self.random.choice(self.quick))

    async def restart(self) -> None:
        if self.random.random() < 0.1:
            self.resets.append(self.feed.at().id + 100)
            self.hub.start(Position("e", self.resets[-1]), "other_epoch")

    async def have_all(self) -> None:
        """Return once all readers have everything."""
        self.quick += self.held
        newest = self.feed.at().id
        async with asyncio.timeout(20):
            while any(each.seen < newest or each.is_busy for each in self.quick):
                for reader in self.quick:
                    await reader.take(self.fanout)
                await asyncio.sleep(0)

    def check(self, reader: Reader) -> None:
        """It got events from where it began, each once, and resets in place of some."""
        at = reader.began
        for found in reader.events():
            id = int(found.last_id.partition(":")[2])
            if found.type == "reset":
                assert id in self.resets and id > at
            else:
                assert id == at + 1, (at, id)
            at = id
        assert reader.seen in (at, RESTARTED) and not reader.is_busy


ACTS = ["come", "come", "go", "hold", "free", "turn", "restart"]
