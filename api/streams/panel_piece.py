"""The piece of a panel whose symbols live on one server."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple, Protocol

from pgstrike.api.chains.market import Market
from pgstrike.api.events.event import Event, Position, Reset
from pgstrike.api.events.hub import Bounds
from pgstrike.api.events.merged import NOWHERE
from pgstrike.api.streams.event_buffer import EventBuffer
from pgstrike.api.streams.panel import passes_on
from pgstrike.api.streams.panel_text import PanelText
from pgstrike.api.streams.subscription import Panel

UNKNOWN = -1  # the generation of who has nothing to go on from


class Stand(NamedTuple):
    """How far a reader is in one server's log.

    Each restart of the server's events begins a generation: ids compare within one alone.
    """

    generation: int
    position: Position
    reason: str = "other_epoch"  # for a reset, where the generation is unknown

    @property
    def id(self) -> int:
        return self.position.id


class Source(NamedTuple):
    """Where a piece has its figures from, and which symbols it shows."""

    name: str  # of the server
    market: Market
    symbols: tuple[str, ...]


class Whole(Protocol):
    """The panel that pieces are of."""

    def changed(self) -> None:
        """There are changes to send."""

    def hurry(self) -> None:
        """There is an event to pass on."""

    def flush(self) -> None:
        """Send what there is."""


class Piece:
    """What a market shows of a panel; it tells that when there is something to send."""

    def __init__(
        self, panel: Panel, source: Source, bounds: Bounds, whole: Whole
    ) -> None:
        self.name, self.market, symbols = source
        self.panel = replace(panel, symbols=symbols)
        self.text = PanelText(self.panel, self.market)
        self.others = EventBuffer(bounds, self.market.at)
        self.reset: Reset | None = None  # the last one
        self._generation = 0
        self._clock = ""
        self._whole = whole
        self._stand = Stand(0, self.market.position(self.market.at))
        self.market.add(self, symbols, passes=bool(panel.topics))

    def close(self) -> None:
        self.text.close()
        self.market.remove(self, self.panel.symbols)

    def preload(self, events: Iterable[Event], since: int) -> None:
        """Know the events of other topics after an id, for readers that resume."""
        if self.panel.topics:
            self.others.since = since
            for event in events:
                if event.position.id <= self.market.at and self._passes(event):
                    self.others.keep(event)

    def clock(self) -> str:
        """The newest clock; while the figures are read again, the one before."""
        if self.text.is_ready:
            self._clock = self.text.clock
        return self._clock

    def watch(self) -> None:
        """Be told of the next change."""
        self.market.watch(self, self.panel.symbols)

    def stand(self) -> Stand:
        """How far the figures are; nowhere, while they are read again."""
        if self.text.is_ready:
            here = self.market.position(self.market.at)
            self._stand = Stand(self._generation, here)
        return self._stand

    def stand_of(self, had: Position | None) -> Stand:
        """That of a reader which comes back."""
        is_known = had is not None and had.epoch == self.market.epoch
        generation = self._generation if is_known else UNKNOWN
        return Stand(generation, had or NOWHERE)

    def reset_since(self, had: Stand, now: Stand) -> str | None:
        """Why a reader cannot go on, if it cannot."""
        if had.generation == UNKNOWN:
            return had.reason
        if had.generation != now.generation:
            assert self.reset is not None
            return self.reset.reason
        is_whole = not self.panel.topics or had.id >= self.others.since
        return None if is_whole or not self.text.is_ready else "too_slow"

    def others_since(self, had: Stand, now: Stand) -> list[Event]:
        return [
            event for event in self.others.after(had.id) if event.position.id <= now.id
        ]

    def changed(self) -> None:
        self._whole.changed()

    def pass_on(self, event: Event) -> None:
        if self._passes(event):
            self.others.keep(event)
            self._whole.hurry()

    def restart(self, reset: Reset) -> None:
        self._generation += 1
        self._stand = self._stand._replace(position=NOWHERE)
        self.reset = reset
        self.text.renew()
        self.others.restart(reset.position.id)

    def ready(self) -> None:
        self.text.renew()
        if self.text.is_ready:
            self._whole.flush()

    def _passes(self, event: Event) -> bool:
        return passes_on(self.panel, self.market, event)
