"""Which events change which answers, and the newest such event that was heard. No I/O.

A metric that is not in CHANGED_BY is changed by every event of BARS.
"""

from typing import NamedTuple

from pgstrike.api.events.event import Event, Reset

QUOTES = ("chain", "snapshot", "stale_feed")
BARS = (*QUOTES, "rollup", "metrics")
# Metrics whose rows are read of quotes alone, and of no rollup.
OF_QUOTES = (
    "chain",
    "chain_at",
    "expiries",
    "exposure",
    "market",
    "oi_change",
    "smile",
    "strike_distribution",
    "volume_profile",
)
BOOTSTRAP = "bootstrap"
# Each outcome is an event too; a warning changes with either.
OF_PREDICTIONS = ("predictions", "calibration")
CHANGED_BY = {
    BOOTSTRAP: QUOTES,
    **dict.fromkeys(OF_QUOTES, QUOTES),
    **dict.fromkeys(OF_PREDICTIONS, ("prediction",)),
}


class Changing(NamedTuple):
    """The events that change an answer: their kinds, and their symbol (None: any)."""

    kinds: tuple[str, ...]
    symbol: str | None


NEVER_KEPT = Changing((), None)  # of answers that change with the wall clock


def changing(metric: str, symbol: str | None) -> Changing:
    """The events that change the rows of a metric about a symbol."""
    return Changing(CHANGED_BY.get(metric, BARS), symbol)


class Changes:
    """The newest event heard of each kind, by symbol; it takes events from the hub.

    An event without a symbol is about every one.
    """

    def __init__(self) -> None:
        self.restarts = 0
        self._newest: dict[str, dict[str | None, int]] = {}

    def take(self, event: Event) -> None:
        of_kind = self._newest.setdefault(kind_of(event), {})
        of_kind[event.symbol] = event.position.id

    def restart(self, reset: Reset) -> None:
        """Events may have been missed, so nothing that was kept is valid."""
        self.forget()

    def forget(self) -> None:
        """Something changed, and there is no event for it."""
        self.restarts += 1
        self._newest.clear()

    def newest(self, by: Changing) -> int:
        """The id of the newest event that changes such an answer; 0: none was heard."""
        return max((self._of_kind(kind, by.symbol) for kind in by.kinds), default=0)

    def _of_kind(self, kind: str, symbol: str | None) -> int:
        heard = self._newest.get(kind)
        if not heard:
            return 0
        if symbol is None:
            return max(heard.values())
        return max(heard.get(symbol, 0), heard.get(None, 0))


def kind_of(event: Event) -> str:
    """The topic; of topic ops, what the event is about."""
    return str(event.body.get("kind")) if event.topic == "ops" else event.topic
