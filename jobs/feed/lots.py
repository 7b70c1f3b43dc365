"""How many units of the underlying a lot has: of an expiry, at a time."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pgstrike.jobs.feed.times import calendar_day

Integers = npt.NDArray[np.int64]


class Lots(Protocol):
    """Knows lots. Where it knows none at all, it is false."""

    def __bool__(self) -> bool: ...

    def lot_of(
        self, symbol: str, expiries: npt.NDArray[np.int32], times: Integers
    ) -> Integers:
        """Units per lot of rows of one symbol (QUOTE's expiry and quote_time); 0: unknown."""


Given = Mapping[str, int] | int | Lots


class GivenLots:
    """What `--lot` says; a number without symbol is that of a feed's first symbol."""

    def __init__(self, lots: Mapping[str, int] | int) -> None:
        self._lots = {} if isinstance(lots, int) else dict(lots)
        self._of_first = lots if isinstance(lots, int) else 0

    def __bool__(self) -> bool:
        return bool(self._lots or self._of_first)

    def lot_of(
        self, symbol: str, expiries: npt.NDArray[np.int32], times: Integers
    ) -> Integers:
        """The same for every expiry and time."""
        if self._of_first:
            self._lots, self._of_first = {symbol: self._of_first}, 0
        return np.full(len(expiries), self._lots.get(symbol, 0), np.int64)


def lots_of_feed(given: Given) -> Lots:
    """The lots that one feed asks."""
    return GivenLots(given) if isinstance(given, int | Mapping) else given


def lots_of_rows(
    lots: Lots, rows: npt.NDArray[np.void], symbols: tuple[str, ...]
) -> Integers:
    """The lot of each row of QUOTE; 0 where nobody knows it."""
    found = np.zeros(len(rows), np.int64)
    codes, first = np.unique(rows["symbol"], return_index=True)
    for code in codes[np.argsort(first)].tolist():  # in the order they came
        at = rows["symbol"] == code
        when = rows["quote_time"][at]
        found[at] = lots.lot_of(symbols[code], rows["expiry"][at], when)
    return found


def lot_wanted(symbol: str, expiry: int) -> str:
    """What to say where a lot is not known."""
    day = calendar_day(expiry)
    return (
        f"no lot is known of {symbol} {day}; pass --lot {symbol}=N, or "
        f"--lot {symbol}:{day}=N for that expiry alone"
    )
