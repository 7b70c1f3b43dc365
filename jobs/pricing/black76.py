"""The normalised Black function, of which price and implied volatility are made.

Everything happens on two numbers per contract: a = |ln(F / K)|, and the time share c: the
time value (by put-call parity the price of the out-of-the-money twin, undiscounted) over
min(F, K), which is the most it can be. With s = vol * sqrt(tau), p = a / s, t = s / 2
(F. Black 1976; P. Jaeckel, "Let's Be Rational", Wilmott 2015, in his scaled
complementary error functions, so that nothing overflows or underflows):

    c     = e^(-(p-t)^2 / 2) / 2 * (erfcx((p-t) / sqrt 2) - erfcx((p+t) / sqrt 2))
    1 - c = e^(-(p-t)^2 / 2) / 2 * (erfcx((t-p) / sqrt 2) + erfcx((t+p) / sqrt 2))
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erfcx

Floats = NDArray[np.float64]

# Contracts in one pass: intermediate results stay in cache.
CHUNK = 4096
SQRT_HALF = float(np.sqrt(0.5))
LOG_TWO = float(np.log(2.0))
# d ln c / ds is this over the bracket above.
SLOPE = float(np.sqrt(2 / np.pi))


def columns(
    *numbers: ArrayLike, is_call: ArrayLike
) -> tuple[tuple[int, ...], list[Floats], NDArray[np.bool_]]:
    """The shape that the inputs have together, and each of them flat, of that size."""
    *arrays, calls = np.broadcast_arrays(*numbers, is_call)
    flat = [np.asarray(each, np.float64).ravel() for each in arrays]
    return calls.shape, flat, np.asarray(calls, np.bool_).ravel()


def chunks(size: int) -> Iterator[slice]:
    for start in range(0, size, CHUNK):
        yield slice(start, start + CHUNK)


def time_share(log_moneyness: Floats, total_vol: Floats) -> Floats:
    """c of a contract: 0 without volatility, towards 1 with ever more of it."""
    p = log_moneyness / total_vol
    t = 0.5 * total_vol
    near = (p - t) * SQRT_HALF
    bracket = np.copysign(erfcx(np.abs(near)), near) - erfcx((p + t) * SQRT_HALF)
    return np.asarray(np.signbit(near) + 0.5 * np.exp(-near * near) * bracket)


def householder_step(
    log_moneyness: Floats, total_vol: Floats, log_target: Floats, complement: bool
) -> Floats:
    """How far the root of ln c = `log_target` (or of ln(1 - c)) is from `total_vol`.

    Householder's method of the third derivative, hence of fourth order, as in Jaeckel
    (2015); the derivatives are those of the normalised vega,
    c'' / c' = (p^2 - t^2) / s =: b and c''' / c' = b^2 - 3 p^2 / s^2 - 1 / 4.
    """
    p = log_moneyness / total_vol
    t = 0.5 * total_vol
    near, far = (p - t) * SQRT_HALF, (p + t) * SQRT_HALF
    bracket = erfcx(-near) + erfcx(far) if complement else erfcx(near) - erfcx(far)
    slope = (-SLOPE if complement else SLOPE) / bracket
    miss = np.log(bracket) - near * near - (log_target + LOG_TWO)
    newton = -miss / slope
    b = 2.0 * near * far / total_vol
    # f'' / f' and f''' / f'
    bend = b - slope
    q = p / total_vol
    turn = b * b - 3.0 * q * q - 0.25 - slope * (3.0 * b - 2.0 * slope)
    step = newton * (1.0 + 0.5 * bend * newton)
    return np.asarray(step / (1.0 + newton * (bend + newton * turn * (1 / 6))))
