"""Implied volatility against bisection in 50 digits, and where there is none."""

import mpmath  # type: ignore[import-untyped]
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pgstrike.jobs.pricing.black76 import Floats, time_share
from pgstrike.jobs.pricing.greeks import greeks, price
from pgstrike.jobs.pricing.implied_vol import IvReason, count_reasons, implied_vol

mpmath.mp.dps = 50
Flags = npt.NDArray[np.bool_]

# A shared machine stalls; and no examples are left behind in the checkout.
untimed = settings(deadline=None, database=None)

FORWARD = 24_600.0
RATE = 0.065
DAY = 1 / 365
MINUTE = DAY / 1440
EPSILON = float(np.finfo(np.float64).eps)
TOLERANCE = 1e-8
# Bisection halves the bracket of 0 to 8 to below a tenth of the tolerance.
HALVINGS = 33


def exact_iv(paid: float, strike: float, tau: float, call: bool) -> float:
    """The volatility of exactly this floating-point price, by bisection of mpmath's."""
    f, k, t = mpmath.mpf(FORWARD), mpmath.mpf(strike), mpmath.mpf(tau)
    w, target = (1 if call else -1), mpmath.mpf(paid) * mpmath.exp(mpmath.mpf(RATE) * t)
    low, high = mpmath.mpf(0), mpmath.mpf(8)
    for _ in range(HALVINGS):
        vol = (low + high) / 2
        d1 = (mpmath.log(f / k) + vol * vol * t / 2) / (vol * mpmath.sqrt(t))
        d2 = d1 - vol * mpmath.sqrt(t)
        if w * (f * mpmath.ncdf(w * d1) - k * mpmath.ncdf(w * d2)) < target:
            low = vol
        else:
            high = vol
    return float((low + high) / 2)


def allowed_error(
    paid: Floats, strike: Floats, tau: Floats, vol: Floats, call: Flags
) -> Floats:
    """1e-8, or what a price that is rounded in its last digits says about the vol."""
    vega = greeks(FORWARD, strike, tau, vol, RATE, call).vega_per_point * 100
    return TOLERANCE + 8 * EPSILON * paid / vega


def draw(name: str, count: int) -> tuple[Floats, Floats, Floats, Flags]:
    """Strike, tau, vol and leg (1: call) of a set of contracts; seeded."""
    rng = np.random.default_rng(7)
    tau = rng.choice([1, 2, 7, 30, 90], count) * DAY
    vol, away = rng.uniform(0.08, 0.6, count), rng.uniform(-2.0, 2.0, count)
    if name == "wide":
        tau, vol = np.geomspace(DAY, 5, count), np.exp(rng.uniform(-3.5, 1.1, count))
    elif name == "last minutes":
        tau, vol = rng.uniform(0.02, 5, count) * MINUTE, rng.uniform(0.03, 3, count)
    elif name.startswith("deep"):
        away = rng.uniform(3, 8, count) * rng.choice([-1, 1], count)
    elif name == "far wings":
        away = rng.uniform(8, 35, count) * rng.choice([-1, 1], count)
    strike = FORWARD * np.exp(away * vol * np.sqrt(tau))
    call = strike > FORWARD
    return strike, tau, vol, ~call if name == "deep in the money" else call


SETS = ["chain", "wide", "last minutes", "deep in the money", "deep out of the money",
        "far wings"]  # fmt: skip


@pytest.mark.parametrize("name", SETS)
def test_error_is_at_most_1e_8_wherever_vega_allows(name: str) -> None:
    strike, tau, vol, call = draw(name, 60)
    paid = price(FORWARD, strike, tau, vol, RATE, call)
    # 17 digits of a deep in-the-money price may hold nothing of its time value.
    allowed = allowed_error(paid, strike, tau, vol, call)
    keep = allowed < 0.01 * vol
    expected = [
        exact_iv(*each) for each in zip(paid[keep], strike[keep], tau[keep], call[keep],
                                        strict=True)
    ]  # fmt: skip
    found = implied_vol(paid, FORWARD, strike, tau, RATE, call)
    assert keep.sum() >= 20
    assert count_reasons(found.reason[keep]) == {IvReason.SOLVED: keep.sum()}
    assert (np.abs(found.vol[keep] - expected) <= allowed[keep]).all()


