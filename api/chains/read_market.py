"""A market that is read again where an event says so.

One read serves all panels. Later events wait until it is done, so that an id means the same
in every market.
"""

from abc import abstractmethod
from collections import deque
from collections.abc import Sequence

from pgstrike.api.chains.market import Market, Read
from pgstrike.api.chains.strike import strike_of
from pgstrike.api.chains.symbol_chains import SymbolChains
from pgstrike.api.chains.updates import Update
from pgstrike.api.events.event import Event, Position, Reset


class ReadMarket(Market):
    """A market that no chain event moves."""

    def __init__(
        self, timeframe: str, columns: Sequence[str], position: Position
    ) -> None:
        super().__init__(timeframe, columns, position)
        self.version = 0  # of the chains in memory
        self.is_behind = False  # a newer one is to be read
        self._waiting: deque[Event] = deque()

    @abstractmethod
    def version_of(self, event: Event) -> int:
        """The version that an event announces; 0: none."""

    def take(self, event: Event) -> None:
        self._waiting.append(event)
        self._go_on()

    def _go_on(self) -> None:
        self.is_behind = False
        while self._waiting:
            self.is_behind = self._is_news(self._waiting[0])
            if self.is_behind:
                return
            self._pass(self._waiting.popleft())

    def _is_news(self, event: Event) -> bool:
        return bool(self.chains) and self.version_of(event) > self.version

    def _pass(self, event: Event) -> None:
        self.at = event.position.id
        if event.topic not in ("chain", "snapshot"):
            self.pass_on(event)

    def hold(
        self, symbol: str, read: Read, id: int, events: Sequence[Event] = ()
    ) -> None:
        if not self.chains:
            self.version = read.version
        # At its own position: later changes are read, and those wait.
        super().hold(symbol, read, self.at)

    def renew(self, read: Read) -> bool:
        """Take newly read chains. False if they are too old or incomplete."""
        if not self.is_behind:
            return True
        if read.version < self.version_of(self._waiting[0]):
            return False
        if not self.chains.keys() <= read.updates.keys():
            return False
        self.version = read.version
        self._pass_read()
        for symbol, chains in self.chains.items():
            self._renew(chains, read.updates[symbol])
        # A panel that sends at once takes all of its symbols for read.
        for symbol in [*self.chains]:
            self.tell(symbol)
        self._go_on()
        return True

    def _pass_read(self) -> None:
        """Pass the events that the chains just read are as of."""
        self._pass(self._waiting.popleft())

    def _renew(self, chains: SymbolChains, updates: Sequence[Update]) -> None:
        strikes: dict[str, set[float]] = {}
        for update in updates:
            chains.move(update, self.at)
            if update.expiry is not None:
                read = strikes.setdefault(update.expiry, set())
                read.update(map(strike_of, update.rows))
        chains.keep(strikes, self.at)

    def restart(self, reset: Reset) -> None:
        self._waiting.clear()
        self.version, self.is_behind = 0, False
        super().restart(reset)
