"""The live chains with what only SQL knows of them: how the OI of each leg changed.

Each quote moves the base of every strike, so all rows are read again after a commit: once for
all events that wait by then, and only while somebody shows them.
"""

from collections.abc import Collection

from pgstrike.api.chains.market import Shown
from pgstrike.api.chains.read_market import ReadMarket
from pgstrike.api.events.event import Event


class LadderMarket(ReadMarket):
    """The version is the id of the newest event that was read."""

    def version_of(self, event: Event) -> int:
        is_held = event.topic == "chain" and event.symbol in self.chains
        return event.position.id if is_held else 0

    def _pass_read(self) -> None:
        # Up to the last change only: what moves now must come before the events after it.
        read = [self._is_read(event) for event in self._waiting]
        for _ in range(len(read) - read[::-1].index(True)):
            self._pass(self._waiting.popleft())

    def _is_read(self, event: Event) -> bool:
        return 0 < self.version_of(event) <= self.version

    def remove(self, shown: Shown, symbols: Collection[str]) -> None:
        """Forget what nobody shows any more: it would be read for nobody."""
        super().remove(shown, symbols)
        for symbol in symbols:
            if not self.shown[symbol]:
                self.chains.pop(symbol, None)
        self._go_on()