@pytest.mark.parametrize("name", SETS)
def test_no_contract_of_a_large_set_is_missed(name: str) -> None:
    """Each comes back to its vol, or says that its price has no time value in it."""
    strike, tau, vol, call = draw(name, 50_000)
    paid = price(FORWARD, strike, tau, vol, RATE, call)
    found = implied_vol(paid, FORWARD, strike, tau, RATE, call)
    allowed = allowed_error(paid, strike, tau, vol, call)
    near = allowed < 0.01 * vol
    assert (found.reason[near] == IvReason.SOLVED).all()
    assert (np.abs(found.vol - vol)[near] <= allowed[near]).all()
    assert (found.reason != IvReason.NOT_CONVERGED).all()
    assert (np.isnan(found.vol) == (found.reason != IvReason.SOLVED)).all()


@pytest.mark.parametrize("tau", [MINUTE / 60, MINUTE, 5 * MINUTE, DAY, 5.0])
@pytest.mark.parametrize("vol", [0.03, 0.12, 3.0])
@pytest.mark.parametrize("deviations", [0.0, 1.0, 4.0])
@pytest.mark.parametrize("call", [True, False])
def test_edges_of_time_and_volatility(
    tau: float, vol: float, deviations: float, call: bool
) -> None:
    side = 1 if call else -1
    strike = FORWARD * float(np.exp(side * deviations * vol * np.sqrt(tau)))
    paid = price(FORWARD, strike, tau, vol, RATE, call)
    found = implied_vol(paid, FORWARD, strike, tau, RATE, call)
    assert found.vol == pytest.approx(vol, abs=TOLERANCE, rel=0)


def test_deep_in_the_money_is_its_out_of_the_money_twin() -> None:
    """By parity both legs hold the same time value, hence one volatility."""
    strike, tau, vol, call = draw("deep in the money", 1_000)
    twin = price(FORWARD, strike, tau, vol, RATE, ~call)
    paid = twin + np.exp(-RATE * tau) * np.abs(FORWARD - strike)
    ours = implied_vol(paid, FORWARD, strike, tau, RATE, call)
    theirs = implied_vol(twin, FORWARD, strike, tau, RATE, ~call)
    allowed = allowed_error(paid, strike, tau, vol, call)
    near = allowed < 0.01 * vol
    assert (np.abs(ours.vol - theirs.vol)[near] <= 4 * allowed[near]).all()


@pytest.mark.parametrize("call", [True, False])
def test_rounding_of_an_intrinsic_value_is_no_time_value(call: bool) -> None:
    """Nor is a last digit more or less, which a feed's own arithmetic may add."""
    rng = np.random.default_rng(7)
    tau, away = rng.uniform(DAY, 1, 5_000), rng.uniform(1.5, 3, 5_000)
    strike = FORWARD / away if call else FORWARD * away
    value = np.exp(-RATE * tau) * np.abs(FORWARD - strike)
    for paid in (value, np.nextafter(value, 0), np.nextafter(value, np.inf)):
        found = implied_vol(paid, FORWARD, strike, tau, RATE, call)
        assert (found.reason == IvReason.NO_TIME_VALUE).all()


@pytest.mark.parametrize("nines", range(1, 15))
@pytest.mark.parametrize("moneyness", [1.0, 1.001, 1.5, 20.0])
def test_price_near_its_bound_is_solved(nines: int, moneyness: float) -> None:
    """What is left to the bound is what the volatility found leaves."""
    left = 10.0**-nines
    found = implied_vol(
        FORWARD * (1 - left), FORWARD, FORWARD * moneyness, 1.0, 0.0, True
    )
    again = time_share(np.log([moneyness]), np.atleast_1d(found.vol))
    assert 1 - again[0] == pytest.approx(1 - (1 - left), rel=1e-9, abs=4 * EPSILON)


NAN = np.nan


