"""analytics.atm against NumPy, on chains that Black-76 quoted."""

from datetime import timedelta
from typing import Any

import numpy as np
import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.pricing.greeks import price
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.quote_market import EXPIRY, Quote, add, ist, select

RATE, YEARS = 0.065, (ist("15:30:00", EXPIRY) - ist("10:00:00")) / timedelta(days=365)


@pytest.fixture
def store(connection: psycopg.Connection) -> Store:
    return Store(connection, source="test", rate=RATE, horizon=timedelta(days=30))


def atm(store: Store, *quotes: Quote) -> list[dict[str, Any]]:
    add(store, *quotes)
    refresh_all(store.connection)
    latest, then = (
        select(
            store.connection,
            "SELECT * FROM analytics.atm('NIFTY', %s, %s)",
            EXPIRY,
            at,
        )
        for at in (None, ist("10:00:00"))
    )
    assert latest == then
    return latest


@pytest.mark.parametrize("seed", range(4))
def test_random_chains(store: Store, seed: int) -> None:
    random = np.random.default_rng(seed)
    forward, vol = random.uniform(24_000, 25_000), random.uniform(0.05, 0.6)
    underlying = forward - random.uniform(-60, 60)
    strikes = np.arange(23_500, 25_501, 50.0)
    fair = {
        leg: price(forward, strikes, YEARS, vol, RATE, leg == "call")
        for leg in ("call", "put")
    }
    quotes = [
        Quote(
            "10:00:00",
            float(strike),
            *(
                {"bid": 0.999 * fair[leg][place], "ask": 1.001 * fair[leg][place]}
                for leg in ("call", "put")
            ),
            underlying=underlying,
        )
        for place, strike in enumerate(strikes)
    ]
    [found] = atm(store, *quotes)
    nearest = int(np.argmin(np.abs(strikes - underlying)))
    assert found["atm_strike"] == strikes[nearest]
    assert found["straddle"] == pytest.approx(sum(fair[leg][nearest] for leg in fair))
    assert found["forward"] == pytest.approx(forward, abs=1e-6)
    assert found["basis"] == pytest.approx(forward - underlying, abs=1e-6)
    assert found["atm_iv"] == pytest.approx(vol, rel=1e-6)
    assert found["expected_move"] == pytest.approx(
        forward * vol * np.sqrt(YEARS), rel=1e-6
    )


def test_tie_goes_to_the_lower_strike_and_unknown_stays_unknown(store: Store) -> None:
    quotes = [
        Quote("10:00:00", strike, {"ltp": 90.0}, underlying=24_625.0)
        for strike in (24_600, 24_650)
    ]
    [found] = atm(store, *quotes)
    assert (found["atm_strike"], found["call_price"]) == (24_600, 90.0)
    for name in ("put_price", "straddle", "atm_iv", "expected_move"):
        assert found[name] is None
    assert found["forward"] == pytest.approx(24_625 * np.exp(RATE * YEARS))
    assert (found["underlying_source"], found["forward_source"]) == (
        "feed",
        "underlying",
    )


@pytest.mark.parametrize(
    ("market", "price"),
    [
        ({"bid": 500.0, "ask": 5.0}, 120.0),
        ({"bid": 50.0, "ask": 150.1}, 120.0),
        ({"bid": 50.0, "ask": 150.0}, 100.0),
        ({"bid": 110.0}, 120.0),
        ({}, 120.0),
    ],
)
def test_price_is_the_middle_of_a_market_that_is_one(
    store: Store, market: dict[str, float], price: float
) -> None:
    """Not of one that is crossed, or wider than its middle: then it is the last price."""
    [found] = atm(
        store,
        Quote(
            "10:00:00",
            24_600,
            {"ltp": 120.0, **market},
            {"bid": 0.05, "ask": 0.15},
            underlying=24_600.0,
        ),
    )
    assert (found["call_price"], found["put_price"]) == (price, 0.1)


def test_without_an_underlying_nothing_is_at_the_money(store: Store) -> None:
    [row] = atm(store, Quote("10:00:00", 24_600, {"ltp": 90.0}))
    assert set(row.values()) == {EXPIRY, None}


def test_computed_prices_are_as_the_market_writes_them(store: Store) -> None:
    """Means, sums and differences of doubles have a tail that no exchange wrote."""
    assert (0.1 + 0.2) / 2 != 0.15 and 24_600.1 - 24_600.0 != 0.1
    call, put = {"bid": 0.1, "ask": 0.2, "iv": 0.1}, {"bid": 0.7, "ask": 0.8, "iv": 0.2}
    strike = Quote("10:00:00", 24_600, call, put, underlying=24_600.0)
    [row] = atm(store, strike._replace(forward=24_600.1))
    assert (row["call_price"], row["put_price"], row["straddle"]) == (0.15, 0.75, 0.9)
    assert (row["atm_iv"], row["basis"]) == (0.15, 0.1)
