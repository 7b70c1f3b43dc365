"""How many units of the underlying a lot has: of an expiry, at a time."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pgstrike.jobs.feed.lot_book import book_of
from pgstrike.jobs.feed.times import calendar_day

Integers = npt.NDArray[np.int64]


class Lots(Protocol):
    """Knows the lots of one feed; expiries and times are those of QUOTE."""

    def lot_of(self, symbol: str, expiry: int, time: int) -> int | None:
        """Units per lot, or None where it is not known."""

    def lots_of(
        self,
        symbols: Sequence[str],
        codes: npt.NDArray[np.int16],
        expiries: npt.NDArray[np.int32],
        times: Integers,
    ) -> Integers:
        """The same of whole columns; 0: not known. A code is a place in `symbols`."""


class LotSource(Protocol):
    """Where lots are known from. Where it knows none at all, it is false."""

    def __bool__(self) -> bool: ...

    def of_file(self) -> Lots:
        """What answers for the rows of one feed."""


Given = LotSource | Lots | Mapping[str, int] | int


def lots_of_feed(given: Given) -> Lots:
    """The lots that one feed asks."""
    if isinstance(given, int | Mapping):
        return book_of(given).of_file()
    made: Lots = given.of_file() if hasattr(given, "of_file") else given
    return made


def lots_of_rows(
    lots: Lots, rows: npt.NDArray[np.void], symbols: Sequence[str]
) -> Integers:
    """The lot of each row of QUOTE; 0 where it is not known."""
    return lots.lots_of(symbols, rows["symbol"], rows["expiry"], rows["quote_time"])


def lot_wanted(symbol: str, expiry: int) -> str:
    """What to say where a lot is not known."""
    day = calendar_day(expiry)
    return (
        f"no lot is known of {symbol} {day}; pass --lot {symbol}=N, or "
        f"--lot {symbol}:{day}=N for that expiry alone"
    )
