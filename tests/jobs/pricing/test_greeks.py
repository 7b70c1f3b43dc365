"""Black-76 against 50-digit arithmetic, and what must hold for every contract."""

from collections.abc import Callable, Sequence

import mpmath  # type: ignore[import-untyped]
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pgstrike.jobs.pricing.black76 import householder_step, time_share
from pgstrike.jobs.pricing.greeks import Greeks, greeks, price

mpmath.mp.dps = 50
# A shared machine stalls; and no examples are left behind in the checkout.
untimed = settings(deadline=None, database=None)

FORWARD = 24_600.0
DAY = 1 / 365
MINUTE = DAY / 1440

# strike, tau_years, vol, rate
CONTRACTS = [
    (24_600.0, 7 * DAY, 0.12, 0.065),
    (24_650.0, 2 * MINUTE, 0.12, 0.065),
    (24_600.0, MINUTE, 0.03, 0.065),
    (26_000.0, DAY, 0.25, 0.065),
    (23_000.0, DAY, 0.03, 0.0),
    (40_000.0, 5.0, 0.03, 0.065),
    (5_000.0, 5.0, 3.0, 0.065),
    (90_000.0, 5.0, 3.0, -0.01),
    (24_000.0, 0.25, 3.0, 0.065),
    (20_000.0, 30 * DAY, 0.15, 0.1),
]

strikes = st.floats(FORWARD / 4, FORWARD * 4)
taus = st.floats(MINUTE, 5.0)
vols = st.floats(0.03, 3.0)
rates = st.floats(-0.02, 0.15)


def exact_price(
    forward: object, strike: object, tau: object, vol: object, rate: object, call: bool
) -> mpmath.mpf:
    f, k, t, v, r = map(mpmath.mpf, (forward, strike, tau, vol, rate))
    d1 = (mpmath.log(f / k) + v * v * t / 2) / (v * mpmath.sqrt(t))
    d2 = d1 - v * mpmath.sqrt(t)
    w = 1 if call else -1
    return w * mpmath.exp(-r * t) * (f * mpmath.ncdf(w * d1) - k * mpmath.ncdf(w * d2))


def exact_greeks(
    strike: float, tau: float, vol: float, rate: float, call: bool
) -> Greeks:
    """Derivatives of `exact_price` by mpmath, which knows none of our formulas."""
    at = (mpmath.mpf(FORWARD), mpmath.mpf(tau), mpmath.mpf(vol), mpmath.mpf(rate))

    def value(*x: object) -> mpmath.mpf:
        return exact_price(x[0], strike, x[1], x[2], x[3], call)

    def derivative(*orders: int) -> float:
        steps = [mpmath.mpf(10) ** -14] * 4
        return float(central(value, at, steps, orders))

    return Greeks(
        *(
            np.asarray(each)
            for each in (
                derivative(1, 0, 0, 0),
                derivative(2, 0, 0, 0),
                -derivative(0, 1, 0, 0) / 365,
                derivative(0, 0, 1, 0) / 100,
                derivative(0, 0, 0, 1) / 100,
                derivative(1, 0, 1, 0) / 100,
                -derivative(1, 1, 0, 0) / 365,
            )
        )
    )


def central(
    value: Callable[..., mpmath.mpf],
    at: Sequence[mpmath.mpf],
    steps: Sequence[mpmath.mpf],
    orders: Sequence[int],
) -> mpmath.mpf:
    """Mixed central difference, one order after the other."""
    for axis, order in enumerate(orders):
        if order:
            lower = [*orders[:axis], order - 1, *orders[axis + 1 :]]
            up = [
                x + h * (i == axis)
                for i, (x, h) in enumerate(zip(at, steps, strict=True))
            ]
            down = [
                x - h * (i == axis)
                for i, (x, h) in enumerate(zip(at, steps, strict=True))
            ]
            rise = central(value, up, steps, lower) - central(value, down, steps, lower)
            return rise / (2 * steps[axis])
    return value(*at)


@pytest.mark.parametrize("call", [True, False])
@pytest.mark.parametrize(("strike", "tau", "vol", "rate"), CONTRACTS)
def test_price_is_the_exact_one(
    strike: float, tau: float, vol: float, rate: float, call: bool
) -> None:
    expected = float(exact_price(FORWARD, strike, tau, vol, rate, call))
    assert price(FORWARD, strike, tau, vol, rate, call) == pytest.approx(
        expected, rel=1e-10, abs=1e-300
    )


@pytest.mark.parametrize("call", [True, False])
@pytest.mark.parametrize(("strike", "tau", "vol", "rate"), CONTRACTS)
@pytest.mark.parametrize("name", Greeks._fields)
def test_each_greek_is_the_derivative_that_its_unit_says(
    name: str, strike: float, tau: float, vol: float, rate: float, call: bool
) -> None:
    expected = getattr(exact_greeks(strike, tau, vol, rate, call), name)
    found = getattr(greeks(FORWARD, strike, tau, vol, rate, call), name)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_price_far_in_the_wings_keeps_its_digits() -> None:
    """A call 25 standard deviations out costs 1e-135, and not nothing."""
    tau, vol = 30 * DAY, 0.15
    strike = FORWARD * float(np.exp(25 * vol * np.sqrt(tau)))
    expected = float(exact_price(FORWARD, strike, tau, vol, 0.0, True))
    assert 0 < expected < 1e-130
    assert price(FORWARD, strike, tau, vol, 0.0, True) == pytest.approx(
        expected, rel=1e-10
    )


