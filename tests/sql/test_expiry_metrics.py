"""Every column of fo.expiry_metrics against the oracle, and by hand where it is odd."""

from typing import Any

import numpy as np
import pytest

from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.pricing.greeks import greeks, price
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.chains import KINDS, RATE, last_minute, round_chain, years_until
from tests.support.oracle_metrics import series_differences
from tests.support.quote_market import (
    EXPIRY,
    FRIDAY,
    LATER,
    MONDAY,
    Leg,
    Quote,
    add,
    select,
)
from tests.support.seeds import seeds

pytestmark = pytest.mark.second_later

# Of gamma exposure at the forward of a round chain: OI of 64 at a gamma of 2^-10.
UNIT = 64 * 2.0**-10 * 25_600.0**2 * 0.01
TINY = 5e-324


def metrics(store: Store, *quotes: Quote) -> dict[str, Any]:
    """The figures of one chain."""
    add(store, *quotes)
    refresh_all(store.connection)
    [*_, row] = select(
        store.connection, "SELECT * FROM fo.expiry_metrics ORDER BY bucket_time"
    )
    return row


def some(random: np.random.Generator, quotes: list[Quote]) -> list[Quote]:
    """At least one of them."""
    return [quotes[0], *(quote for quote in quotes[1:] if random.random() < 0.7)]


@seeds(3)
@pytest.mark.second_later
@pytest.mark.parametrize("kind", KINDS)
def test_random_chains(store: Store, kind: str, seed: int) -> None:
    """Two expiries, in two sessions, and strikes that were quoted at other moments."""
    random, make = np.random.default_rng(seed), KINDS[kind]
    for time, day in (("15:29:00", FRIDAY), ("09:16:00", MONDAY), ("09:17:30", MONDAY)):
        for expiry in (EXPIRY, LATER):
            add(store, *some(random, make(random, time, day, expiry)))
    refresh_all(store.connection)
    assert series_differences(store.connection, "NIFTY", RATE) == []


@pytest.mark.parametrize("seed", range(2))
def test_last_minute_of_expiry_day(store: Store, seed: int) -> None:
    """Deltas and gammas of far strikes are zero, or next to it, and neighbours alike."""
    add(store, *last_minute(np.random.default_rng(seed)))
    refresh_all(store.connection)
    assert series_differences(store.connection, "NIFTY", RATE) == []


def held(units: float | None) -> tuple[Leg, Leg]:
    """Legs of so much net gamma exposure: calls where positive, puts where negative."""
    if units is None:
        return {}, {}
    figures = {"oi": round(64 * abs(units)), "gamma": 2.0**-10, "iv": 0.2}
    return (figures, {}) if units >= 0 else ({}, figures)


@pytest.mark.parametrize(
    ("units", "flip"),
    [
        # From 1 to -1 between two strikes, and from 1 to -3.
        ({25_000: 1, 25_050: -2}, 25_025.0),
        ({25_000: 1, 25_100: -4}, 25_025.0),
        # Unknown is no zero: what lies on both sides of it is joined.
        ({25_000: 1, 25_050: None, 25_100: -2}, 25_050.0),
        ({25_000: 1, 25_050: 0, 25_100: -2}, 25_075.0),
        # Zero is reached, and left on the other side; or only touched; or never left.
        ({25_000: 1, 25_050: -1, 25_100: -1}, 25_050.0),
        ({25_000: 1, 25_050: -1, 25_100: 0, 25_150: -1}, 25_050.0),
        ({25_000: 1, 25_050: -1, 25_100: 1}, None),
        ({25_000: 1, 25_050: -1}, None),
        ({25_000: 0, 25_050: 1}, None),
        ({25_000: None}, None),
        # The one nearest the forward of 25,600; of two as near the lower.
        ({25_000: 1, 25_050: -2, 26_000: 2}, 25_525.0),
        ({25_450: 1, 25_550: -2, 25_650: 0, 25_750: 2}, 25_500.0),
        ({25_440: 1, 25_540: -2, 25_650: 0, 25_750: 2}, 25_700.0),
    ],
)
def test_gex_flip(store: Store, units: dict[float, float], flip: float | None) -> None:
    row = metrics(
        store, *round_chain({strike: held(each) for strike, each in units.items()})
    )
    assert row["forward"] == 25_600.0
    assert row["gex_flip"] == flip


def test_walls_of_equal_height(store: Store) -> None:
    """The lower one of calls, the higher one of puts; and sums by sign."""
    units = {25_400: -2, 25_450: 1, 25_500: 3, 25_700: -2, 25_750: 3, 25_800: -1}
    row = metrics(
        store, *round_chain({strike: held(each) for strike, each in units.items()})
    )
    assert (row["call_wall"], row["put_wall"]) == (25_500, 25_700)
    assert (row["call_gex"], row["put_gex"]) == (7 * UNIT, -5 * UNIT)
    assert row["net_gex"] == 2 * UNIT


def test_nothing_held_is_no_wall(store: Store) -> None:
    row = metrics(store, *round_chain({25_500: held(0)}))
    assert (row["call_gex"], row["put_gex"], row["net_gex"]) == (0, None, 0)
    assert (row["call_wall"], row["put_wall"], row["gex_flip"]) == (None, None, None)


