"""Subscribers with sockets of their own: most of them, for these can be frozen and cut."""

import asyncio
from abc import abstractmethod
from urllib.parse import urlencode

from tests.soak.journal import STANDS, PositionParser
from tests.soak.service import KEY, Service
from tests.soak.subscriber import Subscriber
from tests.soak.wire import LOST, NARROW, WIDE, Wire
from tests.soak.wishes import Wish
from tests.support.panel_reader import Held
from tests.support.sse_reader import Dispatched

REFUSED_SECONDS = 0.05  # before the next attempt, where a server is there


class Reader(Subscriber):
    """Reads through sockets of its own."""

    def __init__(self, number: int, wish: Wish, seed: str, service: Service) -> None:
        super().__init__(number, wish, seed, service)
        self.wire: Wire | None = None
        self.thawed = asyncio.Event()
        self.thawed.set()
        self.is_frozen = self.was_frozen = False

    async def run(self) -> None:
        while not self.is_over:
            await self.service.serves.wait()
            try:
                wire = await Wire.open(self.service.port, *self._request())
            except LOST:
                await asyncio.sleep(REFUSED_SECONDS)
                continue
            try:
                await self._read(wire)
            except LOST:
                pass
            finally:
                self.wire = None
                wire.close()

    def _request(self) -> tuple[str, dict[str, str]]:
        """A position goes by the header, as browsers send it, or by ?after=; or by both."""
        headers = {
            "Authorization": f"Bearer {KEY}",
            "Accept-Encoding": self.wish.coding,
        }
        query = self.wish.query()
        if self.position:
            way = self.chance.choice(["header", "after", "both"])
            if way != "after":
                headers["Last-Event-ID"] = self.position
            if way != "header":
                epoch, _, id = self.position.partition(":")
                query.append(("after", f"{epoch}:{0 if way == 'both' else id}"))
        return f"/fo/stream?{urlencode(query)}", headers

    async def _read(self, wire: Wire) -> None:
        if wire.status == 200:
            return await self._follow(wire)
        if wire.status != 503:
            self.complaint = self.complaint or f"was answered {wire.status}"
        return await asyncio.sleep(REFUSED_SECONDS)

    async def _follow(self, wire: Wire) -> None:
        """Until the stream ends, or so many events have come, or all have."""
        self.wire = wire
        if self.is_frozen:
            wire.hold(NARROW)
        self.connections += 1
        if not self.position:
            self.journal.begin()
        parser = PositionParser(self.position)
        leave = self.chance.randrange(1, 400)
        while leave > 0 and not self.is_over:
            await self.thawed.wait()
            chunk = await wire.read()
            if not chunk:
                return
            for event in parser.feed(chunk):
                leave -= 1
                self.take(event)
                self.position = event.last_id
            self._tell()
        if self.chance.random() < 0.3:
            wire.cut()

    def freeze(self) -> None:
        self.thawed.clear()
        self.is_frozen = self.was_frozen = True
        if self.wire is not None:
            self.wire.hold(NARROW)

    def thaw(self) -> None:
        self.is_frozen = False
        if self.wire is not None:
            self.wire.hold(WIDE)  # or the rest would come in pieces, and take seconds
        self.thawed.set()

    @abstractmethod
    def take(self, event: Dispatched) -> None:
        """Take what the stream dispatched."""


class RawReader(Reader):
    """Keeps everything."""

    def take(self, event: Dispatched) -> None:
        self.journal.note(event)


class PanelReader(Reader):
    """Keeps what the frames add up to, and the events that are passed on beside them."""

    def __init__(self, number: int, wish: Wish, seed: str, service: Service) -> None:
        super().__init__(number, wish, seed, service)
        self.held = Held()

    def take(self, event: Dispatched) -> None:
        if event.type == "reset" and event.last_id:
            # It keeps its id, and what it missed may still be told.
            self.journal.resets.append("kept")
            return
        if event.type in ("snapshot", "chain"):
            self._hold(event)
            event = Dispatched(STANDS, "", event.last_id)
        self.journal.note(event)

    def _hold(self, event: Dispatched) -> None:
        id = int(event.last_id.rpartition(":")[2])
        held = self.held
        held.epoch, held.id = "", self.upto
        if event.type == "snapshot":
            held.id = min(held.id, id - 1)  # whole, so it may say again what was said
        try:
            held.apply(event)
        except (AssertionError, LookupError) as error:
            self.complaint = self.complaint or (
                f"cannot apply {event.type} {id} after {self.upto}: {error!r}"
            )
