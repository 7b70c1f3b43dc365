"""analytics.smile and analytics.surface, by hand and against NumPy on random chains."""

import math
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.conftest import Stock
from tests.support.chains import KINDS, round_chain
from tests.support.live_market import open_store
from tests.support.oracle_chains import Chain, chains_at, read_quotes
from tests.support.oracle_figures import known
from tests.support.oracle_metrics import is_same, iv_at_delta
from tests.support.quote_market import (
    EXPIRY,
    LATER,
    MONDAY,
    Quote,
    add,
    answers,
    ist,
    select,
)
from tests.support.seeds import seeds

AT = ist("09:17:30", MONDAY)
Row = dict[str, Any]


def smile_of(chain: Chain) -> list[Row]:
    """Strike by strike, the leg out of the money."""
    rows = []
    for place, strike in enumerate(chain.strike):
        call_iv, put_iv = chain.call.iv[place], chain.put.iv[place]
        if math.isnan(call_iv) and math.isnan(put_iv):
            continue
        log_moneyness = math.log(strike / chain.forward)
        leg = chain.call if strike >= chain.forward else chain.put
        is_known = not math.isnan(chain.forward)
        iv = leg.iv[place] if is_known else math.nan
        rows.append(
            {
                "expiry": chain.expiry,
                "strike": strike,
                "log_moneyness": known(log_moneyness),
                "iv": known(iv),
                "call_iv": known(call_iv),
                "put_iv": known(put_iv),
                "delta": known(leg.delta[place]) if is_known else None,
                "years": chain.years,
                "total_variance": known(iv * iv * chain.years),
            }
        )
    return rows


def surface_of(chain: Chain) -> list[Row]:
    """At each delta; none where no leg out of the money has an IV and a delta."""
    points = [
        (
            row["delta"] if row["log_moneyness"] >= 0 else 1 + row["delta"],
            row["iv"],
            row["log_moneyness"],
        )
        for row in smile_of(chain)
        if row["iv"] is not None and row["delta"] is not None
    ]
    ivs = {
        10: iv_at_delta(chain, "call", 0.10),
        25: iv_at_delta(chain, "call", 0.25),
        50: iv_in_the_middle(points),
        75: iv_at_delta(chain, "put", 0.25),
        90: iv_at_delta(chain, "put", 0.10),
    }
    return [
        {
            "expiry": chain.expiry,
            "years": chain.years,
            "delta": delta,
            "iv": ivs[delta],
            "total_variance": None
            if (iv := ivs[delta]) is None
            else iv**2 * chain.years,
        }
        for delta in (90, 75, 50, 25, 10)
        if points
    ]


def iv_in_the_middle(points: list[tuple[float, float, float]]) -> float | None:
    """Between the pair nearest the forward that has 0.50 between its deltas."""
    found = {}
    for (low, low_iv, low_place), (high, high_iv, high_place) in pairwise(points):
        if low >= 0.5 >= high and low > high:
            share = (0.5 - high) / (low - high)
            distance = min(abs(low_place), abs(high_place))
            found[distance] = high_iv + (low_iv - high_iv) * share
    return found[min(found)] if found else None


def differences(found: list[Row], expected: list[Row]) -> list[str]:
    return [
        f"{name} is {got[name]}, not {wanted[name]}: {got}"
        for got, wanted in zip(found, expected, strict=True)
        for name in wanted
        if not is_same(wanted[name], got[name], 1e-15)
    ]


