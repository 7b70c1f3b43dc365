"""The events of several servers as one sequence, in the order in which they arrived here.

Its numbers count within this process alone. Readers see a place: the position in each log.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from pgstrike.api.events.event import Event, Position, Reset, make_event
from pgstrike.api.events.hub import Bounds, Hub, Taker
from pgstrike.api.events.log import EventLog

# Of a server that has not started: a reader that has it in its id is reset when that has.
NOWHERE = Position("0", 0)
NOTHING = Bounds(0, 0)  # each server's hub remembers its own events


class Place(Position):
    """A position in each server's log, and how many events arrived before it.

    Its last part names the placement: which symbols live where. Once that is another one, a
    reader may have missed events of a symbol that has moved.
    """

    parts: tuple[Position, ...]

    @classmethod
    def of(cls, id: int, parts: tuple[Position, ...]) -> "Place":
        place = cls("", id)
        place.parts = parts
        return place

    def __str__(self) -> str:
        return ",".join(map(str, self.parts))


class Part(NamedTuple):
    """A server of the sequence."""

    name: str
    hub: Hub
    log: EventLog
    has: Callable[[str | None], bool]  # whether a symbol lives there


@runtime_checkable
class MergedTaker(Taker, Protocol):
    """What the events of all servers go on to."""

    def restart_part(self, part: Part, reset: Reset, place: Position) -> None:
        """Go on although one server's events have a hole."""


class Inflow:
    """What takes the events of one server."""

    def __init__(self, merged: "MergedHub", part: Part) -> None:
        self.merged = merged
        self.part = part

    def take(self, event: Event) -> None:
        self.merged.take_of(self.part, event)

    def restart(self, reset: Reset) -> None:
        self.merged.restart_of(self.part, reset)


class MergedHub(Hub):
    """Takes what the hub of each server takes."""

    def __init__(self, names: Sequence[str], placement: str) -> None:
        super().__init__(ring=NOTHING)
        self.names = names  # of all servers, in the order of an id's parts
        self.placement = Position(placement, 0)
        self.parts: dict[str, Part] = {}
        self.at: dict[str, Position] = {}  # of each server, as far as it was taken

    def join(self, part: Part) -> None:
        """Take the events of a server from now on; the hub of it has started."""
        assert part.hub.position is not None
        self.parts[part.name] = part
        part.hub.takers[Inflow(self, part)] = None
        self.restart_of(part, Reset("other_epoch", part.hub.position))

    def take_of(self, part: Part, event: Event) -> None:
        place = self._move(part, event.position)
        if self.takers and part.has(event.symbol):
            placed = moved(event, place)
            for taker in tuple(self.takers):
                taker.take(placed)

    def restart_of(self, part: Part, reset: Reset) -> None:
        place = self._move(part, reset.position)
        for taker in tuple(self.takers):
            if isinstance(taker, MergedTaker):
                taker.restart_part(part, reset, place)

    def _move(self, part: Part, position: Position) -> Place:
        self.at[part.name] = position
        id = 1 if self.position is None else self.position.id + 1
        self.position = place = self.place(id, self.at)
        return place

    def place(self, id: int, at: Mapping[str, Position]) -> Place:
        """A place by the names of servers."""
        parts = (at.get(name, NOWHERE) for name in self.names)
        return Place.of(id, (*parts, self.placement))

    def press(self, taker: Taker) -> None:
        for part in self.parts.values():
            part.hub.press(taker)

    def relieve(self, taker: Taker) -> None:
        for part in self.parts.values():
            part.hub.relieve(taker)


def moved(event: Event, place: Position) -> Event:
    """The same event, with a place for its id."""
    payload = event.payload.decode()
    return make_event(place, event.topic, event.symbol, event.expiry, payload)
