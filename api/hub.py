"""Fan-out of events: filters, bounded queues, and proof that no event is missing.

No I/O. The hub takes events in the order of their ids and refuses one that leaves a hole;
whoever feeds it fills the hole from the log first.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from api.events import Event, Filter, Position, Reset

WRITE_BYTES = 65536  # taken from a queue at once: what a socket takes without waiting


class Bounds(NamedTuple):
    """How much may be kept: whichever is reached first."""

    events: int
    bytes: int

    def exceeded(self, events: int, size: int) -> bool:
        return events > self.events or size > self.bytes


RING = Bounds(10_000, 32_000_000)
QUEUE_BYTES = 1_000_000


class Subscriber:
    """What one reader is still to be sent, in order."""

    def __init__(self, wanted: Filter, bounds: Bounds) -> None:
        self.wanted = wanted
        self.bounds = bounds
        self.waiting: deque[Event | Reset] = deque()
        self.bytes = 0
        self.is_closed = False
        self._wake = asyncio.Event()

    def offer(self, event: Event) -> None:
        """Queue the event if it is wanted; a queue that is full gives way to a reset."""
        if not self.wanted.passes(event):
            return
        self.bytes += len(event.frame)
        self.waiting.append(event)
        if self.bounds.exceeded(len(self.waiting), self.bytes):
            self.reset(Reset("too_slow", event.position))
        self._wake.set()

    def reset(self, reset: Reset) -> None:
        """Drop what waits, and say so."""
        self.waiting.clear()
        self.waiting.append(reset)
        self.bytes = 0
        self._wake.set()

    def close(self) -> None:
        """Let the reader go once it has what waits."""
        self.is_closed = True
        self._wake.set()

    async def take(self, seconds: float) -> list[Event | Reset]:
        """What waits, up to one write; nothing after so many seconds or when closed."""
        if not self.waiting and not self.is_closed:
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._wake.wait()
        taken: list[Event | Reset] = []
        size = 0
        while self.waiting and size < WRITE_BYTES:
            item = self.waiting.popleft()
            taken.append(item)
            if isinstance(item, Event):
                size += len(item.frame)
        self.bytes -= size
        return taken


class Hub:
    """Where events come in once and go out to every subscriber."""

    def __init__(self, *, queue: Bounds, ring: Bounds = RING) -> None:
        self.position: Position | None = None  # of the newest event taken
        self.queue = queue
        self.ring_bounds = ring
        self.ring: deque[Event] = deque()  # contiguous, and ends at position
        self.ring_bytes = 0
        self.subscribers: set[Subscriber] = set()

    def start(self, position: Position, reason: str) -> None:
        """Go on from a position that does not follow: everybody is reset."""
        self.position = position
        self.ring.clear()
        self.ring_bytes = 0
        for subscriber in self.subscribers:
            subscriber.reset(Reset(reason, position))

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
        self._keep(event)
        for subscriber in self.subscribers:
            subscriber.offer(event)
        return True

    def recent(self, after: int) -> list[Event] | None:
        """The events after an id, from memory; None where it does not reach that far."""
        if self.position is None:
            return None
        missing = self.position.id - after
        if missing > len(self.ring):
            return None
        return list(islice(self.ring, len(self.ring) - max(missing, 0), None))

    @contextlib.contextmanager
    def subscribe(self, wanted: Filter) -> Iterator[Subscriber]:
        """A subscriber to whatever is fed from now on."""
        subscriber = Subscriber(wanted, self.queue)
        self.subscribers.add(subscriber)
        try:
            yield subscriber
        finally:
            self.subscribers.discard(subscriber)

    def close(self) -> None:
        """Let all readers go."""
        for subscriber in self.subscribers:
            subscriber.close()

    def _keep(self, event: Event) -> None:
        self.ring.append(event)
        self.ring_bytes += len(event.frame)
        while self.ring_bounds.exceeded(len(self.ring), self.ring_bytes):
            self.ring_bytes -= len(self.ring.popleft().frame)
