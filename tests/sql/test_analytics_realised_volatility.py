"""analytics.realised_volatility, by hand, against NumPy, and without a look ahead."""

import math
from datetime import date, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.history import (
    Session,
    add_closing_ivs,
    add_underlying,
    trading_days,
)
from tests.support.quote_market import FRIDAY, MONDAY, Quote, add, answers, ist
from tests.support.seeds import seeds

NEAR, FAR = FRIDAY + timedelta(days=4), FRIDAY + timedelta(days=60)
Row = dict[str, Any]


def quote_today(
    store: Store, underlyings: Session, day: date = FRIDAY, iv: float | None = 0.2
) -> None:
    leg = {"ltp": 100.0, "iv": iv}
    for time, underlying in underlyings.items():
        for expiry in (NEAR, FAR):
            add(store, Quote(time, 24_600, leg, leg, underlying, day, expiry))
    refresh_all(store.connection)


def realised(store: Store, *arguments: Any) -> Row:
    [row] = answers(store.connection, "realised_volatility", "NIFTY", *arguments)
    return row


def test_close_to_close_by_hand(store: Store) -> None:
    """Up 1 %, down 1 %, up 2 %, in logarithms; the last one is today's, so far."""
    steps = np.exp(np.cumsum([0, 0.01, -0.01, 0.02])) * 24_000
    days = trading_days(3, FRIDAY)
    sessions = {
        day: {"09:30:00": close * 1.01, "12:00:00": close * 0.99, "15:29:00": close}
        for day, close in zip(days, steps.tolist(), strict=False)
    }
    add_underlying(store.connection, sessions)
    add_closing_ivs(store.connection, {days[0]: {NEAR: 0.3, FAR: 0.3}})
    quote_today(store, {"10:00:00": steps[3] * 1.01, "10:10:00": steps[3]})
    row = realised(store, None, 3)
    expected = math.sqrt(252 * (0.01**2 + 0.01**2 + 0.02**2) / 3)
    assert row["since"] == ist("09:15:00", days[0])
    assert row["returns"] == 3
    assert row["realised"] == pytest.approx(expected)
    ranges = [math.log(1.01 / 0.99)] * 2 + [math.log(1.01)]
    assert row["parkinson"] == pytest.approx(
        math.sqrt(252 * np.mean(np.square(ranges)) / (4 * math.log(2)))
    )
    assert (row["implied_then"], row["implied"]) == (
        pytest.approx(0.3),
        pytest.approx(0.2),
    )
    assert row["premium_then"] == pytest.approx(0.3 - expected)
    assert row["premium"] == pytest.approx(0.2 - expected)
    # Fewer sessions: the mean is over those.
    assert realised(store, None, 2)["realised"] == pytest.approx(
        math.sqrt(252 * (0.01**2 + 0.02**2) / 2)
    )
    assert realised(store, None, 2)["implied_then"] is None


def test_one_return_is_no_volatility(store: Store) -> None:
    [day] = trading_days(1, FRIDAY)
    add_underlying(store.connection, {day: {"15:29:00": 24_000.0}})
    quote_today(store, {"10:00:00": 24_500.0}, iv=None)
    row = realised(store)
    assert (row.pop("returns"), row.pop("since")) == (1, ist("09:15:00", day))
    assert set(row.values()) == {None}


def test_intraday_by_hand(store: Store) -> None:
    """Closes of 5 minutes; a bucket without a quote has passed nevertheless."""
    closes = 24_000 * np.exp([0.0, 0.001, 0.0, 0.002])
    quote_today(
        store,
        {
            "09:16:00": 23_000.0,
            "09:19:59": closes[0],
            "09:21:00": closes[1],
            "09:25:00": 25_000.0,
            "09:29:00": closes[2],
            # None from 09:30 to 09:35.
            "09:36:00": closes[3],
        },
    )
    squares = 0.001**2 + 0.001**2 + 0.002**2
    assert realised(store)["intraday"] == pytest.approx(
        math.sqrt(252 * 75 * squares / 4)
    )
    # Two buckets are one return.
    assert realised(store, ist("09:23:00"))["intraday"] is None
    assert realised(store, ist("09:25:00"))["intraday"] == pytest.approx(
        math.sqrt(252 * 75 * (0.001**2 + math.log(25_000 / closes[1]) ** 2) / 2)
    )


