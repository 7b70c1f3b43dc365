"""Black-76: price and Greeks of European options on a forward, over arrays.

All are discounted with e^(-r tau). Nothing here reads a file or a clock: the time to expiry
comes in, in years of 365 days.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from pgstrike.jobs.pricing.black76 import Floats, chunks, columns, time_share

DAYS_PER_YEAR = 365.0
# Of volatility or of the rate: one percentage point.
POINT = 0.01
DENSITY = float(1 / np.sqrt(2 * np.pi))


class Greeks(NamedTuple):
    """The derivatives of one contract's price each; NaN where time, vol, forward or strike is
    unknown or not positive.

    With D = e^(-r tau), d1,2 = ln(F / K) / (vol sqrt(tau)) +- vol sqrt(tau) / 2, w = 1 for
    a call and -1 for a put, n and N the normal density and distribution. Black-76 is the
    generalised formula with cost of carry b = 0: F. Black, "The pricing of commodity
    contracts", Journal of Financial Economics 3 (1976), for the price; E. G. Haug, "The
    Complete Guide to Option Pricing Formulas", 2nd edition (2007), chapter 2, for these.
    """

    delta: Floats
    """w D N(w d1): per 1.0 of the forward. Haug: "Delta"."""
    gamma: Floats
    """D n(d1) / (F vol sqrt(tau)): of delta, per 1.0 of the forward. Haug: "Gamma"."""
    theta_per_day: Floats
    """(r price - D F n(d1) vol / (2 sqrt(tau))) / 365: per calendar day that passes at a
    standing forward. Haug: "Theta"."""
    vega_per_point: Floats
    """0.01 D F n(d1) sqrt(tau): per 0.01 of vol. Haug: "Vega"."""
    rho_per_point: Floats
    """-0.01 tau price: per 0.01 of the rate at a standing forward. Haug: "Rho" for b = 0."""
    vanna_per_point: Floats
    """-0.01 D n(d1) d2 / vol: of delta, per 0.01 of vol. Haug: "DdeltaDvol"."""
    charm_per_day: Floats
    """(r delta + D n(d1) d2 / (2 tau)) / 365: of delta, per calendar day that passes.
    Haug: "DdeltaDtime"."""


def price(
    forward: ArrayLike,
    strike: ArrayLike,
    tau_years: ArrayLike,
    vol: ArrayLike,
    rate: ArrayLike,
    is_call: ArrayLike,
) -> Floats:
    """w D (F N(w d1) - K N(w d2)) of Black (1976), as intrinsic value and time value.

    The time value is the same for both legs (put-call parity) and is computed without
    cancellation, so that a price in the far wings is right to its last digits. Without
    volatility or time it is the intrinsic value.
    """
    shape, inputs, calls = columns(
        forward, strike, tau_years, vol, rate, is_call=is_call
    )
    prices = np.empty(calls.size)
    with np.errstate(all="ignore"):
        for part in chunks(calls.size):
            prices[part] = _price(calls[part], *(each[part] for each in inputs))
    return prices.reshape(shape)


def greeks(
    forward: ArrayLike,
    strike: ArrayLike,
    tau_years: ArrayLike,
    vol: ArrayLike,
    rate: ArrayLike,
    is_call: ArrayLike,
) -> Greeks:
    """All Greeks in one pass, each of the shape that the inputs have together."""
    shape, inputs, calls = columns(
        forward, strike, tau_years, vol, rate, is_call=is_call
    )
    table = np.empty((len(Greeks._fields), calls.size))
    with np.errstate(all="ignore"):
        for part in chunks(calls.size):
            _greeks(table[:, part], calls[part], *(each[part] for each in inputs))
    return Greeks(*(row.reshape(shape) for row in table))


def _price(
    is_call: NDArray[np.bool_],
    forward: Floats,
    strike: Floats,
    tau_years: Floats,
    vol: Floats,
    rate: Floats,
) -> Floats:
    total_vol = vol * np.sqrt(tau_years)
    share = time_share(np.abs(np.log(forward / strike)), total_vol)
    share[total_vol == 0.0] = 0.0
    share[total_vol < 0.0] = np.nan
    over = forward - strike
    intrinsic = np.maximum(np.where(is_call, over, -over), 0.0)
    discount = np.exp(-rate * tau_years)
    return np.asarray(discount * (intrinsic + share * np.minimum(forward, strike)))


def _greeks(
    table: Floats,
    is_call: NDArray[np.bool_],
    forward: Floats,
    strike: Floats,
    tau_years: Floats,
    vol: Floats,
    rate: Floats,
) -> None:
    """Fill the rows of `table` in the order of `Greeks`."""
    root_tau = np.sqrt(tau_years)
    total_vol = vol * root_tau
    total_vol[~((total_vol > 0.0) & (np.minimum(forward, strike) > 0.0))] = np.nan
    d1 = np.log(forward / strike) / total_vol + 0.5 * total_vol
    d2 = d1 - total_vol
    discount = np.exp(-rate * tau_years)
    density = DENSITY * discount * np.exp(-0.5 * d1 * d1)
    side = np.where(is_call, 1.0, -1.0)
    signed = side * discount
    delta = signed * ndtr(side * d1)
    price_now = forward * delta - strike * signed * ndtr(side * d2)
    weight = forward * density
    table[0] = delta
    table[1] = density / (forward * total_vol)
    table[2] = (rate * price_now - 0.5 * weight * vol / root_tau) * (1 / DAYS_PER_YEAR)
    table[3] = weight * root_tau * POINT
    table[4] = price_now * tau_years * -POINT
    table[5] = density * d2 / vol * -POINT
    table[6] = (rate * delta + 0.5 * density * d2 / tau_years) * (1 / DAYS_PER_YEAR)
