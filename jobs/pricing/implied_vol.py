"""Implied volatility of Black-76, over arrays: a table's guess, then Householder steps."""

from enum import IntEnum
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from pgstrike.jobs.pricing.black76 import Floats, chunks, columns, householder_step

LARGEST = float(np.finfo(np.float64).max)
# Of the price: a time value that is left of it after subtraction is then no figure.
LOST_IN_ROUNDING = 8 * float(np.finfo(np.float64).eps)
# Stands for a log-moneyness of 0, so that nothing is 0 / 0.
AT_THE_FORWARD = 1e-100

# A relative step below this leaves an error of its fourth power, or four times that.
SETTLED = 1e-3
STEPS = 30
# A step goes at most this near to zero.
SHRINK = 0.25

# The table: ln(1 + depth), which no float brings to 6.65, and the spread up to 0.8, which
# is a strike of 10^5 forwards.
ROWS, ROWS_PER_UNIT = 268, 40.0
COLUMNS, COLUMNS_PER_UNIT = 130, 160.0
EDGE = 1e-6
# Of ln c: beyond it the other objective rules.
TABLE_TOP = float(np.log(0.7))


class IvReason(IntEnum):
    """Why a contract has no implied volatility; SOLVED when it has one."""

    SOLVED = 0
    # Unknown, zero or negative.
    NO_PRICE = 1
    NO_TIME = 2
    # Also when the strike or the rate is the one that is no figure.
    NO_FORWARD = 3
    BELOW_INTRINSIC = 4
    # The price is intrinsic value to its last digits.
    NO_TIME_VALUE = 5
    # A call at or above the forward, a put at or above the strike (discounted).
    ABOVE_BOUND = 6
    # Rather than a wrong figure.
    NOT_CONVERGED = 7


class ImpliedVol(NamedTuple):
    """One entry per contract: `vol` is per square root of a year, 0.11 for 11 %, or NaN."""

    vol: Floats
    reason: NDArray[np.int8]


def implied_vol(
    price: ArrayLike,
    forward: ArrayLike,
    strike: ArrayLike,
    tau_years: ArrayLike,
    rate: ArrayLike,
    is_call: ArrayLike,
) -> ImpliedVol:
    """The volatility at which Black-76 gives `price`, which is paid today (discounted).

    The method is that of P. Jaeckel, "Let's Be Rational", Wilmott 2015: one objective in
    logarithms for each half of the prices and Householder's steps, from a table's guess.
    """
    shape, inputs, calls = columns(
        price, forward, strike, tau_years, rate, is_call=is_call
    )
    vol = np.empty(calls.size)
    reason = np.empty(calls.size, np.int8)
    with np.errstate(all="ignore"):
        for part in chunks(calls.size):
            numbers = (each[part] for each in inputs)
            vol[part], reason[part] = _chunk(calls[part], *numbers)
    return ImpliedVol(vol.reshape(shape), reason.reshape(shape))


def count_reasons(reason: NDArray[np.int8]) -> dict[IvReason, int]:
    """How many contracts have each reason; one that none has is left out."""
    counts = np.bincount(reason.ravel(), minlength=len(IvReason))
    return {each: int(counts[each]) for each in IvReason if counts[each]}


def _chunk(
    is_call: NDArray[np.bool_],
    price: Floats,
    forward: Floats,
    strike: Floats,
    tau_years: Floats,
    rate: Floats,
) -> ImpliedVol:
    undiscounted = price * np.exp(rate * tau_years)
    bound, over = np.minimum(forward, strike), forward - strike
    intrinsic = np.maximum(np.where(is_call, over, -over), 0.0)
    time_value = undiscounted - intrinsic
    above_intrinsic = time_value > LOST_IN_ROUNDING * intrinsic
    below_bound = bound - time_value > LOST_IN_ROUNDING * undiscounted
    log_moneyness = np.maximum(np.abs(np.log(forward / strike)), AT_THE_FORWARD)
    vol = _total_vol(log_moneyness, time_value / bound) / np.sqrt(tau_years)
    has_price, has_time = price > 0, tau_years > 0
    solved = above_intrinsic & below_bound & has_price & has_time & (bound > 0)
    solved &= (vol > 0) & np.isfinite(vol)
    if solved.all():
        return ImpliedVol(vol, np.zeros(vol.size, np.int8))
    figures = (bound > 0) & np.isfinite(over) & np.isfinite(rate)
    below_intrinsic = time_value < -LOST_IN_ROUNDING * intrinsic
    # In the order of IvReason: the first that holds is the reason, else NOT_CONVERGED.
    holds = [solved, ~has_price, ~has_time, ~figures, below_intrinsic]
    holds += [~above_intrinsic, ~below_bound, np.ones_like(solved)]
    reason = np.argmax(holds, axis=0).astype(np.int8)
    return ImpliedVol(np.where(solved, vol, np.nan), reason)


