"""Implied volatility of Black-76, over arrays: a table's guess, then Householder steps."""

from enum import IntEnum
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from .normal import Floats, householder_step, time_share

CHUNK = 4096                    # contracts: the temporaries of a chunk stay in cache
LOST_IN_ROUNDING = 8 * float(np.finfo(np.float64).eps)
AT_THE_FORWARD = 1e-100         # stands for a log-moneyness of 0, so that nothing is 0 / 0
SETTLED = 1e-3                  # a relative step below this leaves about its fourth power
STEPS = 30
FLOOR=1e-9
SHRINK=.25

ROWS, ROWS_PER_UNIT = 268, 40.0          # of ln(1 + depth), which no float brings to 6.65
COLUMNS, COLUMNS_PER_UNIT = 130, 160.0   # of the spread, to 0.8: a strike 10^5 forwards away
EDGE = 1e-6
TABLE_TOP = float(np.log(0.7))           # of c: beyond it the other objective rules


class IvReason(IntEnum):
    """Why a contract has no implied volatility; SOLVED when it has one."""

    SOLVED = 0
    NO_PRICE = 1                # unknown, zero or negative
    NO_TIME = 2                 # time to expiry unknown, zero or negative
    NO_FORWARD = 3              # forward, strike or rate unknown, or one of the first two <= 0
    BELOW_INTRINSIC = 4
    NO_TIME_VALUE = 5           # intrinsic value to the last digits of the price
    ABOVE_BOUND = 6             # a call at or above the forward, a put at or above the strike
    NOT_CONVERGED = 7           # rather than a wrong figure


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
    inputs = np.broadcast_arrays(price, forward, strike, tau_years, rate, is_call)
    shape = inputs[0].shape
    numbers = [np.asarray(each, np.float64).ravel() for each in inputs[:5]]
    calls = np.asarray(inputs[5], np.bool_).ravel()
    vol = np.empty(calls.size)
    reason = np.empty(calls.size, np.int8)
    with np.errstate(all="ignore"):
        for start in range(0, calls.size, CHUNK):
            part = slice(start, start + CHUNK)
            vol[part], reason[part] = _chunk(*(each[part] for each in numbers), calls[part])
    return ImpliedVol(vol.reshape(shape), reason.reshape(shape))


def count_reasons(reason: NDArray[np.int8]) -> dict[IvReason, int]:
    """How many contracts have each reason; one that none has is left out."""
    counts = np.bincount(reason.ravel(), minlength=len(IvReason))
    return {each: int(counts[each]) for each in IvReason if counts[each]}


def _chunk(
    price: Floats,
    forward: Floats,
    strike: Floats,
    tau_years: Floats,
    rate: Floats,
    is_call: NDArray[np.bool_],
) -> ImpliedVol:
    undiscounted = price * np.exp(rate * tau_years)
    bound = np.minimum(forward, strike)
    over = forward - strike
    intrinsic = np.maximum(np.where(is_call, over, -over), 0.0)
    time_value = undiscounted - intrinsic
    above_intrinsic = time_value > LOST_IN_ROUNDING * intrinsic
    below_bound = bound - time_value > LOST_IN_ROUNDING * undiscounted
    has_time = tau_years > 0
    has_price = price > 0
    sound = above_intrinsic & below_bound & has_time & has_price & (bound > 0)
    log_moneyness = np.maximum(np.abs(np.log(forward / strike)), AT_THE_FORWARD)
    vol = _total_vol(log_moneyness, time_value / bound) / np.sqrt(tau_years)
    solved = sound & (vol > 0) & np.isfinite(vol)
    if solved.all():
        return ImpliedVol(vol, np.zeros(vol.size, np.int8))
    known = (forward > 0) & (strike > 0) & np.isfinite(over) & np.isfinite(rate)
    conditions = [
        (solved, IvReason.SOLVED),
        (~has_price, IvReason.NO_PRICE),
        (~has_time, IvReason.NO_TIME),
        (~known, IvReason.NO_FORWARD),
        (time_value < -LOST_IN_ROUNDING * intrinsic, IvReason.BELOW_INTRINSIC),
        (~above_intrinsic, IvReason.NO_TIME_VALUE),
        (~below_bound, IvReason.ABOVE_BOUND),
    ]
    reason = np.select(
        [holds for holds, _ in conditions],
        [np.int8(code) for _, code in conditions],
        np.int8(IvReason.NOT_CONVERGED),
    )
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
        now = np.maximum(result[moving], FLOOR)
        step = householder_step(a, now, target, complement)
        result[moving] = np.maximum(now + step, SHRINK * now)
        moving = moving[np.abs(step) > SETTLED * now]
    result[moving] = np.nan
    return result


def _guess(log_moneyness: Floats, share: Floats) -> Floats:
    """Bilinear between the nodes of the table, for c <= 1/2."""
    depth = np.log1p(log_moneyness / share)
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
