"""Where events come in once, in order, with proof that none is missing.

No I/O. The hub takes events in the order of their ids and refuses one that leaves a hole. Its
caller then fills the hole from the log first.
"""

import asyncio
import contextlib
from collections import Counter, deque
from itertools import islice
from typing import NamedTuple, Protocol

from pgstrike.api.events.event import Event, Position, Reset


class Bounds(NamedTuple):
    """How much may be kept: whichever is reached first."""

    events: int
    bytes: int

    def exceeded(self, events: int, size: int) -> bool:
        return events > self.events or size > self.bytes


RING = Bounds(10_000, 32_000_000)
OWN_RING = Bounds(1_000, 4_000_000)  # of a process whose host has RING for all
RELIEF_SECONDS = 1.0


class Taker(Protocol):
    """What events go on to."""

    def take(self, event: Event) -> None:
        """Take the event that follows."""

    def restart(self, reset: Reset) -> None:
        """Go on after a position that does not follow."""


class Hub:
    """Takes events, keeps the newest ones, and hands them on to every taker."""

    def __init__(self, *, ring: Bounds = RING) -> None:
        self.position: Position | None = None  # of the newest event taken
        self.ring_bounds = ring
        self.ring: deque[Event] = deque()  # contiguous, and ends at position
        self.ring_bytes = 0
        self.takers: dict[Taker, None] = {}
        self.counted: Counter[str] = Counter()  # events taken, by topic
        self.resets: Counter[str] = Counter()  # by reason
        self._pressed: set[Taker] = set()
        self._relief = asyncio.Event()
        self._moved = asyncio.Event()

    def start(self, position: Position, reason: str) -> None:
        """Go on from a position that does not follow: everybody is reset."""
        self.position = position
        self.resets[reason] += 1
        self.ring.clear()
        self.ring_bytes = 0
        for taker in tuple(self.takers):
            taker.restart(Reset(reason, position))
        self._note()

    def feed(self, event: Event) -> bool:
        """Take the next event; one that was taken before is nothing new.

        False where it does not follow, because events before it are missing or the epoch
        is another.
        """
        if self.position is None or event.position.epoch != self.position.epoch:
            return False
        if event.position.id <= self.position.id:
            return True
        if event.position.id != self.position.id + 1:
            return False
        self.position = event.position
        self.counted[event.topic] += 1
        self._keep(event)
        for taker in tuple(self.takers):
            taker.take(event)
        event.drop_body()
        self._note()
        return True

    def recent(self, after: int) -> list[Event] | None:
        """The events after an id, from memory; None where it does not reach that far."""
        if self.position is None:
            return None
        missing = self.position.id - after
        if missing > len(self.ring):
            return None
        return list(islice(self.ring, len(self.ring) - max(missing, 0), None))

    @property
    def oldest(self) -> int:
        """The id after which events are in memory."""
        assert self.position is not None
        return self.position.id - len(self.ring)

    def press(self, taker: Taker) -> None:
        """A taker is full: it should send to its readers before it takes more."""
        self._pressed.add(taker)
        self._relief.clear()

    def relieve(self, taker: Taker) -> None:
        self._pressed.discard(taker)
        if not self._pressed:
            self._relief.set()

    async def relief(self) -> None:
        """Return when takers can take on more, or after a while: slow is better than stuck."""
        if self._pressed:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RELIEF_SECONDS):
                    await self._relief.wait()

    async def reach(self, position: Position) -> None:
        """Return once the hub has an event, or is in another epoch."""
        while self.position is not None and (
            self.position.epoch == position.epoch and self.position.id < position.id
        ):
            await self._moved.wait()

    def _note(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()

    def _keep(self, event: Event) -> None:
        self.ring.append(event)
        self.ring_bytes += len(event.frame.plain)
        while self.ring_bounds.exceeded(len(self.ring), self.ring_bytes):
            self.ring_bytes -= len(self.ring.popleft().frame.plain)