@pytest.mark.parametrize("off", [-1e-2, 1e-2])
@pytest.mark.parametrize("complement", [False, True])
def test_step_is_of_fourth_order(off: float, complement: bool) -> None:
    total_vol = np.geomspace(0.05, 6, 50) * (2 if complement else 1)
    a = np.linspace(0.01, 0.5, 50) * total_vol
    share = time_share(a, total_vol)
    keep = (share > 0.5) & (share < 1 - 1e-9) if complement else share <= 0.5
    a, total_vol, share = a[keep], total_vol[keep], share[keep]
    target = np.log(1 - share if complement else share)
    found = total_vol * (1 + off) + householder_step(
        a, total_vol * (1 + off), target, complement
    )
    assert keep.sum() >= 5
    assert (np.abs(found / total_vol - 1) < 4 * off**4).all()


@pytest.mark.parametrize(("tau", "vol"), [(0.0, 0.2), (0.1, 0.0)])
def test_price_without_time_or_vol_is_the_discounted_intrinsic_value(
    tau: float, vol: float
) -> None:
    strikes_ = np.array([24_000.0, 24_600.0, 25_000.0])
    calls = price(FORWARD, strikes_, tau, vol, 0.065, True)
    assert calls == pytest.approx(np.exp(-0.065 * tau) * np.array([600.0, 0.0, 0.0]))


@pytest.mark.parametrize(
    ("forward", "tau", "vol"),
    [(FORWARD, 0.0, 0.2), (FORWARD, -1e-9, 0.2), (FORWARD, 0.1, 0.0), (FORWARD, 0.1, -0.2),
     (FORWARD, 0.1, np.nan), (np.nan, 0.1, 0.2), (0.0, 0.1, 0.2), (-1.0, 0.1, 0.2)],
)  # fmt: skip
def test_greeks_are_nan_where_they_are_undefined(
    forward: float, tau: float, vol: float
) -> None:
    assert np.isnan(np.array(greeks(forward, FORWARD, tau, vol, 0.065, True))).all()


def test_one_unknown_input_spoils_no_other_contract() -> None:
    vol = np.array([0.1, np.nan, 0.3])
    found = greeks(FORWARD, FORWARD, 0.1, vol, 0.065, [True, True, False])
    assert np.isnan(np.array(found)).tolist() == [[False, True, False]] * 7


def test_inputs_broadcast_and_keep_their_shape() -> None:
    strike = np.linspace(20_000, 30_000, 5_000)[:, None]
    both = np.array([True, False])
    found = greeks(FORWARD, strike, 0.1, 0.2, 0.065, both)
    assert {each.shape for each in found} == {(5_000, 2)}
    assert price(FORWARD, strike, 0.1, 0.2, 0.065, both).shape == (5_000, 2)
    last = greeks(FORWARD, 30_000.0, 0.1, 0.2, 0.065, False)
    assert [each[-1, 1] for each in found] == [each.item() for each in last]


@untimed
@given(strikes, taus, vols, rates)
def test_put_call_parity(strike: float, tau: float, vol: float, rate: float) -> None:
    call = price(FORWARD, strike, tau, vol, rate, True)
    put = price(FORWARD, strike, tau, vol, rate, False)
    forward_value = np.exp(-rate * tau) * (FORWARD - strike)
    assert call - put == pytest.approx(forward_value, rel=1e-13, abs=1e-9)


@untimed
@given(strikes, taus, vols, rates)
def test_parity_of_the_greeks(
    strike: float, tau: float, vol: float, rate: float
) -> None:
    """Call less put: delta D; gamma, vega and vanna 0; charm r D / 365."""
    call = np.array(greeks(FORWARD, strike, tau, vol, rate, True))
    put = np.array(greeks(FORWARD, strike, tau, vol, rate, False))
    discount, forward_value = (
        np.exp(-rate * tau),
        np.exp(-rate * tau) * (FORWARD - strike),
    )
    expected = np.array(
        [discount, 0, rate * forward_value / 365, 0, -tau * forward_value / 100, 0,
         rate * discount / 365]
    )  # fmt: skip
    scale = 1 + np.abs(call) + np.abs(put)
    assert np.abs(call - put - expected) == pytest.approx(
        np.zeros(7), abs=1e-9 * scale.max()
    )


@untimed
@given(strikes, taus, vols, vols, rates, st.booleans())
def test_price_rises_with_vol(
    strike: float, tau: float, one: float, other: float, rate: float, call: bool
) -> None:
    low, high = sorted((one, other))
    cheap = price(FORWARD, strike, tau, low, rate, call)
    dear = price(FORWARD, strike, tau, high, rate, call)
    assert dear >= cheap * (1 - 1e-12)


@untimed
@given(strikes, taus, vols, rates, st.booleans())
def test_price_lies_between_its_bounds(
    strike: float, tau: float, vol: float, rate: float, call: bool
) -> None:
    side, discount = (1 if call else -1), np.exp(-rate * tau)
    value = price(FORWARD, strike, tau, vol, rate, call) / discount
    assert value >= max(side * (FORWARD - strike), 0) * (1 - 1e-15)
    assert value <= (FORWARD if call else strike) * (1 + 1e-15)
