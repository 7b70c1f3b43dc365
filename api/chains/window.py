"""Which strikes of a chain are wanted: all, a range, or so many around the money.

Levels are SQL's (moneyness_level of fo.option_quote): the money is at the strike nearest the
underlying, a tie at the lower, a level is a step of strike_gap, and exact halves belong to the
lower. Taken from the chain's newest quote for all strikes alike, so that a strike that was not
quoted since moves with the money as well.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Around:
    """The levels from -levels to levels."""

    levels: int


@dataclass(frozen=True)
class Between:
    """The strikes from one to another, both included."""

    lowest: float
    highest: float


Window = Around | Between | None


class Money(NamedTuple):
    """The strike at the money and the gap of a level; None where unknown."""

    at: float | None
    gap: float | None


class Bounds(NamedTuple):
    """Strikes above one and up to another, that one included."""

    above: float
    upto: float

    def place(self, strikes: Sequence[float]) -> slice:
        """Where the strikes are in an ascending list."""
        first = bisect_right(strikes, self.above)
        return slice(first, bisect_right(strikes, self.upto, first))

    def has(self, strike: float) -> bool:
        return self.above < strike <= self.upto


# Of a level: an exact half of decimal strikes may come out so much above it.
LITTLE = 1e-9
EVERYTHING = Bounds(-math.inf, math.inf)
NOTHING = Bounds(math.inf, math.inf)


def bounds_of(window: Window, money: Money) -> Bounds:
    match window:
        case None:
            return EVERYTHING
        case Between(lowest, highest):
            return Bounds(math.nextafter(lowest, -math.inf), highest)
        case Around(levels):
            if money.at is None or money.gap is None:
                return NOTHING
            little = LITTLE * money.gap
            reach = (levels + 0.5) * money.gap
            return Bounds(money.at - reach + little, money.at + reach + little)


def money_of(
    underlying: float | None, gap: float | None, strikes: Sequence[float]
) -> Money:
    if underlying is None or not strikes:
        return Money(None, None)
    above = bisect_right(strikes, underlying)
    if above == 0:
        return Money(strikes[0], gap)
    below = strikes[above - 1]
    if above < len(strikes) and strikes[above] - underlying < underlying - below:
        return Money(strikes[above], gap)
    return Money(below, gap)
