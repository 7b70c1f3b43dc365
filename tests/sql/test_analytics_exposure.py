"""analytics.exposure against NumPy and jobs/pricing/greeks.py."""

from datetime import timedelta
from typing import Any

import numpy as np
import psycopg
import pytest
from psycopg.types.json import Jsonb

from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.pricing.greeks import greeks, price
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.quote_market import EXPIRY, Quote, add, ist, select

RATE, FORWARD = 0.065, 24_610.0
YEARS = (ist("15:30:00", EXPIRY) - ist("10:00:00")) / timedelta(days=365)


@pytest.fixture
def store(connection: psycopg.Connection) -> Store:
    return Store(connection, source="test", rate=RATE, horizon=timedelta(days=30))


def exposure(store: Store, *quotes: Quote) -> list[dict[str, Any]]:
    add(store, *quotes)
    refresh_all(store.connection)
    return select(
        store.connection, "SELECT * FROM analytics.exposure('NIFTY', %s)", EXPIRY
    )


@pytest.mark.parametrize("seed", range(4))
def test_random_chains(store: Store, seed: int) -> None:
    random = np.random.default_rng(seed)
    strikes, vol = np.arange(24_000, 25_201, 50.0), random.uniform(0.08, 0.5)
    oi = random.integers(0, 9_000_000, (2, len(strikes)))
    fair = [
        price(FORWARD, strikes, YEARS, vol, RATE, is_call) for is_call in (True, False)
    ]
    quotes = [
        Quote(
            "10:00:00",
            float(strike),
            *(
                {
                    "bid": 0.9999 * fair[leg][place],
                    "ask": 1.0001 * fair[leg][place],
                    "oi": int(oi[leg, place]),
                    "iv": vol,
                }
                for leg in (0, 1)
            ),
        )
        for place, strike in enumerate(strikes)
    ]
    rows = exposure(store, *quotes)
    for sign, leg, is_call in ((1, 0, True), (-1, 1, False)):
        figures = greeks(FORWARD, strikes, YEARS, vol, RATE, is_call)
        name = ("call", "put")[leg]
        for column, expected in (
            ("gex", oi[leg] * figures.gamma * FORWARD**2 / 100),
            ("dex", oi[leg] * figures.delta * FORWARD),
            ("vanna", oi[leg] * figures.vanna_per_point * FORWARD),
            ("charm", oi[leg] * figures.charm_per_day * FORWARD),
        ):
            found = np.array([row[f"{name}_{column}"] for row in rows])
            assert found == pytest.approx(sign * expected, rel=1e-6, abs=1e-3)
    for column in ("gex", "dex", "vanna", "charm"):
        for row in rows:
            assert row[f"net_{column}"] == pytest.approx(
                row[f"call_{column}"] + row[f"put_{column}"]
            )


def test_leg_without_greeks_has_no_exposure(store: Store) -> None:
    """NULL, not 0; and the other leg is the net then."""
    call = {"oi": 75, "iv": 0.2, "gamma": 0.001, "delta": 0.5}
    [row] = exposure(store, Quote("10:00:00", 24_600, call, {"oi": 75}))
    # Without a forward there is no currency to put it in either.
    assert (row.pop("known_legs"), row.pop("legs")) == (0, 2)
    assert set(row.values()) == {EXPIRY, 24_600, None}
    quotes = [
        Quote(
            "10:01:00",
            strike,
            *(
                {"bid": fair, "ask": fair, "oi": oi}
                for fair, oi in (
                    (float(price(FORWARD, strike, YEARS, 0.2, RATE, True)), None),
                    (float(price(FORWARD, strike, YEARS, 0.2, RATE, False)), 75),
                )
            ),
        )
        for strike in (24_500, 24_600, 24_700)
    ]
    for row in exposure(store, *quotes):
        assert row["call_gex"] is None and row["call_vanna"] is None
        assert row["put_gex"] < 0 < row["put_dex"]
        assert row["net_gex"] == row["put_gex"] and row["net_dex"] == row["put_dex"]
        assert (row["known_legs"], row["legs"]) == (1, 2)


@pytest.mark.parametrize("unknown", ["iv", "gamma", "delta"])
def test_exposure_rests_on_what_is_known(store: Store, unknown: str) -> None:
    """One Greek less, and what is made of it is NULL; nothing else is."""
    call = {"iv": 0.2, "gamma": 0.001, "delta": 0.5, "oi": 75}
    [row] = select(
        store.connection,
        "SELECT exposure.* FROM (SELECT jsonb_populate_record(NULL::analytics.chain_strike,"
        " %s) AS strike) AS given"
        " CROSS JOIN LATERAL ops.strike_exposure(given.strike, 0.065) AS exposure",
        Jsonb(
            {"strike": 24_500, "forward": 24_600, "years": 0.1, "age": "0"}
            | {f"call_{name}": value for name, value in call.items() if name != unknown}
        ),
    )
    rests = {"iv": {"vanna", "charm"}, "gamma": {"gex", "vanna", "charm"}}
    missing = rests.get(unknown, {"dex", "charm"})
    for name in ("gex", "dex", "vanna", "charm"):
        assert (row[f"call_{name}"] is None) == (name in missing), name
        assert row[f"put_{name}"] is None


@pytest.mark.parametrize("years", [0.0, None])
def test_no_time_no_charm(connection: psycopg.Connection, years: float | None) -> None:
    given = {"strike": 24_500, "forward": 24_600, "years": years, "age": "0"}
    leg = {"call_iv": 0.2, "call_gamma": 0.001, "call_delta": 0.5, "call_oi": 75}
    [row] = select(
        connection,
        "SELECT exposure.call_charm, exposure.call_vanna FROM ops.strike_exposure("
        "jsonb_populate_record(NULL::analytics.chain_strike, %s), 0.065) AS exposure",
        Jsonb(given | leg),
    )
    assert set(row.values()) == {None}
