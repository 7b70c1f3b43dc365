"""Reading the log of events: where it stands, and a range of it without a hole."""

from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

from pgstrike.api.events.event import Event, Position, make_event
from pgstrike.db.pool import Source, ask
from pgstrike.db.session import EVERYTHING

PAGE = 200  # events of at most 8 kB


class Head(NamedTuple):
    """The oldest and the newest event kept, and the symbols that events can be about."""

    epoch: str
    oldest: int
    newest: int
    symbols: list[str]

    @property
    def position(self) -> Position:
        return Position(self.epoch, self.newest)


class Line(NamedTuple):
    """A row of the log."""

    id: int
    topic: str
    symbol: str | None
    expiry: str | None
    payload: str


class Newest(NamedTuple):
    """The newest event, and how long ago it was written, by the database's clock."""

    id: int
    age_seconds: float


class PrunedError(Exception):
    """Events of the range are not kept any more."""


class EventLog:
    """The log of events, as the database keeps it."""

    # Where the newest events are in memory, if they are anywhere but in the hub.
    recent: Callable[[Position], Event | None] | None = None

    def __init__(self, source: Source) -> None:
        self.source = source
        self.symbols: frozenset[str] = frozenset()  # as of the last head

    async def head(self) -> Head:
        [head] = await ask(self.source, "event_head", {}, Head, reader=EVERYTHING)
        self.symbols = frozenset(head.symbols)
        return head

    async def newest(self) -> Newest | None:
        found = await ask(self.source, "newest_event", {}, Newest, reader=EVERYTHING)
        return found[0] if found else None

    async def past(self, after: int, upto: Position) -> AsyncIterator[list[Event]]:
        """The same as `pages`, from memory where it reaches so far."""
        while page := self._in_memory(after, upto):
            yield page
            after = page[-1].position.id
        async for page in self.pages(after, upto):
            yield page

    def _in_memory(self, after: int, upto: Position) -> list[Event]:
        found: list[Event] = []
        if self.recent is not None:
            for id in range(after + 1, min(after + PAGE, upto.id) + 1):
                event = self.recent(Position(upto.epoch, id))
                if event is None:
                    break
                found.append(event)
        return found

    async def pages(self, after: int, upto: Position) -> AsyncIterator[list[Event]]:
        """The events after an id, up to a position; PrunedError where one is missing.

        They count as of that position's epoch: a log that was restored keeps the payloads
        of the epoch they were written in.
        """
        while after < upto.id:
            bounds = {"after": after, "upto": upto.id, "page": PAGE}
            lines = await ask(
                self.source, "event_range", bounds, Line, reader=EVERYTHING
            )
            ids = [line.id for line in lines]
            if not ids or ids != [*range(after + 1, after + 1 + len(ids))]:
                raise PrunedError
            yield [
                make_event(Position(upto.epoch, line.id), *line[1:]) for line in lines
            ]
            after = ids[-1]
