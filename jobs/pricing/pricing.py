"""Implied volatility and Greeks of the legs of quotes that did not bring their own.

A price is the middle of a market with two sides that are not crossed and not too wide: the
spread is at most the middle, or two ticks. A leg in the money whose market says less about its
time value than the spread is wide takes the volatility of its twin, the other leg of the
strike, as put-call parity has it. What a feed brought is used as it is.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pgstrike.jobs.pricing.black76 import Floats
from pgstrike.jobs.pricing.greeks import greeks
from pgstrike.jobs.pricing.implied_vol import IvReason, implied_vol
from pgstrike.jobs.quote import LEGS

Mask = npt.NDArray[np.bool_]

GREEKS = ("delta", "gamma", "theta", "vega")
# What fo.option_quote counts as brought by the feed, a bit each.
FED = {"iv": 1, "delta": 2, "gamma": 4, "theta": 8, "vega": 16}


class IvStatus(IntEnum):
    """Where an IV comes from, or why there is none; named in ops.iv_status."""

    FEED = 1
    SOLVED = 2
    TWIN = 3
    CARRIED = 4
    NO_MARKET = 5
    NO_TIME = 6
    NO_FORWARD = 7
    BELOW_INTRINSIC = 8
    NO_TIME_VALUE = 9
    ABOVE_BOUND = 10
    NOT_CONVERGED = 11
    WIDE_MARKET = 12
    CROSSED = 13


# By IvReason.
STATUS = np.array(
    [
        {
            IvReason.SOLVED: IvStatus.SOLVED,
            IvReason.NO_PRICE: IvStatus.NO_MARKET,
            IvReason.NO_TIME: IvStatus.NO_TIME,
            IvReason.NO_FORWARD: IvStatus.NO_FORWARD,
            IvReason.BELOW_INTRINSIC: IvStatus.BELOW_INTRINSIC,
            IvReason.NO_TIME_VALUE: IvStatus.NO_TIME_VALUE,
            IvReason.ABOVE_BOUND: IvStatus.ABOVE_BOUND,
            IvReason.NOT_CONVERGED: IvStatus.NOT_CONVERGED,
        }[reason]
        for reason in IvReason
    ],
    np.int16,
)

PRICE = np.dtype(
    [
        (f"{leg}_{name}", kind)
        for leg in LEGS
        for name, kind in (
            *((figure, np.float64) for figure in FED),
            ("iv_status", np.int16),
            ("fed", np.int16),
        )
    ]
)


# The widest market that is priced, whatever its middle: cheap options trade at a few ticks.
WIDEST_TICKS = 2


class Terms(NamedTuple):
    """What pricing needs of each row's chain; NaN where unknown."""

    forward: Floats
    years: Floats
    tick: Floats

    def at(self, places: npt.NDArray[np.intp]) -> "Terms":
        """Those of some rows only."""
        return Terms(*(figure[places] for figure in self))


class Leg(NamedTuple):
    """One side of each strike: IV or NaN, and what became of it."""

    iv: Floats
    status: npt.NDArray[np.int16]


def price_quotes(
    rows: npt.NDArray[np.void],
    terms: Terms,
    rate: float,
    known: Mapping[str, Floats] | None = None,
) -> npt.NDArray[np.void]:
    """A row of PRICE for each row of QUOTE, whose chain has these terms.

    `known` has volatilities, by leg, that are not to be solved again; NaN where there is none.
    They are for legs that could be solved, and no other.
    """
    strike = rows["strike"]
    legs = {
        leg: _leg(rows, leg, terms, rate, known[leg] if known else None) for leg in LEGS
    }
    legs = {
        leg: _or_twin(rows, leg, legs[leg], legs[twin], terms, rate)
        for leg, twin in (LEGS, LEGS[::-1])
    }
    prices = np.empty(len(rows), PRICE)
    for leg, (iv, status) in legs.items():
        computed = greeks(terms.forward, strike, terms.years, iv, rate, leg == "call")
        fed = np.where(status == IvStatus.FEED, FED["iv"], 0).astype(np.int16)
        for name, figure in zip(GREEKS, computed, strict=False):
            own = rows[f"{leg}_{name}"]
            is_fed = ~np.isnan(own)
            prices[f"{leg}_{name}"] = np.where(is_fed, own, figure)
            fed[is_fed] |= FED[name]
        prices[f"{leg}_iv"], prices[f"{leg}_iv_status"] = iv, status
        prices[f"{leg}_fed"] = fed
    return prices


def _leg(
    rows: npt.NDArray[np.void],
    leg: str,
    terms: Terms,
    rate: float,
    known: Floats | None,
) -> Leg:
    """One leg: the feed's figures, known volatilities, and the rest solved."""
    iv = rows[f"{leg}_iv"].copy()
    status = np.full(len(rows), IvStatus.FEED, np.int16)
    missing = np.isnan(iv)
    mid, refused = _market(rows, leg, terms.tick)
    if known is not None:
        carried = missing & (mid > 0) & (terms.forward > 0) & (terms.years > 0)
        carried &= ~np.isnan(known)
        iv[carried], status[carried] = known[carried], IvStatus.CARRIED
        missing &= ~carried
    wanted = np.flatnonzero(missing)
    found = implied_vol(
        mid[wanted],
        terms.forward[wanted],
        rows["strike"][wanted],
        terms.years[wanted],
        rate,
        leg == "call",
    )
    iv[wanted], status[wanted] = found.vol, STATUS[found.reason]
    return Leg(iv, np.where(missing & (refused > 0), refused, status))


def _or_twin(
    rows: npt.NDArray[np.void],
    leg: str,
    own: Leg,
    twin: Leg,
    terms: Terms,
    rate: float,
) -> Leg:
    """The twin's volatility where the leg is in the money and its own is lost in the spread."""
    over = terms.forward - rows["strike"]
    over = over if leg == "call" else -over
    mid, refused = _market(rows, leg, terms.tick)
    time_value = mid - over * np.exp(-rate * terms.years)
    spread = rows[f"{leg}_ask"] - rows[f"{leg}_bid"]
    takes = (over > 0) & ~(time_value > spread) & ~np.isnan(twin.iv)
    takes &= (own.status != IvStatus.FEED) & (refused == 0)
    takes &= _is_known(rows, leg)
    return Leg(
        np.where(takes, twin.iv, own.iv), np.where(takes, IvStatus.TWIN, own.status)
    )


def _is_known(rows: npt.NDArray[np.void], leg: str) -> Mask:
    """Whether anything is known of the leg's price: nothing is of a drop-out."""
    known: Mask = np.zeros(len(rows), np.bool_)
    for name in ("ltp", "bid", "ask"):
        known |= ~np.isnan(rows[f"{leg}_{name}"])
    return known


def _market(rows: npt.NDArray[np.void], leg: str, tick: Floats) -> Leg:
    """The middle of each market that can be priced, else NaN; and why it cannot be.

    The rule is that of ops.market_price, which metrics take their prices by.
    """
    bid, ask = rows[f"{leg}_bid"], rows[f"{leg}_ask"]
    mid = (bid + ask) / 2
    two_sided = (bid > 0) & (ask > 0)
    crossed = two_sided & (ask < bid)
    wide = two_sided & (ask - bid > np.fmax(mid, WIDEST_TICKS * tick))
    refused = np.select(
        [crossed, wide], [IvStatus.CROSSED, IvStatus.WIDE_MARKET], 0
    ).astype(np.int16)
    return Leg(np.where(two_sided & (refused == 0), mid, np.nan), refused)
