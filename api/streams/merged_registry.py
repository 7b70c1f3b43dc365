"""The streams of several servers."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from pgstrike.api.chains.loader import MarketLoader
from pgstrike.api.events.merged import MergedHub
from pgstrike.api.streams.broadcast import Broadcast
from pgstrike.api.streams.merged import MergedRaw
from pgstrike.api.streams.merged_panel import MergedPanel
from pgstrike.api.streams.panel_piece import Source
from pgstrike.api.streams.registry import StreamRegistry
from pgstrike.api.streams.subscription import Panel


class Home(NamedTuple):
    """Where a symbol lives, and what reads its chains there."""

    server: str
    loader: MarketLoader


class MergedRegistry(StreamRegistry):
    """A panel's chains are those of the server where each symbol lives."""

    def __init__(
        self, hub: MergedHub, home_of: Callable[[str], Home], **options: Any
    ) -> None:
        super().__init__(hub, raw=MergedRaw, **options)
        self.merged_hub = hub
        self._home_of = home_of

    async def _panel_maker(self, panel: Panel) -> Callable[[], Broadcast]:
        symbols_of: dict[Home, list[str]] = {}
        for symbol in panel.symbols:
            symbols_of.setdefault(self._home_of(symbol), []).append(symbol)
        while True:
            sources = [
                Source(
                    home.server,
                    await home.loader.market(panel.market, symbols),
                    tuple(symbols),
                )
                for home, symbols in symbols_of.items()
            ]
            # One that nobody shows may be forgotten while the next is read.
            if all(source.market.is_ready(source.symbols) for source in sources):
                return partial(self._make_merged, panel, sources)

    def _make_merged(self, panel: Panel, sources: list[Source]) -> Broadcast:
        return MergedPanel(
            panel,
            sources,
            self.merged_hub,
            self._pace(panel.interval_ms),
            self.haste,
            self.bounds,
            self.fanout.stir,
        )
