"""The data of a panel's frames: the state, or what changed in it since an event."""

from pgstrike.api.chains.market import Market
from pgstrike.api.chains.symbol_chains import SymbolChains
from pgstrike.api.streams.subscription import Panel


class PanelText:
    """A panel's view of a market as JSON, while the market holds its symbols."""

    def __init__(self, panel: Panel, market: Market) -> None:
        self.panel = panel
        self.market = market
        self.fields = market.use(panel.fields, panel.head)
        self.is_ready = False
        self._chains: list[SymbolChains] = []
        self.renew()

    def renew(self) -> None:
        """Take note of what the market holds by now."""
        self.is_ready = self.market.is_ready(self.panel.symbols)
        self._chains = self.market.of(self.panel.symbols) if self.is_ready else []

    def close(self) -> None:
        self.market.give_back(self.fields)

    def knows(self, since: int) -> bool:
        """Whether it knows the changes since an event."""
        return self.is_ready and all(since >= chains.since for chains in self._chains)

    def whole(self) -> str:
        panel = self.panel
        texts = [
            text
            for chains in self._chains
            for text in chains.whole(panel.expiries, panel.window, self.fields)
        ]
        return (
            f'{{"topic":"snapshot","timeframe":"{panel.timeframe}"'
            f',"clock":{self._clock()},"chains":[{",".join(texts)}]}}'
        )

    def delta(self, since: int) -> str:
        """'' where nothing changed."""
        panel, is_clocked, texts = self.panel, False, list[str]()
        for chains in self._chains:
            is_clocked |= chains.clocked > since
            texts += chains.delta(panel.expiries, panel.window, self.fields, since)
        if not texts and not is_clocked:
            return ""
        return (
            f'{{"topic":"chain","clock":{self._clock()},"chains":[{",".join(texts)}]}}'
        )

    def _clock(self) -> str:
        """The newest clock of the panel's symbols."""
        clock = max([chains.clock or "" for chains in self._chains])
        return f'"{clock}"' if clock else "null"
