"""A refresh of several symbols: a long one holds no other up, and changes no figure."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from pgstrike.db.install.engine import installed_engine
from pgstrike.jobs.refresh import refresh
from pgstrike.jobs.refresh.refresh import (
    Rollup,
    Window,
    refresh_all,
    refresh_due,
    refresh_rollups,
)
from tests.support.dropped import bars
from tests.support.live_market import OPEN, open_store, quote
from tests.support.quote_market import LATER, select, value
from tests.support.scheduled import wait_for

pytestmark = pytest.mark.both_engines

LIVE = "SELECT max(bucket_time) = '2025-08-29 09:46+00' FROM fo.option_strike_bars_1min"
UPDATED = """
    SELECT relname, n_tup_upd, n_tup_upd - n_tup_hot_upd
    FROM pg_stat_user_tables
    WHERE schemaname = 'fo' AND n_tup_upd > 0
        AND relname ~ '^(option_strike|moneyness)_bars_'
"""
METRICS = "SELECT * FROM fo.expiry_metrics ORDER BY symbol, expiry, bucket_time"
SESSIONS = (
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgstrike refresh'"
)
WAITING = "SELECT count(*) FROM job.stale_bucket WHERE symbol = 'NIFTY'"


@pytest.fixture
def market(connection: psycopg.Connection) -> psycopg.Connection:
    """NIFTY has a whole day to refresh, and both have a live quote; no rollup has a pause."""
    connection.execute("UPDATE job.rollup SET pause = '0'")
    store = open_store(connection)
    for symbol in ("NIFTY", "BANKNIFTY"):
        quote(store, 360, symbol=symbol, expiries=(LATER,))
    refresh_all(connection)
    for minutes in range(0, 300, 5):
        quote(store, minutes, expiries=(LATER,), seed=minutes)
    return connection


def interrupted(
    monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]
) -> list[Window]:
    """Call `act` after the first part of a past window. Returns the parts, as they come."""
    parts: list[Window] = []
    refresh_part = refresh.refresh_part

    def part_of(connection: psycopg.Connection, rollup: Rollup, window: Window) -> None:
        refresh_part(connection, rollup, window)
        parts.append(window)
        if len(parts) == 1:
            act()

    monkeypatch.setattr(refresh, "refresh_part", part_of)
    monkeypatch.setattr(refresh, "LIVE_SECONDS", 0.0)
    return parts


def mark_all_stale(connection: psycopg.Connection) -> None:
    connection.execute(
        "INSERT INTO job.stale_bucket (rollup, symbol, bucket_time)"
        " SELECT stale.rollup, 'NIFTY', fo.bucket_start(stale.width, moment.quote_time)"
        " FROM job.rollup AS stale, fo.underlying_quote AS moment"
        " WHERE moment.symbol = 'NIFTY'"
    )


def test_live_windows_do_not_wait_for_a_day_of_another_symbol(
    market: psycopg.Connection, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = psycopg.connect(dsn, autocommit=True)
    seen: list[bool] = []

    def store_live() -> None:
        quote(open_store(other), 361, symbol="BANKNIFTY", expiries=(LATER,))

    parts = interrupted(monkeypatch, store_live)
    finish_window = refresh.finish_window

    def finished(
        connection: psycopg.Connection, window: Window, *, refresh: bool
    ) -> None:
        finish_window(connection, window, refresh=refresh)
        if window.symbol == "NIFTY" and window.to_time < OPEN + timedelta(hours=5):
            seen.append(value(other, LIVE))

    monkeypatch.setattr(refresh, "finish_window", finished)
    with other:
        refresh_due(market)
    assert len(parts) > 20
    # The first past window of the day was not finished yet when the live bar could be read.
    assert seen[0]
    assert value(market, WAITING) == 0


def test_parts_come_to_the_same_bars(
    market: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one refresh of everything, which is computed after it."""
    parts = interrupted(monkeypatch, lambda: None)
    refresh_due(market)
    found = bars(market)
    assert len(parts) > 20 and len(found["option_strike_bars_5min"]) > 300
    mark_all_stale(market)
    refresh_all(market)
    # Means over levels depend in their last digit on the order in which rows are added.
    again = bars(market)
    for name in filter(lambda name: "moneyness" not in name, found):
        assert again[name] == found[name]


def test_much_is_refreshed_on_two_connections(
    market: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each family of rollups on one of them, and all come to the same."""
    sessions: dict[str, set[int]] = {}
    finish_window = refresh.finish_window

    def finished(
        connection: psycopg.Connection, window: Window, *, refresh: bool
    ) -> None:
        family = re.split("_bars|_metrics", window.rollup)[0]
        sessions.setdefault(family, set()).add(connection.info.backend_pid)
        finish_window(connection, window, refresh=refresh)

    monkeypatch.setattr(refresh, "finish_window", finished)
    refresh_all(market)
    mine, (other,) = {market.info.backend_pid}, sessions["expiry"]
    assert sessions["option_strike"] == mine != {other}
    assert all(len(of_family) == 1 for of_family in sessions.values())
    assert value(market, WAITING) == 0
    found = select(market, METRICS)
    assert len(found) > 60
    mark_all_stale(market)
    refresh_rollups(market)
    assert select(market, METRICS) == found


def test_one_long_window_is_much(
    connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A feed without a gap leaves one window of a rollup, however long."""
    store = open_store(connection)
    for minute in range(30):
        quote(store, minute, expiries=(LATER,), seed=minute)
    sessions: set[int] = set()
    refresh_these = refresh.refresh_these

    def noted(own: psycopg.Connection, *others: Any) -> int:
        sessions.add(own.info.backend_pid)
        return refresh_these(own, *others)

    monkeypatch.setattr(refresh, "refresh_these", noted)
    refresh_all(connection)
    assert len(sessions) == 2


@pytest.mark.parametrize("failing", ["expiry_metrics", "option_strike_bars_5min"])
def test_an_error_on_either_side_is_told_and_loses_nothing(
    market: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    finish_window = refresh.finish_window

    def failed(
        connection: psycopg.Connection, window: Window, *, refresh: bool
    ) -> None:
        if window.rollup == failing:
            raise InterruptedError
        finish_window(connection, window, refresh=refresh)

    with monkeypatch.context() as patched:
        patched.setattr(refresh, "finish_window", failed)
        with pytest.raises(InterruptedError):
            refresh_all(market)
    assert value(market, WAITING) > 0
    wait_for(lambda: value(market, SESSIONS) == 0)
    refresh_all(market)
    assert value(market, WAITING) == 0


def test_a_bar_that_grows_leaves_its_indexes_alone(
    connection: psycopg.Connection,
) -> None:
    """As a rule an update finds room beside the old row; TimescaleDB writes bars anew."""
    if installed_engine(connection) == "timescaledb":
        pytest.skip("bars are no tables of ours on TimescaleDB")
    store, strikes = open_store(connection), tuple(range(20_000, 30_000, 25))
    for number in range(4):
        quote(store, number / 10, expiries=(LATER,), strikes=strikes, seed=number)
        refresh_all(connection)
    connection.execute("SELECT pg_stat_force_next_flush()")
    found = connection.execute(UPDATED.encode()).fetchall()
    assert len(found) == 9
    for name, updated, elsewhere in found:
        assert updated >= 3 * len(strikes), name
        assert elsewhere < updated / 2, name
