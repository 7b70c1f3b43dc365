"""What a key may see."""

from dataclasses import dataclass

from pgstrike.api.events.event import Event


@dataclass(frozen=True)
class Rights:
    """The symbols and topics that a key may read; None: all. A subscription contains them."""

    symbols: frozenset[str] | None = None
    topics: frozenset[str] | None = None

    def shown(self, symbols: frozenset[str]) -> frozenset[str]:
        return symbols if self.symbols is None else symbols & self.symbols

    def passes(self, event: Event) -> bool:
        return (self.topics is None or event.topic in self.topics) and (
            self.symbols is None or not event.symbol or event.symbol in self.symbols
        )