def test_vanna_and_charm_are_those_of_black_76(store: Store) -> None:
    """Of quotes as old as they are: five minutes later the market alone is quoted."""
    strikes = np.array([25_300.0, 25_500.0, 25_800.0, 26_200.0])
    vols, oi = np.array([0.22, 0.18, 0.15, 0.19]), np.array([75, 150, 225, 300])
    legs: list[Leg] = [
        {"ltp": 1.0, "iv": vol, "oi": held}
        for vol, held in zip(vols.tolist(), oi.tolist(), strict=True)
    ]
    figures = {
        strike: (leg, {}) if strike > 25_400 else ({}, leg)
        for strike, leg in zip(strikes.tolist(), legs, strict=True)
    }
    add(store, *round_chain(figures))
    row = metrics(store, *round_chain({}, "10:05:00"))
    [aged] = select(
        store.connection,
        "SELECT * FROM analytics.exposure_levels('NIFTY', %s)",
        EXPIRY,
    )
    is_call, years = strikes > 25_400, years_until(EXPIRY, "10:00:00")
    expected = greeks(25_600.0, strikes, years, vols, RATE, is_call)
    sign = np.where(is_call, 1, -1)
    for name, greek in (
        ("vanna", expected.vanna_per_point),
        ("charm", expected.charm_per_day),
    ):
        each = sign * oi * greek * 25_600
        assert aged[f"net_{name}"] == pytest.approx(each.sum(), rel=1e-9)
        assert abs(each).min() > 0.01 * abs(each.sum())
    assert aged["net_vanna"] == row["net_vanna"]


def wing(side: int, deltas: tuple[float, ...]) -> list[Quote]:
    """Deltas of one leg outwards, whose IV rises from 0.10 by 0.01; the market beyond it.

    So the legs of the strikes that have a market are in the money, and bracket nothing.
    """
    name = "call" if side > 0 else "put"
    years = years_until(EXPIRY, "10:00:00")
    quotes = []
    for place, delta in enumerate(deltas):
        leg = {"iv": (10 + place) / 100, "delta": side * delta}
        strike = 25_600.0 + side * (100 + 50 * place)
        quotes.append(Quote("10:00:00", strike)._replace(**{name: leg}))
    for distance in (50, 100, 150):
        strike = 25_600.0 - side * distance
        legs = [
            {"bid": fair, "ask": fair}
            for is_call in (True, False)
            for fair in [float(price(25_600, strike, years, 0.1, RATE, is_call))]
        ]
        quotes.append(Quote("10:00:00", strike, *legs))
    return quotes


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize(
    ("deltas", "iv"),
    [
        ((0.4, 0.3, 0.2, 0.1), 0.115),
        ((0.4, 0.29, 0.09), 0.112),
        # An exact hit, also of the last one.
        ((0.4, 0.25, 0.1), 0.11),
        ((0.4, 0.25), 0.11),
        ((0.25, 0.1), 0.10),
        # The first crossing counts; equal neighbours are none.
        ((0.4, 0.2, 0.3, 0.1), 0.1075),
        ((0.4, 0.3, 0.3, 0.2), 0.125),
        ((0.3, 0.0, 0.0), 0.10 + 0.01 / 6),
        # Not bracketed: all too near, or all too far, or one alone.
        ((0.4, 0.3), None),
        ((0.2, 0.1, 0.0, 0.0), None),
        ((0.25,), None),
    ],
)
def test_iv_at_25_delta(
    store: Store, side: int, deltas: tuple[float, ...], iv: float | None
) -> None:
    row = metrics(store, *wing(side, deltas))
    found = row["call_25_iv" if side > 0 else "put_25_iv"]
    assert found == (None if iv is None else pytest.approx(iv, rel=1e-12))


def test_skew_and_butterfly(store: Store) -> None:
    """Puts 2 points over calls; the wings half a point over what is at the money."""
    half: tuple[Leg, Leg] = ({"iv": 0.10, "delta": 0.5}, {"iv": 0.11, "delta": -0.5})
    row = metrics(
        store,
        *round_chain(
            {
                25_500.0: ({}, {"iv": 0.12, "delta": -0.25}),
                **dict.fromkeys((25_550.0, 25_600.0, 25_650.0), half),
                25_700.0: ({"iv": 0.10, "delta": 0.25}, {}),
            }
        ),
    )
    assert (row["call_25_iv"], row["put_25_iv"]) == (0.10, 0.12)
    assert row["skew_25"] == pytest.approx(0.02)
    assert row["atm_iv"] == pytest.approx(0.105)
    assert row["butterfly_25"] == pytest.approx(0.005)


@pytest.mark.parametrize(
    "leg",
    [
        {"iv": 0.0, "gamma": 0.001, "delta": 0.5},
        {"iv": TINY, "gamma": 0.001, "delta": 0.5},
        {"iv": 0.2, "gamma": TINY, "delta": TINY},
        {"iv": 1e12, "gamma": 1e12, "delta": 1e12},
    ],
)
def test_absurd_figures_are_no_error(store: Store, leg: Leg) -> None:
    """A quote that passed the checks must not keep every figure from being refreshed."""
    row = metrics(store, *round_chain({26_000.0: ({"oi": 1, **leg}, {})}))
    assert row["call_gex"] is not None and row["net_dex"] is not None
    assert (row["net_vanna"] is None) == (leg["iv"] < 1e-6)


def test_flip_beside_next_to_nothing(store: Store) -> None:
    """A sum that is lost in the next one: the quotient of both would be an error."""
    legs: dict[float, tuple[Leg, Leg]] = {
        25_000.0: ({"oi": 1, "gamma": TINY, "iv": 0.2}, {}),
        25_050.0: ({}, {"oi": 10**15, "gamma": 1.0, "iv": 0.2}),
    }
    assert metrics(store, *round_chain(legs))["gex_flip"] == 25_000.0