@seeds(2)
@pytest.mark.parametrize("kind", KINDS)
def test_random_chains(store: Store, kind: str, seed: int) -> None:
    random, make = np.random.default_rng(seed), KINDS[kind]
    for expiry in (EXPIRY, LATER):
        for time in ("09:16:00", "09:17:30"):
            quotes = make(random, time, MONDAY, expiry)
            add(store, quotes[0], *(each for each in quotes if random.random() < 0.7))
    refresh_all(store.connection)
    chains = list(chains_at(read_quotes(store.connection, "NIFTY"), AT))
    for at in (None, AT):
        smile = answers(store.connection, "smile", "NIFTY", None, at)
        expected = [row for chain in chains for row in smile_of(chain)]
        assert differences(smile, expected) == []
        one = answers(store.connection, "smile", "NIFTY", LATER, at)
        assert one == [row for row in smile if row["expiry"] == LATER]
        surface = answers(store.connection, "surface", "NIFTY", at)
        expected = [row for chain in chains for row in surface_of(chain)]
        assert differences(surface, expected) == []
        by_delta = {(row["expiry"], row["delta"]): row["iv"] for row in surface}
        for row in answers(store.connection, "skew", "NIFTY", None, at):
            for name, delta in (("call_25_iv", 25), ("put_25_iv", 75)):
                iv = by_delta.get((row["expiry"], delta))
                assert is_same(row[name], iv, 0.0), name


def test_leg_out_of_the_money(store: Store) -> None:
    """The put below the forward, the call from it on; never the other one in its place."""
    figures = {
        25_400.0: ({"iv": 0.19, "delta": 0.8}, {"iv": 0.15, "delta": -0.2}),
        25_450.0: ({"iv": 0.18}, {}),
        25_600.0: ({"iv": 0.10, "delta": 0.5}, {"iv": 0.12, "delta": -0.5}),
        25_700.0: ({"iv": 0.0}, {"iv": 0.11}),
        25_750.0: ({"iv": 0.14, "delta": 0.2}, {"iv": 0.2}),
        25_800.0: ({"iv": 0.0}, {}),
    }
    add(store, *round_chain(figures))
    refresh_all(store.connection)
    rows = {
        row["strike"]: row
        for row in answers(store.connection, "smile", "NIFTY", EXPIRY)
        if row["strike"] in figures
    }
    assert [(strike, row["iv"], row["delta"]) for strike, row in rows.items()] == [
        (25_400.0, 0.15, -0.2),
        (25_450.0, None, None),
        (25_600.0, 0.10, 0.5),
        (25_700.0, None, None),
        (25_750.0, 0.14, 0.2),
    ]
    assert (rows[25_400.0]["call_iv"], rows[25_400.0]["put_iv"]) == (0.19, 0.15)
    assert (rows[25_700.0]["call_iv"], rows[25_700.0]["put_iv"]) == (None, 0.11)
    assert rows[25_600.0]["log_moneyness"] == 0
    assert rows[25_750.0]["log_moneyness"] == pytest.approx(math.log(25_750 / 25_600))
    years = (ist("15:30:00", EXPIRY) - ist("10:00:00")).total_seconds() / (365 * 86_400)
    assert rows[25_750.0]["total_variance"] == pytest.approx(0.14**2 * years)


def test_surface_by_hand(store: Store) -> None:
    add(
        store,
        *round_chain(
            {
                25_400.0: ({}, {"iv": 0.18, "delta": -0.05}),
                25_500.0: ({}, {"iv": 0.14, "delta": -0.25}),
                25_550.0: ({}, {"iv": 0.13, "delta": -0.4}),
                25_600.0: ({"iv": 0.12, "delta": 0.45}, {}),
                25_650.0: ({"iv": 0.11, "delta": 0.35}, {}),
                25_700.0: ({"iv": 0.10, "delta": 0.2}, {}),
            }
        ),
    )
    refresh_all(store.connection)
    rows = answers(store.connection, "surface", "NIFTY")
    # 90: three quarters of the way from -0.25 to -0.05; 50: a third from 0.45 to 0.60.
    assert [(row["delta"], row["iv"]) for row in rows] == [
        (90, pytest.approx(0.14 + 0.04 * 0.75)),
        (75, pytest.approx(0.14)),
        (50, pytest.approx(0.12 + 0.01 / 3)),
        (25, pytest.approx(0.10 + 0.01 / 3)),
        (10, None),
    ]
    assert rows[4]["total_variance"] is None and rows[4]["log_moneyness"] is None
    assert rows[1]["log_moneyness"] == pytest.approx(math.log(25_500 / 25_600))
    middle = math.log(25_550 / 25_600) / 3
    assert rows[2]["log_moneyness"] == pytest.approx(middle)


