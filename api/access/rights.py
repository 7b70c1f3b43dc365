"""What a key may see."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from pgstrike.api.events.event import Event

ALERT = "alert"
OPS = "ops"


@dataclass(frozen=True)
class Rights:
    """The symbols and topics that a key may read; None: all. A subscription contains them.

    Alerts are their key's alone; administrators see those of every key. Lines of the log
    are for operators.
    """

    symbols: frozenset[str] | None = None
    topics: frozenset[str] | None = None
    alerts_of: str | None = None  # the name of the key; None: of every key
    reads_logs: bool = False

    def shown(self, symbols: frozenset[str]) -> frozenset[str]:
        return symbols if self.symbols is None else symbols & self.symbols

    def passes(self, event: Event) -> bool:
        return (
            (self.topics is None or event.topic in self.topics)
            and (
                self.symbols is None or not event.symbol or event.symbol in self.symbols
            )
            and (self.alerts_of is None or self._owns(event))
            and (self.reads_logs or not is_log(event))
        )

    def reading(self, topics: Collection[str]) -> "Rights":
        """As a stream of these topics needs them, the same for many keys; none: every topic."""
        return replace(
            self,
            alerts_of=self.alerts_of if self._gets(ALERT, topics) else None,
            reads_logs=self.reads_logs and self._gets(OPS, topics),
        )

    def _gets(self, topic: str, asked: Collection[str]) -> bool:
        is_asked = not asked or topic in asked
        return is_asked and (self.topics is None or topic in self.topics)

    def _owns(self, event: Event) -> bool:
        return event.topic != ALERT or event.body.get("key") == self.alerts_of


def is_log(event: Event) -> bool:
    """Whether an event has lines of the log."""
    return event.topic == OPS and event.body.get("kind") == "log"
