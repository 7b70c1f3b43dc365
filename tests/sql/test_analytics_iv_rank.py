"""analytics.iv_rank: today's 30-day IV among those at which earlier sessions ended."""

import math
from datetime import date, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.history import add_closing_ivs, add_underlying, trading_days
from tests.support.quote_market import FRIDAY, MONDAY, Quote, add, answers, ist
from tests.support.seeds import seeds

EXPIRIES = [FRIDAY + timedelta(days=days) for days in (4, 11, 25, 39, 60)]
Row = dict[str, Any]


def add_history(store: Store, *ivs: float | None) -> list[date]:
    """Sessions before FRIDAY, at whose ends all expiries had the same IV."""
    days = trading_days(len(ivs), FRIDAY)
    add_underlying(store.connection, {day: {"15:29:00": 24_600.0} for day in days})
    add_closing_ivs(
        store.connection,
        {
            day: dict.fromkeys(EXPIRIES, iv)
            for day, iv in zip(days, ivs, strict=True)
            if iv is not None
        },
    )
    return days


def quote_today(
    store: Store, iv: float | None, time: str = "10:00:00", day: date = FRIDAY
) -> None:
    leg = {"ltp": 100.0, "iv": iv}
    for expiry in EXPIRIES:
        add(store, Quote(time, 24_600, leg, leg, 24_600.0, day, expiry))
    refresh_all(store.connection)


def rank(store: Store, *arguments: Any) -> Row:
    [row] = answers(store.connection, "iv_rank", "NIFTY", *arguments)
    return row


def test_rank_and_percentile_by_hand(store: Store) -> None:
    """15 % between 10 and 30: a quarter of the way; two of five sessions were lower."""
    add_history(store, 0.30, 0.10, 0.12, 0.15, 0.20)
    quote_today(store, 0.15)
    assert rank(store) == {
        "iv": pytest.approx(0.15),
        "low": pytest.approx(0.10),
        "high": pytest.approx(0.30),
        "iv_rank": pytest.approx(0.25),
        "iv_percentile": 0.4,
        "sessions": 5,
    }


@pytest.mark.parametrize(
    ("iv", "of_range", "percentile"), [(0.35, 1.25, 1.0), (0.05, -0.25, 0.0)]
)
def test_outside_of_the_range(
    store: Store, iv: float, of_range: float, percentile: float
) -> None:
    """Nothing is cut off, and today is none of the sessions."""
    add_history(store, 0.10, 0.30)
    quote_today(store, iv)
    row = rank(store)
    assert row["iv_rank"] == pytest.approx(of_range)
    assert (row["iv_percentile"], row["high"]) == (percentile, pytest.approx(0.30))


def test_only_the_sessions_asked_for(store: Store) -> None:
    """A session without any IV is one of them, but is not counted."""
    add_history(store, 0.9, 0.10, None, 0.30)
    quote_today(store, 0.20)
    assert (rank(store, None, 3)["high"], rank(store, None, 3)["sessions"]) == (0.30, 2)
    assert (rank(store, None, 4)["high"], rank(store, None, 4)["sessions"]) == (0.9, 3)
    assert rank(store, None, 1)["iv_rank"] is None


def test_no_range_no_rank(store: Store) -> None:
    add_history(store, 0.25, 0.25)
    quote_today(store, 0.5)
    row = rank(store)
    assert (row["low"], row["high"]) == (pytest.approx(0.25), pytest.approx(0.25))
    assert (row["iv_rank"], row["iv_percentile"]) == (None, 1.0)


def test_without_a_past_or_a_present(store: Store) -> None:
    quote_today(store, 0.2)
    row = rank(store)
    assert (row.pop("iv"), row.pop("sessions")) == (pytest.approx(0.2), 0)
    assert set(row.values()) == {None}
    add_history(store, 0.1, 0.2)
    quote_today(store, None, "10:05:00")
    row = rank(store)
    assert (row["iv"], row["sessions"], row["low"]) == (None, 2, pytest.approx(0.1))
    assert (row["iv_rank"], row["iv_percentile"]) == (None, None)


def test_past_of_an_instant_is_what_was_before_its_session(store: Store) -> None:
    """What was answered then is what is answered of then."""
    add_history(store, 0.10, 0.30)
    quote_today(store, 0.20)
    on_friday = rank(store)
    quote_today(store, 0.40, "15:29:00")
    quote_today(store, 0.25, "10:00:00", MONDAY)
    assert rank(store, ist("10:00:00")) == on_friday
    assert on_friday["sessions"] == 2
    row = rank(store)
    assert (row["sessions"], row["high"]) == (3, pytest.approx(0.40))
    # On Sunday the session is still Friday's.
    sunday = rank(store, ist("12:00:00", FRIDAY + timedelta(days=2)))
    assert (sunday["sessions"], sunday["high"]) == (2, pytest.approx(0.30))
    assert sunday["iv"] == pytest.approx(0.40)


@pytest.mark.parametrize("sessions", [0, -1, 2521, None])
def test_sessions_out_of_bounds_are_refused(store: Store, sessions: int | None) -> None:
    with pytest.raises(
        psycopg.errors.InvalidParameterValue, match="sessions cannot be"
    ):
        rank(store, None, sessions)


@seeds(3)
def test_random_history(store: Store, seed: int) -> None:
    """Against NumPy's interpolation of each session's total variance."""
    random = np.random.default_rng(seed)
    days = trading_days(30, FRIDAY)
    closes: dict[date, dict[date, float | None]] = {}
    for day in days:
        ahead = sorted(random.choice(np.arange(2, 80), 5, replace=False).tolist())
        closes[day] = {
            day + timedelta(days=each): random.choice([random.uniform(0.1, 0.4), None])
            for each in ahead
        }
    add_underlying(store.connection, {day: {"15:29:00": 24_600.0} for day in days})
    add_closing_ivs(store.connection, closes)
    quote_today(store, 0.22)
    past = [
        iv for day in days[-20:] if (iv := in_30_days(day, closes[day])) is not None
    ]
    row = rank(store, None, 20)
    assert row["sessions"] == len(past) > 10
    low, high = min(past), max(past)
    assert (row["low"], row["high"]) == (pytest.approx(low), pytest.approx(high))
    assert row["iv_rank"] == pytest.approx((row["iv"] - low) / (high - low))
    assert row["iv_percentile"] == np.mean(np.array(past) < row["iv"])


def in_30_days(day: date, ivs: dict[date, float | None]) -> float | None:
    at = ist("15:29:30", day)
    terms = np.array(
        [
            ((ist("15:30:00", expiry) - at) / timedelta(days=365), iv)
            for expiry, iv in ivs.items()
            if iv is not None
        ]
    )
    if not len(terms):
        return None
    years, iv = terms.T
    wanted = np.clip(30 / 365, years[0], years[-1])
    return math.sqrt(np.interp(wanted, years, iv**2 * years) / wanted)
