"""A broadcast: one distinct subscription, encoded once, and the readers that share it.

No I/O: a broadcast says what a reader is to be sent that has seen everything up to some event;
api/streams/fanout.py sends it.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Hashable

from pgstrike.api.events.event import Position, Reset
from pgstrike.api.streams.readers import Readers
from pgstrike.api.wire import sse
from pgstrike.api.wire.frames import Burst, Frame

FRESH = -1  # what a reader has seen that has nothing yet
RESTARTED = -2  # and one whose stream cannot be gone on with
BURST_BYTES = 65536  # written at once: what a socket takes without waiting


def heartbeat_at(position: Position) -> Burst:
    frame = Frame(sse.position(str(position), comment="heartbeat"))
    return Burst([frame], position.id)


class Broadcast(ABC):
    """The events of one subscription, for all its readers."""

    def __init__(
        self, subscription: Hashable, stir: Callable[["Broadcast"], None]
    ) -> None:
        self.subscription = subscription
        self.readers = Readers()
        self.keys: Counter[str] = Counter()  # who reads it
        self.payer = ""  # the key in whose line it waits to be served
        self.restarts = 0
        self._reset: Reset | None = None  # the last one that everybody was sent
        self._stir = stir
        self._bursts: dict[int, Burst | None] = {}

    def stir(self) -> None:
        """Schedule sending to the readers."""
        self._stir(self)

    def pending(self, seen: int) -> Burst | None:
        """The next frames for a reader at this id; None where it has everything."""
        if seen not in self._bursts:
            self._bursts[seen] = self._burst(seen)
        return self._bursts[seen]

    @abstractmethod
    def _burst(self, seen: int) -> Burst | None:
        """The frames for a reader that has seen everything up to this id."""

    @abstractmethod
    def at(self) -> Position:
        """The newest event that it knows of."""

    @abstractmethod
    def cut(self) -> Frame:
        """What a reader is sent last that took nothing for too long."""

    @abstractmethod
    def close(self) -> None:
        """Take nothing any more."""

    @abstractmethod
    def heartbeat(self) -> Burst:
        """A comment and an id, so that a reader whose connection is cut resumes near it."""

    def restart(self, reset: Reset) -> None:
        """Reset every reader."""
        self.restarts += 1
        self._reset = reset
        self._bursts.clear()
        self.readers.set_seen(RESTARTED)
        self.stir()

    @abstractmethod
    def flush(self) -> None:
        """Release changes that are held back."""

    @abstractmethod
    def mark(self) -> int:
        """Release changes that are due, before a round of the readers; returns a mark."""

    @abstractmethod
    def passed(self, mark: int) -> None:
        """Every reader with room in its socket has everything up to the mark."""
