"""The data of a panel's frames: the state, or what changed in it since an event."""

from collections.abc import Sequence
from typing import NamedTuple

from pgstrike.api.chains.market import Market
from pgstrike.api.chains.symbol_chains import SymbolChains
from pgstrike.api.streams.subscription import Panel


class Changes(NamedTuple):
    """One text for each chain that changed, and whether the clock moved."""

    texts: list[str]
    is_clocked: bool


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
        return whole_text(self.panel, self.clock, self.chains())

    def delta(self, since: int) -> str:
        """'' where nothing changed."""
        return delta_text(self.clock, self.changes(since))

    def chains(self) -> list[str]:
        """One text for each chain."""
        panel = self.panel
        return [
            text
            for chains in self._chains
            for text in chains.whole(panel.expiries, panel.window, self.fields)
        ]

    def changes(self, since: int) -> Changes:
        panel, is_clocked, texts = self.panel, False, list[str]()
        for chains in self._chains:
            is_clocked |= chains.clocked > since
            texts += chains.delta(panel.expiries, panel.window, self.fields, since)
        return Changes(texts, is_clocked)

    @property
    def clock(self) -> str:
        """The newest clock of the panel's symbols; '' where none has one."""
        return max((chains.clock or "" for chains in self._chains), default="")


def whole_text(panel: Panel, clock: str, chains: Sequence[str]) -> str:
    return (
        f'{{"topic":"snapshot","timeframe":"{panel.timeframe}"'
        f',"clock":{quoted(clock)},"chains":[{",".join(chains)}]}}'
    )


def delta_text(clock: str, changes: Changes) -> str:
    """'' where nothing changed."""
    if not changes.texts and not changes.is_clocked:
        return ""
    return (
        f'{{"topic":"chain","clock":{quoted(clock)}'
        f',"chains":[{",".join(changes.texts)}]}}'
    )


def quoted(clock: str) -> str:
    return f'"{clock}"' if clock else "null"
