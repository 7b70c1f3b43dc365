"""Refreshing rollups, window by window: which bars are computed, and when."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg import sql

from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_all, refresh_rollups
from tests.support.bars import ROLLUPS, STRIKE, bars, levels
from tests.support.locks import wait_until_blocked
from tests.support.plans import most_rows, plan_nodes
from tests.support.quote_market import (
    FRIDAY,
    MONDAY,
    Quote,
    add,
    ist,
    ladder,
    select,
    value,
)


def bar_versions(connection: psycopg.Connection, rollup: str) -> dict[Any, set[Any]]:
    """By bucket: where its rows lie, and who wrote them."""
    behind = (
        sql.Identifier("fo", rollup)
        if value(connection, "SELECT engine FROM job.installation") == "postgres"
        else materialized(connection, rollup)
    )
    rows = connection.execute(
        sql.SQL("SELECT bucket_time, tableoid, ctid::text, xmin::text FROM {}").format(
            behind
        )
    )
    found: dict[Any, set[Any]] = {}
    for bucket_time, *version in rows:
        found.setdefault(bucket_time, set()).add(tuple(version))
    return found


def materialized(connection: psycopg.Connection, rollup: str) -> sql.Identifier:
    """The table behind a continuous aggregate."""
    [row] = select(
        connection,
        "SELECT materialization_hypertable_schema AS schema,"
        " materialization_hypertable_name AS name"
        " FROM timescaledb_information.continuous_aggregates WHERE view_name = %s",
        rollup,
    )
    return sql.Identifier(row["schema"], row["name"])


def test_open_bucket_is_current_to_the_last_refresh(
    connection: psycopg.Connection, store: Store
) -> None:
    """A bar is there from its first quote on, and grows."""
    for time, price, volume in (("09:20:10", 100.0, 75), ("09:20:40", 103.0, 225)):
        add(store, Quote(time, STRIKE, {"ltp": price, "volume": volume}))
        refresh_rollups(connection)
        for width in ("1min", "5min", "15min"):
            columns = "call_open, call_close, call_volume"
            assert bars(connection, width, columns) == [(100.0, price, volume)], width


def test_untouched_buckets_are_not_written(
    connection: psycopg.Connection, store: Store
) -> None:
    """Only those in which a quote came, of a day with more; of no rollup the others."""
    for minute in (16, 21, 26, 31, 36, 41, 46):
        add(store, *ladder(f"09:{minute}:00", 24_610.0))
    refresh_rollups(connection)
    before = {rollup: bar_versions(connection, rollup) for rollup in ROLLUPS}
    add(store, *ladder("09:16:30", 24_610.0))
    add(store, *ladder("09:36:30", 24_610.0))
    refresh_rollups(connection)
    touched = {
        "option_strike_bars_1min": {"09:16:00", "09:36:00"},
        "option_strike_bars_5min": {"09:15:00", "09:35:00"},
        "option_strike_bars_15min": {"09:15:00", "09:30:00"},
        "moneyness_bars_5min": {"09:15:00", "09:35:00"},
    }
    for rollup in ROLLUPS:
        after = bar_versions(connection, rollup)
        written = {
            bucket for bucket in after if after[bucket] != before[rollup][bucket]
        }
        assert written == {ist(time) for time in touched[rollup]}, rollup


def test_other_symbols_bars_are_not_announced(
    connection: psycopg.Connection, store: Store
) -> None:
    """What came for one symbol is refreshed, and said, for that one."""
    both = [
        Quote("09:20:00", STRIKE, {"ltp": 1.0}, symbol=name)
        for name in ("NIFTY", "FINNIFTY")
    ]
    add(store, *both)
    refresh_rollups(connection)
    last = value(connection, "SELECT last_id FROM job.event_counter")
    add(store, Quote("09:20:30", STRIKE, {"ltp": 2.0}))
    refresh_rollups(connection)
    told = select(
        connection,
        "SELECT DISTINCT topic, symbol FROM fo.event WHERE id > %s ORDER BY 1",
        last,
    )
    assert [tuple(row.values()) for row in told] == [
        ("chain", "NIFTY"),
        ("metrics", "NIFTY"),
        ("rollup", "NIFTY"),
    ]


def test_nothing_new_is_nothing_to_refresh(
    connection: psycopg.Connection, store: Store
) -> None:
    """A second refresh does nothing and says nothing."""
    add(store, *ladder("09:20:00", 24_610.0))
    refresh_all(connection)
    last = value(connection, "SELECT last_id FROM job.event_counter")
    assert refresh_rollups(connection) == 0
    assert value(connection, "SELECT last_id FROM job.event_counter") == last


def test_late_quote_repairs_its_bucket(
    connection: psycopg.Connection, store: Store
) -> None:
    """It lands where it belongs, and what came after it grows by less."""
    add(store, Quote("09:16:00", STRIKE, {"ltp": 100.0, "volume": 75, "oi": 750}))
    add(store, Quote("09:26:00", STRIKE, {"ltp": 102.0, "volume": 375, "oi": 900}))
    refresh_rollups(connection)
    columns = "bucket_time, call_open, call_close, call_volume, call_oi, call_oi_change"
    assert bars(connection, "5min", columns) == [
        (ist("09:15:00"), 100.0, 100.0, 75, 750, 0),
        (ist("09:25:00"), 102.0, 102.0, 300, 900, 150),
    ]
    add(store, Quote("09:18:00", STRIKE, {"ltp": 101.0, "volume": 225, "oi": 975}))
    refresh_rollups(connection)
    assert bars(connection, "5min", columns) == [
        (ist("09:15:00"), 100.0, 101.0, 225, 975, 225),
        (ist("09:25:00"), 102.0, 102.0, 150, 900, -75),
    ]
    assert bars(connection, "15min", columns) == [
        (ist("09:15:00"), 100.0, 102.0, 375, 900, 150)
    ]


def test_late_quote_of_another_day_repairs_that_day(
    connection: psycopg.Connection, store: Store
) -> None:
    """And no other: volume begins anew with each session."""
    add(store, Quote("15:00:00", STRIKE, {"ltp": 1.0, "volume": 750}))
    add(store, Quote("09:20:00", STRIKE, {"ltp": 2.0, "volume": 75}, day=MONDAY))
    refresh_rollups(connection)
    add(store, Quote("15:01:00", STRIKE, {"ltp": 3.0, "volume": 900}))
    refresh_rollups(connection)
    assert bars(connection, "15min", "bucket_time, call_close, call_volume") == [
        (ist("15:00:00", FRIDAY), 3.0, 900),
        (ist("09:15:00", MONDAY), 2.0, 75),
    ]


def test_correction_replaces_what_a_bar_said(
    connection: psycopg.Connection, store: Store
) -> None:
    """The bar is that of the corrected quote, as if the first had never been."""
    add(store, Quote("09:20:00", STRIKE, {"ltp": 900.0, "volume": 75, "oi": 750}))
    refresh_rollups(connection)
    add(store, Quote("09:20:00", STRIKE, {"ltp": 90.0, "volume": 150, "oi": 675}))
    refresh_rollups(connection)
    columns = "quotes, call_open, call_high, call_volume, call_oi"
    for width in ("1min", "5min", "15min"):
        assert bars(connection, width, columns) == [(1, 90.0, 90.0, 150, 675)], width


def test_level_that_nothing_stands_at_any_more_vanishes(
    connection: psycopg.Connection, store: Store
) -> None:
    """A correction of the underlying moves a whole chain: no row of the old levels stays."""
    add(store, *ladder("09:20:00", 24_510.0))
    refresh_rollups(connection)
    at = "moneyness_level"
    assert [row[0] for row in levels(connection, at)] == [0, 1, 2, 3, 4]
    add(store, *ladder("09:20:00", 24_690.0))
    refresh_rollups(connection)
    assert [row[0] for row in levels(connection, at)] == [-4, -3, -2, -1, 0]


@pytest.mark.parametrize("cluster", ["postgres"], indirect=True)
def test_refresh_says_how_many_rows_changed(
    connection: psycopg.Connection, store: Store
) -> None:
    """New ones, altered ones and those that went; not those that came out the same."""
    add(store, *ladder("09:20:00", 24_610.0))
    refresh_rollups(connection)
    refresh = "SELECT ops.refresh_window('option_strike_bars_1min', 'NIFTY', %s, %s)"
    window = (ist("09:20:00"), ist("09:25:00"))
    assert value(connection, refresh, *window) == 0
    connection.execute("DELETE FROM fo.option_strike_bars_1min WHERE strike = 24500")
    connection.execute(
        "UPDATE fo.option_strike_bars_1min SET call_oi = 1 WHERE strike = 24550"
    )
    connection.execute(
        "INSERT INTO fo.option_strike_bars_1min (symbol, expiry, strike, bucket_time)"
        " SELECT symbol, expiry, 1, bucket_time FROM fo.option_strike_bars_1min"
        " WHERE strike = 24600"
    )
    assert value(connection, refresh, *window) == 3
    assert value(connection, refresh, *window) == 0


@pytest.mark.parametrize("cluster", ["postgres"], indirect=True)
def test_refresh_keeps_to_its_window(
    connection: psycopg.Connection, store: Store
) -> None:
    """Rows of another time or symbol are not its business; the end is not included."""
    add(
        store,
        Quote("09:20:00", STRIKE, {"ltp": 1.0}),
        Quote("09:21:00", STRIKE, {"ltp": 1.0}),
    )
    add(store, Quote("09:20:00", STRIKE, {"ltp": 1.0}, symbol="FINNIFTY"))
    refresh_rollups(connection)
    connection.execute("UPDATE fo.option_strike_bars_1min SET call_close = 0")
    connection.execute(
        "SELECT ops.refresh_window('option_strike_bars_1min', 'NIFTY', %s, %s)",
        [ist("09:20:00"), ist("09:21:00")],
    )
    closes = select(
        connection,
        "SELECT call_close FROM fo.option_strike_bars_1min ORDER BY symbol DESC, bucket_time",
    )
    assert [row["call_close"] for row in closes] == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("cluster", ["postgres"], indirect=True)
def test_cost_goes_with_the_rows_of_the_window(
    connection: psycopg.Connection, store: Store
) -> None:
    """No row is compared with all others, also while the planner knows nothing of them."""
    quotes = [
        Quote(f"10:{minute:02}:00", STRIKE + strike, {"ltp": 1.0})
        for minute in range(60)
        for strike in range(20)
    ]
    add(store, *quotes)
    refresh_rollups(connection)
    nodes = plan_nodes(
        connection,
        "SELECT ops.refresh_window('option_strike_bars_1min', 'NIFTY', %s, %s)",
        [ist("10:00:00"), ist("11:00:00")],
    )
    assert len(quotes) <= most_rows(nodes) <= 3 * len(quotes)


def test_chains_of_minutes_without_statistics_are_read_once(
    connection: psycopg.Connection, store: Store
) -> None:
    """The planner knows the day's first quotes alone, and expects none in these minutes."""
    strikes = [20_000.0 + 50 * number for number in range(40)]

    def quotes_of(times: list[str]) -> list[Quote]:
        return [
            Quote(time, strike, {"ltp": 100.0}, underlying=24_610.0)
            for time in times
            for strike in strikes
        ]

    add(store, *quotes_of([f"09:{minute}:00" for minute in range(20, 40)]))
    connection.execute("ANALYZE")
    quotes = quotes_of([f"10:{minute}:00" for minute in range(10, 25)])
    add(store, *quotes)
    nodes = plan_nodes(
        connection,
        "SELECT count(*) FROM ops.expiry_metrics('NIFTY', %s, %s)",
        [ist("10:10:00"), ist("10:25:00")],
    )
    # Each quote is held against each of the 15 instants.
    assert len(quotes) <= most_rows(nodes) <= 16 * len(quotes)


def test_windows_of_a_rollup_are_computed_one_after_the_other(
    dsn: str,
    connection: psycopg.Connection,
    store: Store,
    refresher: psycopg.Connection,
) -> None:
    """A refresh that lost its lock never puts older figures over newer ones."""
    add(store, *ladder("09:20:00", 24_610.0))
    refresh_all(store.connection)
    window = ("expiry_metrics", "NIFTY", ist("09:20:00"), ist("09:21:00"))
    call = "SELECT ops.refresh_window(%s, %s, %s, %s)"
    with psycopg.connect(dsn) as first, ThreadPoolExecutor(1) as pool:
        assert value(first, call, *window) == 0
        waiting = pool.submit(value, refresher, call, *window)
        wait_until_blocked(connection, refresher, waiting)
        add(store, Quote("09:20:30", STRIKE, {"ltp": 120.0, "oi": 9000.0}))
        first.rollback()
        assert waiting.result() > 0  # it sees what was stored while it waited
