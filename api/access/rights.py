"""What a key may see."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from pgstrike.api.events.event import Event

ALERT = "alert"


@dataclass(frozen=True)
class Rights:
    """The symbols and topics that a key may read; None: all. A subscription contains them.

    Alerts are their key's alone; administrators see those of every key.
    """

    symbols: frozenset[str] | None = None
    topics: frozenset[str] | None = None
    alerts_of: str | None = None  # the name of the key; None: of every key

    def shown(self, symbols: frozenset[str]) -> frozenset[str]:
        return symbols if self.symbols is None else symbols & self.symbols

    def passes(self, event: Event) -> bool:
        return (
            (self.topics is None or event.topic in self.topics)
            and (
                self.symbols is None or not event.symbol or event.symbol in self.symbols
            )
            and (self.alerts_of is None or self._owns(event))
        )

    def reading(self, topics: Collection[str]) -> "Rights":
        """As a stream of these topics needs them, the same for many keys; none: every topic."""
        is_asked = not topics or ALERT in topics
        is_told = self.topics is None or ALERT in self.topics
        return self if is_asked and is_told else replace(self, alerts_of=None)

    def _owns(self, event: Event) -> bool:
        return event.topic != ALERT or event.body.get("key") == self.alerts_of
