"""analytics.oi_change: the base it takes, the percentage of it, and the build-up."""

from datetime import timedelta
from typing import Any

import numpy as np
import psycopg
import pytest
from psycopg import errors

from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.quote_market import (
    EXPIRY,
    LATER,
    MONDAY,
    Leg,
    Quote,
    add,
    ist,
    select,
)

LOT = 65
Row = dict[str, Any]


@pytest.fixture
def store(connection: psycopg.Connection) -> Store:
    return Store(connection, source="test", rate=0.065, horizon=timedelta(days=30))


def quote(time: str, call: Leg, put: Leg, strike: float = 24_600, **of: Any) -> Quote:
    return Quote(time, strike, call, put, **of)


def ask(store: Store, over: timedelta | None = None, at: Any = None) -> list[Row]:
    refresh_all(store.connection)
    return select(
        store.connection,
        "SELECT * FROM analytics.oi_change('NIFTY', %s, %s, %s)",
        EXPIRY,
        at,
        over,
    )


def test_percentage_is_of_the_base(store: Store) -> None:
    """+170 %, not the 85 % that a base of twice as much would give; calls apart from puts."""
    base, now = 70_045 * LOT, 189_110 * LOT
    add(store, quote("15:29:00", {"oi": base, "ltp": 90}, {"oi": 65, "ltp": 50}))
    moved = {"oi": now, "ltp": 80}, {"oi": 130, "ltp": 60}
    add(store, quote("09:20:00", *moved, day=MONDAY))
    [row] = ask(store)
    assert row["call_oi_change"] == 119_065 * LOT
    assert row["call_oi_change_percent"] == pytest.approx(100 * 119_065 / 70_045)
    assert round(row["call_oi_change_percent"]) == 170
    assert row["call_buildup"] == "short_buildup"
    assert (row["put_oi_change"], row["put_oi_change_percent"]) == (65, 100)
    assert row["put_buildup"] == "long_buildup"
    assert row["base_time"] == ist("15:29:00")


def test_since_the_close_is_not_since_the_open(store: Store) -> None:
    """Also of a quote at the very opening, which is of the new session."""
    for time, oi, of in (
        ("15:29:00", 100, {}),
        ("09:15:00", 140, {"day": MONDAY}),
        ("09:20:00", 150, {"day": MONDAY}),
    ):
        add(store, quote(time, {"oi": oi}, {"oi": oi}, **of))
    [row] = ask(store)
    assert (row["call_oi_base"], row["call_oi_change"]) == (100, 50)
    [five] = ask(store, timedelta(minutes=5))
    assert (five["call_oi_base"], five["call_oi_change"]) == (140, 10)


def test_change_since_an_instant_compares_two(store: Store) -> None:
    for time, oi in (("10:00:00", 100), ("11:00:00", 140), ("12:00:00", 175)):
        add(store, quote(time, {"oi": oi, "ltp": oi}, {"oi": 1, "ltp": oi}))
    refresh_all(store.connection)
    call = "SELECT * FROM analytics.oi_change('NIFTY', %s, %s, %s, %s)"

    def since(at: str | None, *base: Any) -> list[Row]:
        return select(store.connection, call, EXPIRY, at and ist(at), *base)

    [row] = since("11:30:00", None, ist("10:59:59"))
    assert (row["call_oi_base"], row["call_oi_change"]) == (100, 40)
    assert (row["base_time"], row["call_price_change"]) == (ist("10:00:00"), 40)
    assert row["call_buildup"] == "long_buildup"
    assert since(None, None, ist("11:00:00")) == since(None, timedelta(hours=1), None)
    [row] = since("11:00:00", None, ist("11:00:00"))
    assert (row["call_oi_change"], row["call_price_change"]) == (0, 0)
    for at, base, why in (
        ("11:00:00", (None, ist("11:00:01")), "since"),
        (None, (timedelta(hours=1), ist("11:00:00")), "either"),
    ):
        with pytest.raises(errors.InvalidParameterValue, match=why):
            since(at, *base)


def test_session_is_the_symbols(store: Store) -> None:
    """An expiry that nobody quoted in it has not changed, whatever it did the day before."""
    for time, oi in (("10:00:00", 100), ("15:29:00", 175)):
        add(store, quote(time, {"oi": oi}, {"oi": oi}))
    add(store, quote("09:20:00", {"oi": 1}, {"oi": 1}, day=MONDAY, expiry=LATER))
    [row] = ask(store)
    assert (row["call_oi_base"], row["call_oi_change"]) == (175, 0)
    assert row["base_time"] == ist("15:29:00")


