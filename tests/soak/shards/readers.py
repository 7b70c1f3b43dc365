"""Readers that drop at random, and resume from the id that they had last."""

import asyncio
import contextlib
import json
import random
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.soak.journal import STANDS, PositionParser
from tests.soak.round import FAULT_SECONDS
from tests.soak.service import KEY, Service
from tests.soak.shards.side import AWAY_SECONDS, Side
from tests.soak.wishes import Logged, Wish
from tests.support.merged_reader import MergedHeld, stands_of
from tests.support.sse_reader import Dispatched

LOST = (aiohttp.ClientError, ConnectionError, TimeoutError)
OF_STATE = ("snapshot", "chain")


@dataclass
class Reader:
    """One reader, and all that it was told."""

    number: int
    wish: Wish
    chance: random.Random
    service: Service
    sides: list[Side]  # whose events it is told
    moved: asyncio.Event
    position: str = ""
    begun: dict[str, int] = field(default_factory=dict)  # by epoch
    told: dict[str, list[int]] = field(default_factory=dict)
    resets: list[str] = field(default_factory=list)
    lapses: list[tuple[str, int, int]] = field(default_factory=list)
    held: MergedHeld = field(default_factory=MergedHeld)  # of a panel
    connections: int = 0
    complaint: str | None = None

    def __str__(self) -> str:
        return f"reader {self.number} ({self.wish})"

    def stands(self) -> dict[str, int]:
        return stands_of(self.position)

    def wants(self, side: Side, event: Logged) -> bool:
        """Whether it has to be told of an event, which no reset has left out."""
        return self.wish.wants(event) and not any(
            epoch == side.epoch and after < event.id <= upto
            for epoch, after, upto in self.lapses
        )

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await self.service.serves.wait()
            with contextlib.suppress(*LOST):
                await self._connect()
            await asyncio.sleep(AWAY_SECONDS)

    async def _connect(self) -> None:
        headers = {"Authorization": f"Bearer {KEY}"}
        if self.position:
            headers["Last-Event-ID"] = self.position
        address = f"http://127.0.0.1:{self.service.port}/v1/stream"
        timeout = aiohttp.ClientTimeout(total=None, sock_read=FAULT_SECONDS)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(address, headers=headers, params=self.wish.query()) as response,
        ):
            if response.status == 200:
                self.connections += 1
                return await self._follow(response)
            if response.status != 503:
                self.complaint = self.complaint or f"was answered {response.status}"

    async def _follow(self, response: aiohttp.ClientResponse) -> None:
        parser = PositionParser(self.position)
        leave = self.chance.randrange(1, 1000)
        async for chunk in response.content.iter_any():
            for event in parser.feed(chunk):
                self._take(event)
                leave -= event.type != STANDS
            self.moved.set()
            if leave <= 0:
                return

    def _take(self, event: Dispatched) -> None:
        self.position = event.last_id
        if not self.begun and self.position:
            self.begun = self.stands()
        if event.type == "reset":
            self._lapse(json.loads(event.data))
        elif self.wish.is_panel and event.type in OF_STATE:
            self._hold(event)
        elif event.type != STANDS:
            body = json.loads(event.data)
            self.told.setdefault(body["epoch"], []).append(body["id"])

    def _hold(self, event: Dispatched) -> None:
        try:
            self.held.apply(event)
        except (AssertionError, LookupError) as error:
            self.complaint = self.complaint or f"cannot apply {event.type}: {error!r}"

    def _lapse(self, body: dict[str, Any]) -> None:
        """Go on after the position that a reset names, of one server or of all."""
        self.resets.append(body["reason"])
        for epoch, id in stands_of(body["after"]).items():
            if any(self._is_of(body, side, epoch) for side in self.sides):
                had = self.told.get(epoch) or [self.begun.get(epoch, 0)]
                self.lapses.append((epoch, had[-1], id))

    def _is_of(self, body: dict[str, Any], side: Side, epoch: str) -> bool:
        return side.epoch == epoch and body.get("server", side.name) == side.name
