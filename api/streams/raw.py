"""The log's events as they are: those that a subscription wants, each once and in order."""

from collections import deque
from collections.abc import Callable
from itertools import takewhile

from pgstrike.api.events.event import Event, Position, Reset
from pgstrike.api.events.hub import Bounds, Hub
from pgstrike.api.streams.broadcast import (
    BURST_BYTES,
    RESTARTED,
    Broadcast,
    heartbeat_at,
)
from pgstrike.api.streams.subscription import Raw
from pgstrike.api.wire.frames import Burst, Frame


class RawBroadcast(Broadcast):
    """Keeps as many events as a reader may be behind; one further behind is reset."""

    def __init__(
        self, raw: Raw, hub: Hub, bounds: Bounds, stir: Callable[[Broadcast], None]
    ) -> None:
        super().__init__(raw, stir)
        self.raw = raw
        self.hub = hub
        self.bounds = bounds
        self.since = self.at().id  # after it, every event is in the ring
        self._ring: deque[Event] = deque()
        self._ring_bytes = 0
        self._unsent = self._unsent_bytes = 0  # since the last round began
        hub.takers[self] = None

    def close(self) -> None:
        del self.hub.takers[self]
        self.hub.relieve(self)

    def at(self) -> Position:
        assert self.hub.position is not None  # the hub starts before the server does
        return self.hub.position

    def heartbeat(self) -> Burst:
        return heartbeat_at(self.at())

    def cut(self) -> Frame:
        return Reset("too_slow", self.at()).frame()

    def flush(self) -> None:
        """Nothing is held back."""

    def mark(self) -> int:
        self._unsent = self._unsent_bytes = 0
        return 0

    def passed(self, mark: int) -> None:
        self.hub.relieve(self)

    def take(self, event: Event) -> None:
        if self.raw.passes(event):
            self.keep(event)

    def keep(self, event: Event) -> None:
        """Add an event to what readers are sent."""
        self._bursts.clear()
        size = len(event.frame.plain)
        self._ring.append(event)
        self._ring_bytes += size
        self._unsent += 1
        self._unsent_bytes += size
        # Readers that keep up are not to be reset because many events come at once.
        if self.bounds.exceeded(2 * self._unsent, 2 * self._unsent_bytes):
            self.hub.press(self)
        while self.bounds.exceeded(len(self._ring), self._ring_bytes):
            oldest = self._ring.popleft()
            self.since = oldest.position.id
            self._ring_bytes -= len(oldest.frame.plain)
        self.stir()

    def restart(self, reset: Reset) -> None:
        self._ring.clear()
        self._ring_bytes = 0
        self.since = reset.position.id
        super().restart(reset)

    def _burst(self, seen: int) -> Burst | None:
        if seen == RESTARTED:
            assert self._reset is not None
            return Burst([self._reset.frame()], self._reset.position.id, is_last=False)
        if seen < self.since:
            reset = Reset("too_slow", self.at())
            return Burst([reset.frame()], reset.position.id)
        newest = reversed(self._ring)
        missed = [*takewhile(lambda event: event.position.id > seen, newest)]
        return first_burst(missed[::-1]) if missed else None


def first_burst(events: list[Event]) -> Burst:
    """As many of the events, at least one, as are written at once."""
    frames: list[Frame] = []
    size = 0
    for event in events:
        frames.append(event.frame)
        size += len(event.frame.plain)
        if size >= BURST_BYTES:
            break
    upto = events[len(frames) - 1].position.id
    return Burst(frames, upto, is_last=len(frames) == len(events))
