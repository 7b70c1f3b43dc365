"""The events of other topics that a panel passes on, kept for readers that lag or resume."""

from collections import deque

from pgstrike.api.events.event import Event
from pgstrike.api.events.hub import Bounds


class EventBuffer:
    """The newest ones, and after which id there is none missing."""

    def __init__(self, bounds: Bounds, since: int) -> None:
        self.bounds = bounds
        self.since = since
        self._events: deque[Event] = deque()
        self._bytes = 0

    def keep(self, event: Event) -> None:
        self._events.append(event)
        self._bytes += len(event.frame.plain)
        while self.bounds.exceeded(len(self._events), self._bytes):
            oldest = self._events.popleft()
            self._bytes -= len(oldest.frame.plain)
            self.since = oldest.position.id

    def restart(self, id: int) -> None:
        self._events.clear()
        self._bytes = 0
        self.since = id

    def after(self, id: int) -> list[Event]:
        return [event for event in self._events if event.position.id > id]