@pytest.mark.parametrize(
    ("paid", "forward", "strike", "tau", "rate", "call", "reason"),
    [
        (NAN, 100.0, 100.0, 0.1, 0.0, True, IvReason.NO_PRICE),
        (0.0, 100.0, 100.0, 0.1, 0.0, True, IvReason.NO_PRICE),
        (-1.0, 100.0, 100.0, 0.1, 0.0, True, IvReason.NO_PRICE),
        (1.0, 100.0, 100.0, 0.0, 0.0, True, IvReason.NO_TIME),
        (1.0, 100.0, 100.0, -0.1, 0.0, True, IvReason.NO_TIME),
        (1.0, 100.0, 100.0, NAN, 0.0, True, IvReason.NO_TIME),
        (1.0, NAN, 100.0, 0.1, 0.0, True, IvReason.NO_FORWARD),
        (1.0, 0.0, 100.0, 0.1, 0.0, True, IvReason.NO_FORWARD),
        (1.0, 100.0, NAN, 0.1, 0.0, True, IvReason.NO_FORWARD),
        (1.0, 100.0, -5.0, 0.1, 0.0, True, IvReason.NO_FORWARD),
        (1.0, 100.0, 100.0, 0.1, NAN, True, IvReason.NO_FORWARD),
        (9.9, 110.0, 100.0, 0.1, 0.0, True, IvReason.BELOW_INTRINSIC),
        (9.9, 90.0, 100.0, 0.1, 0.0, False, IvReason.BELOW_INTRINSIC),
        (10.0, 110.0, 100.0, 0.1, 0.0, True, IvReason.NO_TIME_VALUE),
        (10.0, 90.0, 100.0, 0.1, 0.0, False, IvReason.NO_TIME_VALUE),
        (110.0, 110.0, 100.0, 0.1, 0.0, True, IvReason.ABOVE_BOUND),
        (111.0, 110.0, 100.0, 0.1, 0.0, True, IvReason.ABOVE_BOUND),
        (100.0, 110.0, 100.0, 0.1, 0.0, False, IvReason.ABOVE_BOUND),
        (99.9, 110.0, 100.0, 0.1, 0.05, False, IvReason.ABOVE_BOUND),
        (np.inf, 110.0, 100.0, 0.1, 0.0, True, IvReason.ABOVE_BOUND),
        (5.0, 110.0, 100.0, 0.1, 0.0, False, IvReason.SOLVED),
    ],
)
def test_no_volatility_has_a_reason(
    paid: float, forward: float, strike: float, tau: float, rate: float, call: bool,
    reason: IvReason,
) -> None:  # fmt: skip
    """And a neighbour that has one is not touched by it."""
    found = implied_vol(
        [paid, 1.0], [forward, 50.0], [strike, 50.0], [tau, 0.1], [rate, 0], call
    )
    assert IvReason(found.reason[0]) is reason
    assert np.isnan(found.vol[0]) == (reason is not IvReason.SOLVED)
    assert found.reason[1] == IvReason.SOLVED
    assert found.vol[1] == pytest.approx(0.15857, abs=1e-4)


def test_reasons_are_counted() -> None:
    found = implied_vol([NAN, 0.0, 5.0, 9.0], 100.0, 100.0, [1, 1, 1, 0], 0.0, True)
    assert count_reasons(found.reason) == {
        IvReason.SOLVED: 1, IvReason.NO_PRICE: 2, IvReason.NO_TIME: 1
    }  # fmt: skip


def test_empty_and_broadcast_inputs() -> None:
    assert implied_vol([], 100.0, [], [], 0.0, True).vol.shape == (0,)
    paid = np.full((3, 4), 5.0)
    found = implied_vol(
        paid, 100.0, np.full(4, 101.0), 0.1, 0.0, [[True], [False], [True]]
    )
    assert found.vol.shape == found.reason.shape == (3, 4)
    assert found.vol[0, 0] > found.vol[1, 0]


@untimed
@given(
    st.floats(-6, 6), st.floats(MINUTE, 5.0), st.floats(0.03, 3.0), st.floats(-0.02, 0.15),
    st.booleans(),
)  # fmt: skip
def test_round_trip(
    deviations: float, tau: float, vol: float, rate: float, call: bool
) -> None:
    strike = FORWARD * float(np.exp(deviations * vol * np.sqrt(tau)))
    paid = price(FORWARD, strike, tau, vol, rate, call)
    vega = greeks(FORWARD, strike, tau, vol, rate, call).vega_per_point * 100
    assume(8 * EPSILON * paid < 1e-9 * vega)
    found = implied_vol(paid, FORWARD, strike, tau, rate, call)
    assert found.vol == pytest.approx(vol, abs=TOLERANCE, rel=0)


@untimed
@given(
    st.floats(0.1, 10.0), st.floats(MINUTE, 5.0), st.floats(1e-6, 1.2), st.floats(1.001, 2.0),
    st.booleans(),
)  # fmt: skip
def test_dearer_is_more_volatile(
    moneyness: float, tau: float, share: float, factor: float, call: bool
) -> None:
    """Any price between the bounds is solved, and a higher one lies higher."""
    strike = FORWARD * moneyness
    intrinsic = max((FORWARD - strike) * (1 if call else -1), 0.0)
    value = np.array([share, share * factor]) * min(FORWARD, strike)
    found = implied_vol(intrinsic + value, FORWARD, strike, tau, 0.0, call)
    inside = value < min(FORWARD, strike) * (1 - 1e-12)
    assert ((found.reason == IvReason.SOLVED) == inside).all()
    if inside.all():
        assert found.vol[1] > found.vol[0]