@pytest.mark.parametrize("minutes", [5, 15, 60])
def test_random_series(store: Store, minutes: int) -> None:
    random = np.random.default_rng(minutes)
    oi = random.integers(1, 50, (120, 2)) * 65
    ltp = random.integers(50, 55, (120, 2)).astype(float)
    add(
        store,
        *(
            quote(
                f"{10 + place // 60}:{place % 60:02}:00",
                {"oi": int(oi[place, 0]), "ltp": float(ltp[place, 0])},
                {"oi": int(oi[place, 1]), "ltp": float(ltp[place, 1])},
            )
            for place in range(120)
        ),
    )
    named = {
        (1, 1): "long_buildup",
        (-1, 1): "short_buildup",
        (-1, -1): "long_unwinding",
        (1, -1): "short_covering",
    }
    for place, at in ((119, None), (90, ist("11:30:30")), (70, ist("11:10:00"))):
        # Half a minute later the newest quote at or before the base is the same.
        [row] = ask(store, timedelta(minutes=minutes), at)
        for leg, side in (("call", 0), ("put", 1)):
            change = int(oi[place, side] - oi[place - minutes, side])
            moved = ltp[place, side] - ltp[place - minutes, side]
            assert row[f"{leg}_oi_change"] == change
            assert row[f"{leg}_price_change"] == moved
            signs = int(np.sign(moved)), int(np.sign(change))
            assert row[f"{leg}_buildup"] == named.get(signs)


def test_without_a_base_there_is_no_change(store: Store) -> None:
    add(store, quote("10:00:00", {"oi": 75, "ltp": 9}, {}))
    [row] = ask(store)
    assert row["call_oi"] == 75
    assert {row[f"call_{name}"] for name in ("oi_base", "oi_change", "buildup")} == {
        None
    }
    assert ask(store, at=ist("09:30:00")) == []


def test_base_of_nothing_has_no_percentage(store: Store) -> None:
    add(store, quote("10:00:00", {"oi": 0, "ltp": 9}, {"oi": 65}))
    add(store, quote("10:05:00", {"oi": 75, "ltp": 9}, {"oi": None}))
    [row] = ask(store, timedelta(minutes=5))
    assert (row["call_oi_change"], row["call_oi_change_percent"]) == (75, None)
    assert row["call_buildup"] is None and row["put_oi_change"] is None


def test_interval_must_be_positive(store: Store) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="cannot be asked"):
        ask(store, timedelta(0))


def test_feed_says_the_base_on_the_first_day(store: Store) -> None:
    """Where no earlier session is stored; of a change over minutes it says nothing."""
    legs = {"oi": 150, "prev_oi": 100, "ltp": 9}, {"oi": 80}
    add(store, quote("10:00:00", *legs), quote("10:05:00", *legs))
    [row] = ask(store)
    assert (row["base_source"], row["base_time"]) == ("feed", None)
    assert (row["call_oi_base"], row["call_oi_change"]) == (100, 50)
    assert (row["call_price_change"], row["call_buildup"]) == (None, None)
    assert (row["put_oi_base"], row["put_oi_change"]) == (None, None)
    [over] = ask(store, timedelta(minutes=1))
    assert (over["base_source"], over["call_oi_change"]) == ("session", 0)
    add(store, quote("09:20:00", *legs, day=MONDAY))
    [later] = ask(store)
    assert (later["base_source"], later["call_oi_change"]) == ("session", 0)


def test_change_in_a_hole_ends_with_what_the_rows_show(store: Store) -> None:
    """The feed is silent from 10:16 to 10:35: at 10:34 the change is that of 10:01 to 10:16."""
    for time, oi in (("10:00:00", 100), ("10:16:00", 170), ("10:35:00", 300)):
        add(store, quote(time, {"oi": oi}, {"oi": oi}))
    [row] = ask(store, timedelta(minutes=15), ist("10:34:00"))
    assert row["base_time"] == ist("10:00:00")
    assert (row["call_oi_base"], row["call_oi_change"]) == (100, 70)
