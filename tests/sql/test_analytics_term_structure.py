"""analytics.term_structure and analytics.constant_maturity_iv."""

import math
from datetime import date, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.chains import KINDS
from tests.support.oracle_chains import chains_at, read_quotes
from tests.support.oracle_metrics import at_the_money, is_same
from tests.support.quote_market import FRIDAY, Quote, add, answers, ist

AT = ist("15:30:00")
Row = dict[str, Any]


def in_days(days: int) -> date:
    return FRIDAY + timedelta(days=days)


def quoted(store: Store, ivs: dict[int, float | None]) -> None:
    """A strike at the money of each expiry, so many days from AT, and what comes at AT.

    The market clock is put to the close by a quote of the last expiry, so that `years` is
    days / 365 to the last digit.
    """
    for days, iv in ivs.items():
        leg = {"ltp": 100.0, "iv": iv}
        quote = Quote("15:29:59", 24_600, leg, leg, 24_600.0, expiry=in_days(days))
        add(store, quote)
    last = Quote("15:30:00", 9_000, expiry=in_days(max(ivs)), underlying=24_600.0)
    add(store, last)
    refresh_all(store.connection)


def terms(store: Store) -> dict[int, Row]:
    rows = answers(store.connection, "term_structure", "NIFTY", AT)
    return {(row["expiry"] - FRIDAY).days: row for row in rows}


def test_forward_iv(store: Store) -> None:
    """20 % for 73 days and 25 % for 146: sqrt(2 * 0.0625 - 0.04) in between."""
    quoted(store, {73: 0.2, 146: 0.25})
    front, back = terms(store).values()
    assert (front["years"], back["years"]) == (pytest.approx(0.2), pytest.approx(0.4))
    assert front["total_variance"] == pytest.approx(0.2 * 0.04)
    assert (front["forward_iv"], front["slope"]) == (None, None)
    assert back["forward_iv"] == pytest.approx(math.sqrt(0.085))
    assert back["slope"] == pytest.approx(0.25)


def test_less_variance_than_before_is_no_forward_iv(store: Store) -> None:
    """40 % for 73 days are more than 25 % for 146: NULL, and the slope says it falls."""
    quoted(store, {73: 0.4, 146: 0.25, 219: 0.25})
    _, middle, last = terms(store).values()
    assert (middle["forward_iv"], middle["slope"]) == (None, pytest.approx(-0.75))
    assert (last["forward_iv"], last["slope"]) == (pytest.approx(0.25), 0)


def test_expiry_without_iv_is_stepped_over(store: Store) -> None:
    quoted(store, {73: 0.2, 100: None, 146: 0.25})
    _, without, last = terms(store).values()
    for name in ("atm_iv", "total_variance", "forward_iv", "slope"):
        assert without[name] is None
    assert last["forward_iv"] == pytest.approx(math.sqrt(0.085))


@pytest.mark.parametrize(
    ("days", "iv", "near", "far"),
    [
        # Half-way in variance between 20 % for 20 days and 30 % for 40.
        (30, math.sqrt((0.04 * 20 + 0.09 * 40) / 2 / 30), 20, 40),
        (25, math.sqrt((0.04 * 20 * 3 + 0.09 * 40) / 4 / 25), 20, 40),
        (20, 0.2, 20, 20),
        (40, 0.3, 40, 40),
        # Outside: that of the nearest, and it is said.
        (19, 0.2, None, 20),
        (41, 0.3, 40, None),
    ],
)
def test_constant_maturity(
    store: Store, days: int, iv: float, near: int | None, far: int | None
) -> None:
    quoted(store, {20: 0.2, 40: 0.3})
    [row] = answers(store.connection, "constant_maturity_iv", "NIFTY", AT, days)
    ivs = {20: 0.2, 40: 0.3, None: None}
    assert row == {
        "iv": pytest.approx(iv, rel=1e-12),
        "is_bracketed": None not in (near, far),
        "near_expiry": near and in_days(near),
        "near_iv": ivs[near],
        "far_expiry": far and in_days(far),
        "far_iv": ivs[far],
    }
    assert [row] == answers(
        store.connection, "constant_maturity_iv", "NIFTY", None, days
    )


def test_neighbours_without_iv_are_stepped_over(store: Store) -> None:
    quoted(store, {10: 0.25, 20: None, 40: None, 60: 0.3})
    [row] = answers(store.connection, "constant_maturity_iv", "NIFTY", AT)
    assert row["is_bracketed"]
    assert (row["near_expiry"], row["far_expiry"]) == (in_days(10), in_days(60))
    expected = (0.25**2 * 10 * 30 + 0.3**2 * 60 * 20) / 50 / 30
    assert row["iv"] == pytest.approx(math.sqrt(expected))


def test_no_iv_at_all(store: Store) -> None:
    quoted(store, {20: None, 40: None})
    [row] = answers(store.connection, "constant_maturity_iv", "NIFTY")
    assert row.pop("is_bracketed") is False
    assert set(row.values()) == {None}


@pytest.mark.parametrize("days", [0, -1, 3651, 2**31 - 1, None])
def test_days_out_of_bounds_are_refused(store: Store, days: int | None) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="days cannot be"):
        answers(store.connection, "constant_maturity_iv", "NIFTY", None, days)


@pytest.mark.parametrize("seed", range(4))
def test_random_chains(store: Store, seed: int) -> None:
    """Against NumPy's own interpolation of total variance, whatever has no IV."""
    random = np.random.default_rng(seed)
    expiries = sorted(random.choice(np.arange(3, 90), 7, replace=False).tolist())
    for days in expiries:
        kind = random.choice(["black_chain", "missing_legs", "missing_greeks"])
        add(store, *KINDS[kind](random, "15:20:00", FRIDAY, in_days(days)))
    refresh_all(store.connection)
    at = ist("15:25:00")
    chains = list(chains_at(read_quotes(store.connection, "NIFTY"), at))
    figures = [(chain.years, at_the_money(chain)["atm_iv"]) for chain in chains]
    rows = answers(store.connection, "term_structure", "NIFTY", at)
    assert [row["expiry"] for row in rows] == [chain.expiry for chain in chains]
    before: tuple[float, float] | None = None
    for row, (years, iv) in zip(rows, figures, strict=True):
        assert is_same(years, row["years"], 0) and is_same(iv, row["atm_iv"], 0)
        forward_iv = slope = None
        if before is not None and iv is not None:
            variance = iv**2 * years - before[1] ** 2 * before[0]
            slope = (iv - before[1]) / (years - before[0])
            if variance >= 0:
                forward_iv = math.sqrt(variance / (years - before[0]))
        assert is_same(forward_iv, row["forward_iv"], 1e-9), row
        assert is_same(slope, row["slope"], 1e-9), row
        before = (years, iv) if iv is not None else before
    terms = np.array([pair for pair in figures if pair[1] is not None])
    for days in (1, 7, 30, 45, 120):
        [row] = answers(store.connection, "constant_maturity_iv", "NIFTY", at, days)
        wanted = days / 365
        variance = np.interp(wanted, terms[:, 0], terms[:, 1] ** 2 * terms[:, 0])
        iv = math.sqrt(variance / min(max(wanted, terms[0, 0]), terms[-1, 0]))
        assert row["iv"] == pytest.approx(iv, rel=1e-9)
        assert row["is_bracketed"] == (terms[0, 0] <= wanted <= terms[-1, 0])
