"""Which contracts the simulated exchange lists on a day."""

from collections.abc import Container, Iterator
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.times import days

TUESDAY = 1
MONTHLY = 3
QUARTERLY = 3
# On each side of the money; 31 in far expiries cover as much by far steps.
NEAR_STRIKES = 40
FAR_STRIKES = 8
NEW_LOTS = date(2025, 12, 31)  # NSE/FAOP/70616


class Underlying(NamedTuple):
    """What the simulator has to know of a symbol.

    `lots` are units a lot, before NEW_LOTS and from then on; `weekly` counts weekly expiries.
    """

    symbol: str
    spot: float
    vol: float
    step: float
    far_step: float
    lots: tuple[int, int]
    weekly: int

    def lot(self, day: date) -> int:
        """Units a lot in a session of that day (fo.lot_revision has it by expiry)."""
        return self.lots[day >= NEW_LOTS]


UNDERLYINGS = {
    row.symbol: row
    for row in (
        Underlying("NIFTY", 24_500, 0.12, 50, 1_000, (75, 65), 4),
        Underlying("BANKNIFTY", 54_000, 0.14, 100, 2_000, (35, 30), 0),
        Underlying("FINNIFTY", 26_000, 0.14, 50, 1_000, (65, 60), 0),
        Underlying("MIDCPNIFTY", 12_800, 0.17, 25, 500, (140, 120), 0),
    )
}

CONTRACT = np.dtype([("expiry", np.int32), ("strike", np.float64)])


def underlying(symbol: str) -> Underlying:
    """The one of that symbol."""
    if symbol not in UNDERLYINGS:
        some = ", ".join(UNDERLYINGS)
        raise FeedError(f"the simulator does not know {symbol}; it has {some}")
    return UNDERLYINGS[symbol]


def trading_days(start: date, closed: Container[date]) -> Iterator[date]:
    """Every trading day from `start` on, for ever."""
    day = start
    while True:
        if is_open(day, closed):
            yield day
        day += timedelta(days=1)


def is_open(day: date, closed: Container[date]) -> bool:
    """Whether there is a session on that day."""
    return day.weekday() < 5 and day not in closed


def expiries(day: date, weekly: int, closed: Container[date]) -> dict[date, bool]:
    """The expiries alive on `day`, in order, and whether each is a far one.

    They fall on Tuesdays, or the trading day before: so many weekly ones, the last of
    each of the next months, and those of the quarters after.
    """
    tuesdays = [
        day + timedelta((TUESDAY - day.weekday()) % 7 + 7 * n) for n in range(80)
    ]
    monthly = [d for d in tuesdays if (d + timedelta(days=7)).month != d.month]
    quarterly = [d for d in monthly[MONTHLY:] if d.month % 3 == 0][:QUARTERLY]
    near = {*tuesdays[:weekly], *monthly[:MONTHLY]}
    return {last_open(d, closed): d not in near for d in sorted({*near, *quarterly})}


def last_open(day: date, closed: Container[date]) -> date:
    """The day itself, or the nearest trading day before it."""
    while not is_open(day, closed):
        day -= timedelta(days=1)
    return day


def listed(
    of: Underlying, spot: float, day: date, closed: Container[date]
) -> npt.NDArray[np.void]:
    """The CONTRACTs that must be there on `day`: a ladder of strikes by expiry."""
    ladders = []
    for expiry, is_far in expiries(day, of.weekly, closed).items():
        step = of.far_step if is_far else of.step
        side = FAR_STRIKES if is_far else NEAR_STRIKES
        strikes = (round(spot / step) + np.arange(-side, side + 1)) * step
        ladder = np.empty(len(strikes), CONTRACT)
        ladder["expiry"], ladder["strike"] = days(expiry), strikes
        ladders.append(ladder[strikes > 0])
    return np.concatenate(ladders)