def _total_vol(log_moneyness: Floats, share: Floats) -> Floats:
    """vol * sqrt(tau) of each contract, NaN where there is none."""
    upper = np.flatnonzero(share > 0.5)
    if not upper.size:
        return _iterate(log_moneyness, np.log(share), _guess(log_moneyness, share))
    lower = np.where(share > 0.5, np.nan, share)
    total_vol = _iterate(log_moneyness, np.log(lower), _guess(log_moneyness, lower))
    a, rest = log_moneyness[upper], 1.0 - share[upper]
    total_vol[upper] = _iterate(a, np.log(rest), _upper_guess(a, rest), complement=True)
    return total_vol


def _iterate(
    log_moneyness: Floats, log_target: Floats, guess: Floats, complement: bool = False
) -> Floats:
    """Householder steps for all, then again for the few that are still moving."""
    step = householder_step(log_moneyness, guess, log_target, complement)
    result = guess + step
    moving = np.flatnonzero(np.abs(step) > SETTLED * guess)
    for _ in range(STEPS):
        if not moving.size:
            return result
        a, target = log_moneyness[moving], log_target[moving]
        now = result[moving]
        step = householder_step(a, now, target, complement)
        result[moving] = np.maximum(now + step, SHRINK * now)
        moving = moving[np.abs(step) > SETTLED * now]
    result[moving] = np.nan
    return result


def _guess(log_moneyness: Floats, share: Floats) -> Floats:
    """Bilinear between the nodes of the table, for c <= 1/2."""
    depth = np.log1p(np.minimum(log_moneyness / share, LARGEST))
    row = np.log1p(depth) * ROWS_PER_UNIT
    column = log_moneyness / (log_moneyness + depth) * COLUMNS_PER_UNIT
    i, j = row.astype(np.int64), np.minimum(column.astype(np.int64), COLUMNS - 2)
    down, right = row - i, column - j
    table, corner = _table(), i * COLUMNS + j
    top = table.take(corner, mode="clip")
    top += right * (table.take(corner + 1, mode="clip") - top)
    corner += COLUMNS
    bottom = table.take(corner, mode="clip")
    bottom += right * (table.take(corner + 1, mode="clip") - bottom)
    return np.asarray((top + down * (bottom - top)) * log_moneyness / depth)


def _upper_guess(log_moneyness: Floats, rest: Floats) -> Floats:
    """Exact at the forward, where 1 - c = 2 N(-s / 2); elsewhere t - p is held there."""
    quantile = -ndtri(0.5 * rest)
    return np.asarray(quantile + np.sqrt(quantile * quantile + 2.0 * log_moneyness))


@cache
def _table() -> Floats:
    """s * depth / a by rows of depth = ln(1 + a / c) and columns of a / (a + depth)."""
    depth = np.maximum(np.expm1(np.arange(ROWS) / ROWS_PER_UNIT), EDGE)[:, None]
    spread = np.maximum(np.arange(COLUMNS) / COLUMNS_PER_UNIT, EDGE)
    ratio = spread / (1.0 - spread)
    a = depth * ratio
    log_share = np.log(a) - depth - np.log(-np.expm1(-depth))
    log_share = np.minimum(log_share, TABLE_TOP)
    guess = ratio * np.sqrt(2.0 * np.pi + 0.5 * depth)
    with np.errstate(all="ignore"):
        total_vol = _iterate(a.ravel(), log_share.ravel(), guess.ravel())
    return np.asarray((total_vol.reshape(a.shape) / ratio).ravel())