def test_unknown_underlying_is_left_out(store: Store) -> None:
    """And one of 0, which has no logarithm."""
    days = trading_days(4, FRIDAY)
    closes = [24_000.0, None, 0.0, 24_240.0]
    add_underlying(
        store.connection,
        {day: {"15:29:00": each} for day, each in zip(days, closes, strict=True)},
    )
    quote_today(store, {"10:00:00": 24_000.0, "10:05:00": 24_240.0})
    row = realised(store)
    assert (row["returns"], row["since"]) == (2, ist("09:15:00", days[0]))
    assert row["realised"] == pytest.approx(math.sqrt(252 * math.log(1.01) ** 2 / 2))


def test_nothing_later_enters(store: Store) -> None:
    """What was answered at each moment is what is answered of it afterwards."""
    random = np.random.default_rng(3)
    days = trading_days(6, FRIDAY)
    add_underlying(
        store.connection,
        {day: {"15:29:00": random.uniform(24_000, 25_000)} for day in days},
    )
    seen = {}
    for day in (FRIDAY, MONDAY):
        for time in ("09:15:30", "09:21:00", "09:22:59", "09:41:00", "15:29:59"):
            quote_today(store, {time: random.uniform(24_000, 25_000)}, day)
            seen[ist(time, day)] = realised(store, None, 5)
    assert len({row["realised"] for row in seen.values()}) == 10
    for moment, row in seen.items():
        assert realised(store, moment, 5) == row, moment
    between = realised(store, ist("12:00:00"), 5)
    assert between == {**seen[ist("09:41:00")], "implied": between["implied"]} | {
        "premium": between["premium"]
    }
    # On Sunday the last session is Friday's, whole.
    sunday = realised(store, ist("12:00:00", FRIDAY + timedelta(days=2)), 5)
    assert sunday["realised"] == seen[ist("15:29:59")]["realised"]


def test_price_so_far_waits_for_no_refresh(store: Store) -> None:
    """Of the last minutes the quotes tell it, as they do of any instant."""
    quote_today(
        store, {"09:16:00": 24_000.0, "09:21:00": 24_100.0, "09:26:00": 24_000.0}
    )
    leg = {"ltp": 100.0}
    add(store, Quote("09:29:00", 24_600, leg, leg, 24_300.0, FRIDAY, NEAR))
    now, then = realised(store), realised(store, ist("09:29:00"))
    squares = math.log(24_100 / 24_000) ** 2 + math.log(24_300 / 24_100) ** 2
    expected = math.sqrt(252 * 75 * squares / 2)
    assert (now["intraday"], then["intraday"]) == (pytest.approx(expected),) * 2


@seeds(3)
def test_random_history(store: Store, seed: int) -> None:
    random = np.random.default_rng(seed)
    days = trading_days(25, FRIDAY)
    times = ["09:15:00", "11:00:00", "13:33:00", "15:29:59"]
    prices = 24_000 * np.exp(np.cumsum(random.normal(0, 0.004, (26, 4)).ravel()))
    sessions = prices.reshape(26, 4)
    add_underlying(
        store.connection,
        {
            day: dict(zip(times, session.tolist(), strict=True))
            for day, session in zip(days, sessions[:-1], strict=True)
        },
    )
    ivs = random.uniform(0.1, 0.3, 25)
    add_closing_ivs(
        store.connection,
        {day: {FAR: iv} for day, iv in zip(days, ivs.tolist(), strict=True)},
    )
    today = dict(zip(times, sessions[-1].tolist(), strict=True))
    quote_today(store, today)
    row = realised(store)
    window = sessions[-21:]
    returns = np.diff(np.log(window[:, -1]))
    assert row["returns"] == len(returns) == 20
    assert row["realised"] == pytest.approx(np.sqrt(252 * np.mean(returns**2)))
    spread = np.log(window[1:].max(1) / window[1:].min(1))
    assert row["parkinson"] == pytest.approx(
        np.sqrt(252 * np.mean(spread**2) / (4 * np.log(2)))
    )
    assert row["implied_then"] == pytest.approx(ivs[-20])
    assert row["premium_then"] == pytest.approx(ivs[-20] - row["realised"])
    buckets = 75 - 1
    inside = np.diff(np.log(sessions[-1]))
    assert row["intraday"] == pytest.approx(
        np.sqrt(252 * 75 * np.sum(inside**2) / buckets)
    )


@pytest.mark.parametrize("sessions", [1, 0, 2521, None])
def test_sessions_out_of_bounds_are_refused(store: Store, sessions: int | None) -> None:
    with pytest.raises(
        psycopg.errors.InvalidParameterValue, match="sessions cannot be"
    ):
        realised(store, None, sessions)
