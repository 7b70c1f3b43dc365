"""The data of a panel's frames: the state, or what changed in it since an event."""

import json

from api.figures import Fields
from api.market import Market
from api.subscription import Panel


class PanelText:
    """What a panel says of a market, as JSON."""

    def __init__(self, panel: Panel, market: Market) -> None:
        self.panel = panel
        self.market = market
        self.fields: Fields = market.fields(panel.fields)

    def whole(self) -> str:
        panel = self.panel
        chains = [
            text
            for chains in self.market.of(panel.symbols)
            for text in chains.whole(panel.expiries, panel.window, self.fields)
        ]
        return (
            f'{{"topic":"snapshot","timeframe":"{panel.timeframe}"'
            f',"clock":{self._clock()},"chains":[{",".join(chains)}]}}'
        )

    def delta(self, since: int) -> str:
        """'' where nothing changed."""
        panel, is_clocked, texts = self.panel, False, list[str]()
        for chains in self.market.of(panel.symbols):
            is_clocked |= chains.clocked > since
            texts += chains.delta(panel.expiries, panel.window, self.fields, since)
        if not texts and not is_clocked:
            return ""
        return (
            f'{{"topic":"chain","clock":{self._clock()},"chains":[{",".join(texts)}]}}'
        )

    def _clock(self) -> str:
        """The newest clock of the panel's symbols."""
        clocks = [chains.clock for chains in self.market.of(self.panel.symbols)]
        return json.dumps(max(filter(None, clocks), default=None))
