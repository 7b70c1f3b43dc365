"""The live chains of one timeframe in memory, updated by events, and the panels on them.

No I/O: api/chains/loader.py reads from the database.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from pgstrike.api.chains.strike import Fields
from pgstrike.api.chains.symbol_chains import SymbolChains
from pgstrike.api.chains.updates import Update, parse_update
from pgstrike.api.events.event import Event, Position, Reset
from pgstrike.db.errors import one_line

logger = logging.getLogger(__name__)


class Shown(Protocol):
    """What shows a part of a market."""

    def changed(self) -> None:
        """Something changed in one of its symbols since it began to watch."""

    def pass_on(self, event: Event) -> None:
        """An event of another topic comes after what changed before it."""

    def restart(self, reset: Reset) -> None:
        """The chains have been read again: send the whole state."""

    def ready(self) -> None:
        """A symbol of it was read."""


class Read(NamedTuple):
    """The chains of some symbols as they were read, and the version of the snapshot."""

    version: int
    updates: Mapping[str, Sequence[Update]]


class Market:
    """The live chains of the symbols that somebody asked for: others cost nothing."""

    def __init__(
        self, timeframe: str, columns: Sequence[str], position: Position
    ) -> None:
        self.timeframe = timeframe
        self.columns = columns
        self.epoch, self.at = position  # everything up to there is in the chains
        self.restarts = 0
        self.chains: dict[str, SymbolChains] = {}
        self.shown: dict[str, set[Shown]] = defaultdict(set)  # by symbol
        self._to_notify: dict[str, set[Shown]] = defaultdict(set)  # to call at a change
        self.passing: dict[Shown, None] = {}  # those that other topics are passed to
        self._fields: dict[tuple[tuple[str, ...], tuple[str, ...]], Fields] = {}

    def use(self, names: tuple[str, ...], head: tuple[str, ...] = ()) -> Fields:
        """One object for all who want the same figures, to be given back."""
        fields = self._fields.get((names, head))
        if fields is None:
            fields = self._fields[names, head] = Fields(names, self.columns, head)
        fields.users += 1
        return fields

    def give_back(self, fields: Fields) -> None:
        fields.users -= 1
        if not fields.users:
            del self._fields[fields.names, fields.head]

    def position(self, id: int) -> Position:
        return Position(self.epoch, id)

    def of(self, symbols: Collection[str]) -> list[SymbolChains]:
        return [self.chains[symbol] for symbol in symbols]

    def is_ready(self, symbols: Collection[str]) -> bool:
        return all(symbol in self.chains for symbol in symbols)

    def has_expiry(self, wanted: frozenset[str], event: Event) -> bool:
        """Whether an event is about no expiry, or about one that is wanted."""
        if not event.expiry or not wanted:
            return True
        return any(
            event.expiry in chains.members(wanted)
            for symbol, chains in self.chains.items()
            if event.symbol in (None, symbol)
        )

    def add(self, shown: Shown, symbols: Collection[str], *, passes: bool) -> None:
        for symbol in symbols:
            self.shown[symbol].add(shown)
        if passes:
            self.passing[shown] = None
        self.watch(shown, symbols)

    def watch(self, shown: Shown, symbols: Collection[str]) -> None:
        """Call it at the next change: once, even if several events make the change."""
        for symbol in symbols:
            self._to_notify[symbol].add(shown)

    def remove(self, shown: Shown, symbols: Collection[str]) -> None:
        for symbol in symbols:
            self.shown[symbol].discard(shown)
            self._to_notify[symbol].discard(shown)
        self.passing.pop(shown, None)

    def take(self, event: Event) -> None:
        self.at = event.position.id
        if event.topic != "chain":
            self.pass_on(event)
        elif event.symbol in self.chains:
            self._move(event)

    def pass_on(self, event: Event) -> None:
        for shown in tuple(self.passing):
            shown.pass_on(event)

    def _move(self, event: Event) -> None:
        try:
            update = parse_update(event.body)
        except ValueError as error:
            logger.warning("event_ignored cause=%s", one_line(error))
            return
        self.chains[update.symbol].move(update, event.position.id)
        self.tell(update.symbol)

    def tell(self, symbol: str) -> None:
        for shown in self._to_notify.pop(symbol, ()):
            shown.changed()

    def hold(
        self, symbol: str, read: Read, id: int, events: Sequence[Event] = ()
    ) -> None:
        """Hold the chains of a symbol, as they were read as of an event that others follow."""
        chains = self.chains[symbol] = SymbolChains(symbol, self.columns, id)
        for update in read.updates[symbol]:
            chains.move(update, id)
        for event in events:
            if event.topic == "chain" and event.symbol == symbol:
                self._move(event)
        for shown in tuple(self.shown[symbol]):
            shown.ready()

    def restart(self, reset: Reset) -> None:
        """Go on after a gap in the events; the chains in memory must be read again."""
        self.epoch, self.at = reset.position
        self.restarts += 1
        self.chains.clear()
        for shown in set().union(*self.shown.values()):
            shown.restart(reset)