def test_wing_of_one_leg_does_not_reach_over_the_forward(store: Store) -> None:
    """Between a put and a call there is a 50, and no 25."""
    add(
        store,
        *round_chain(
            {
                25_550.0: ({}, {"iv": 0.13, "delta": -0.1}),
                25_600.0: ({"iv": 0.12, "delta": 0.2}, {}),
                25_650.0: ({"iv": 0.12, "delta": 0.15}, {}),
            }
        ),
    )
    refresh_all(store.connection)
    rows = answers(store.connection, "surface", "NIFTY")
    assert [row["delta"] for row in rows if row["iv"] is not None] == [50]
    assert rows[2]["iv"] == pytest.approx(0.12 + 0.01 * 3 / 7)


def test_without_a_forward(store: Store) -> None:
    """The volatilities that there are, but no place for them."""
    add(store, Quote("10:00:00", 24_600, {"iv": 0.2, "delta": 0.5}))
    refresh_all(store.connection)
    [row] = answers(store.connection, "smile", "NIFTY", EXPIRY)
    assert (row["strike"], row["call_iv"]) == (24_600, 0.2)
    for name in ("log_moneyness", "iv", "delta", "total_variance"):
        assert row[name] is None
    assert answers(store.connection, "surface", "NIFTY") == []


ASKED: list[tuple[str, tuple[Any, ...]]] = [
    ("smile", (None,)),
    ("skew", (None,)),
    ("exposure_levels", (None,)),
    ("surface", ()),
    ("term_structure", ()),
    ("constant_maturity_iv", ()),
    ("iv_rank", ()),
    ("realised_volatility", ()),
]


@pytest.fixture
def stock() -> Stock:
    return one_chain


def one_chain(connection: psycopg.Connection) -> None:
    add(open_store(connection), *round_chain({}))
    refresh_all(connection)


@pytest.mark.parametrize(("metric", "expiry"), ASKED)
def test_before_the_first_quote_there_is_nothing(
    store: Store, metric: str, expiry: tuple[Any, ...]
) -> None:
    at: datetime = ist("09:59:59")
    # Without any quote, and then before it.
    assert answers(store.connection, metric, "NIFTY", *expiry) == []
    add(store, *round_chain({}))
    refresh_all(store.connection)
    assert answers(store.connection, metric, "NIFTY", *expiry, at) == []
    assert answers(store.connection, metric, "NIFTY", *expiry) != []


@pytest.mark.parametrize(("metric", "expiry"), ASKED)
@pytest.mark.usefixtures("stock")
def test_what_is_not_known_is_refused(
    connection: psycopg.Connection, metric: str, expiry: tuple[Any, ...]
) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="unknown symbol"):
        answers(connection, metric, "NIFT", *expiry)
    if expiry:
        with pytest.raises(psycopg.errors.InvalidParameterValue, match="expiry"):
            answers(connection, metric, "NIFTY", date(2025, 9, 3))


@pytest.mark.parametrize("metric", ["skew", "exposure_levels"])
def test_projections_are_columns_of_the_metrics(store: Store, metric: str) -> None:
    random = np.random.default_rng(7)
    for expiry in (EXPIRY, LATER):
        add(store, *KINDS["black_chain"](random, "09:16:00", MONDAY, expiry))
    refresh_all(store.connection)
    rows = answers(store.connection, metric, "NIFTY")
    stored = select(store.connection, "SELECT * FROM fo.expiry_metrics ORDER BY expiry")
    assert rows == [{name: each[name] for name in rows[0]} for each in stored]
    assert None not in rows[0].values()
    assert answers(store.connection, metric, "NIFTY", LATER, AT) == rows[1:]
