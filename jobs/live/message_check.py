"""Which messages of legs can be right, at little cost where all can."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from pgstrike.jobs.feed.check import (
    LARGEST,
    LONGEST_DAYS,
    MOST,
    SMALLEST,
    wrong_rows,
)
from pgstrike.jobs.feed.ndjson import QuoteTexts
from pgstrike.jobs.feed.newest import OF_CHAIN
from pgstrike.jobs.feed.times import DAY
from pgstrike.jobs.feed_kinds import Kinds
from pgstrike.jobs.live.layout import NOWHERE, Layout
from pgstrike.jobs.quote import (
    LEG_FLOATS,
    LEG_INTS,
    UNKNOWN,
    QuoteBatch,
    Reject,
    unknown_quotes,
)

OF_LEG = (*LEG_FLOATS, *LEG_INTS)
FLOATS = (*OF_CHAIN, *LEG_FLOATS)
PRICES = (*OF_CHAIN, "ltp", "bid", "ask")

Rows = npt.NDArray[np.void]


class MessageCheck:
    """The checks of messages of one layout's contracts."""

    def __init__(self, layout: Layout, kinds: Kinds) -> None:
        self._layout = layout
        self._kinds = kinds
        self._expiries = layout.expiries()
        self._last_expiry = int(self._expiries.max(initial=0))
        strikes = layout.strikes
        self._places_are_right = bool(
            ((strikes >= SMALLEST) & (strikes <= LARGEST)).all()
        )

    def wrong(self, rows: Rows, read_at: npt.NDArray[np.int64]) -> Mapping[int, Reject]:
        """The messages that cannot be right, by their place."""
        if self._are_right(rows, read_at):
            return {}
        shown = self._as_quotes(rows, read_at)
        symbols = self._layout.symbols
        return wrong_rows(
            QuoteBatch(
                shown, symbols, QuoteTexts(shown, symbols), [], kinds=self._kinds
            )
        )

    def _are_right(self, rows: Rows, read_at: npt.NDArray[np.int64]) -> bool:
        """Whether none of the messages has a fault: wrong_rows takes ten times as long."""
        if not self._places_are_right or not len(rows):
            return False
        if (self._last_expiry - read_at.min() // DAY) > LONGEST_DAYS:
            return False
        for name in FLOATS:
            column = rows[name]
            if (np.abs(column) > LARGEST).any():
                return False
            if name in PRICES and ((column < SMALLEST) & (column != 0)).any():
                return False
        for name in LEG_INTS:
            column = rows[name]
            if (column > MOST).any() or ((column < 0) & (column != UNKNOWN)).any():
                return False
        return True

    def _as_quotes(self, rows: Rows, read_at: npt.NDArray[np.int64]) -> Rows:
        """Messages as quotes of one leg, to be checked and shown as any others."""
        layout, contract = self._layout, rows["contract"]
        shown = unknown_quotes(len(rows))
        shown["quote_time"], shown["exchange_time"] = read_at, rows["exchange_time"]
        shown["symbol"], shown["strike"] = (
            layout.symbol_of[contract],
            layout.strikes[contract],
        )
        shown["expiry"] = self._expiries[contract]
        for name in OF_CHAIN:
            shown[name] = rows[name]
        for leg, is_leg in layout.is_leg.items():
            at = is_leg[contract]
            for name in OF_LEG:
                shown[f"{leg}_{name}"][at] = rows[name][at]
        is_spot = layout.chain_of[contract] == NOWHERE
        shown["underlying"][is_spot] = rows["ltp"][is_spot]
        return shown
