"""Panels of streams that ask for no figure of a chain as a whole, and none of a ladder."""

from collections.abc import Iterable

from pgstrike.api.access.rights import Rights
from pgstrike.api.chains.timeframes import LIVE
from pgstrike.api.chains.window import Window
from pgstrike.api.streams.subscription import Panel


def panel_of(
    symbol: str,
    fields: Iterable[str],
    *,
    expiries: Iterable[str] = (),
    window: Window = None,
    interval_ms: int = 0,
    topics: Iterable[str] = (),
) -> Panel:
    return Panel(
        symbols=(symbol,),
        expiries=frozenset(expiries),
        window=window,
        fields=tuple(fields),
        head=(),
        timeframe=LIVE,
        market=LIVE,
        interval_ms=interval_ms,
        topics=frozenset(topics),
        rights=Rights(),
    )
