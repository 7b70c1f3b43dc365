"""Refreshing rollups, window by window: what bars hold, and which of them are computed."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg import sql

from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_all, refresh_rollups
from tests.support.locks import wait_until_blocked
from tests.support.plans import most_rows, plan_nodes
from tests.support.quote_market import (
    FRIDAY,
    MONDAY,
    SUNDAY,
    Quote,
    add,
    ist,
    ladder,
    select,
    value,
)

STRIKE = 24_600
ROLLUPS = ("option_strike_bars_1min", "option_strike_bars_5min", "option_strike_bars_15min",
           "moneyness_bars_5min")  # fmt: skip


def bars(
    connection: psycopg.Connection, width: str, columns: str, strike: float = STRIKE
) -> list[tuple[Any, ...]]:
    """Columns of a strike's bars, in the order of their buckets."""
    return connection.execute(
        f"SELECT {columns} FROM fo.option_strike_bars_{width}"
        f" WHERE strike = {strike} ORDER BY bucket_time".encode()
    ).fetchall()


def levels(connection: psycopg.Connection, columns: str) -> list[tuple[Any, ...]]:
    """Columns of the moneyness bars, in the order of buckets and levels."""
    return connection.execute(
        f"SELECT {columns} FROM fo.moneyness_bars_5min"
        " ORDER BY bucket_time, moneyness_level".encode()
    ).fetchall()


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


# What a bar holds


def test_bar_is_worked_by_hand(connection: psycopg.Connection, store: Store) -> None:
    """Both premiums' four prices, the last bid, ask and IV that were known, and counts."""
    add(
        store,
        Quote(
            "09:20:05", STRIKE, {"ltp": 100.0, "bid": 99.0, "ask": 101.0, "iv": 0.11}
        ),
        Quote("09:20:25", STRIKE, {"ltp": 104.0, "bid": 103.0}, {"ltp": 60.0}),
        Quote(
            "09:20:45", STRIKE, {"ltp": 98.0, "ask": 99.0}, {"ltp": 66.0, "iv": 0.13}
        ),
        Quote("09:20:59", STRIKE, {}, {"ltp": 62.0}),
    )
    refresh_rollups(connection)
    call = "call_open, call_high, call_low, call_close, call_bid, call_ask, call_iv"
    assert bars(connection, "1min", f"bucket_time, quotes, {call}") == [
        (ist("09:20:00"), 4, 100.0, 104.0, 98.0, 98.0, 103.0, 99.0, 0.11)
    ]
    put = "put_open, put_high, put_low, put_close, put_bid, put_ask, put_iv"
    assert bars(connection, "1min", put) == [(60.0, 66.0, 60.0, 62.0, None, None, 0.13)]


def test_oi_is_the_last_by_time_also_when_it_falls(
    connection: psycopg.Connection, store: Store
) -> None:
    """Positions are closed too: the greatest of a bar is not what it ended with."""
    growing = (("09:20:10", 9_000), ("09:20:40", 9_750), ("09:21:10", 9_900))
    falling = (("09:21:50", 9_600), ("09:23:10", 8_250))
    for time, oi in (*growing, *falling):
        add(store, Quote(time, STRIKE, {"ltp": 1.0, "oi": oi}))
    refresh_rollups(connection)
    columns = "bucket_time, call_oi, call_oi_change"
    assert bars(connection, "1min", columns) == [
        (ist("09:20:00"), 9_750, 750),
        (ist("09:21:00"), 9_600, -150),
        (ist("09:23:00"), 8_250, -1_350),
    ]
    assert bars(connection, "5min", columns) == [(ist("09:20:00"), 8_250, -750)]
    assert bars(connection, "15min", columns) == [(ist("09:15:00"), 8_250, -750)]


def test_oi_is_the_last_that_was_known(
    connection: psycopg.Connection, store: Store
) -> None:
    """A quote without it does not make it unknown, in a bar or in one of several bars."""
    add(store, Quote("09:20:10", STRIKE, {"ltp": 1.0, "oi": 9_000}))
    add(
        store,
        Quote("09:20:50", STRIKE, {"ltp": 2.0}),
        Quote("09:24:00", STRIKE, {"ltp": 3.0}),
    )
    refresh_rollups(connection)
    assert bars(connection, "1min", "call_oi") == [(9_000,), (None,)]
    assert bars(connection, "5min", "call_oi, call_close") == [(9_000, 3.0)]


def test_volumes_of_bars_add_up_over_a_dropout(
    connection: psycopg.Connection, store: Store
) -> None:
    """Whatever a bar did not see itself; in-bar max - min would lose what lies between."""
    for time, volume in (
        ("09:16:00", 750),
        ("09:19:59", 900),
        ("09:20:00", 0),
        ("09:26:00", 975),
    ):
        add(store, Quote(time, STRIKE, {"ltp": 1.0, "volume": volume}))
    refresh_rollups(connection)
    columns = "bucket_time, call_volume"
    assert bars(connection, "5min", columns) == [
        (ist("09:15:00"), 900),
        (ist("09:20:00"), None),
        (ist("09:25:00"), 75),
    ]
    assert bars(connection, "15min", columns) == [(ist("09:15:00"), 975)]


def test_buckets_begin_with_the_session(
    connection: psycopg.Connection, store: Store
) -> None:
    """At 09:15 of the exchange, whatever the width; a bucket's end belongs to the next."""
    for time in ("09:15:00", "09:29:59", "09:30:00", "15:30:00"):
        add(store, Quote(time, STRIKE, {"ltp": 1.0}))
    refresh_rollups(connection)
    assert bars(connection, "15min", "bucket_time, quotes") == [
        (ist("09:15:00"), 2),
        (ist("09:30:00"), 1),
        (ist("15:30:00"), 1),
    ]


def test_quotes_of_no_session_enter_no_bar(
    connection: psycopg.Connection, store: Store
) -> None:
    """Before the bell, on a Sunday, and after it, where they share a bucket with others."""
    add(store, *ladder("09:14:59", 24_610.0), *ladder("11:00:00", 24_610.0, day=SUNDAY))
    assert refresh_rollups(connection) == 0
    add(store, *ladder("15:30:00", 24_610.0), *ladder("15:30:01", 24_610.0))
    refresh_rollups(connection)
    for rollup in ROLLUPS:
        counted = (
            f"SELECT array_agg(DISTINCT (bucket_time, quotes)::text) FROM fo.{rollup}"
        )
        assert value(connection, counted) == ['("2025-08-29 10:00:00+00",1)'], rollup


def test_moneyness_bar_is_worked_by_hand(
    connection: psycopg.Connection, store: Store
) -> None:
    """Averages of what stood at a level, sums of what the contracts there grew by."""
    add(store, *ladder("09:20:00", 24_610.0))
    quotes = ladder("09:21:00", 24_640.0)  # the money has moved one strike up
    quotes[3] = quotes[3]._replace(
        call={"ltp": 80.0, "volume": 900, "oi": 7_350, "iv": 0.13}
    )
    add(store, *quotes)
    refresh_rollups(connection)
    columns = "moneyness_level, quotes, underlying, call_ltp, call_iv, call_oi"
    growths = "call_volume, call_oi_change, put_volume"
    [money] = [
        row for row in levels(connection, f"{columns}, {growths}") if row[0] == 0
    ]
    assert money == (
        0,
        2,
        24_625.0,
        90.0,
        pytest.approx(0.12),
        7_425.0,
        900,
        -150,
        1_500,
    )
    assert [row[0] for row in levels(connection, columns)] == [-3, -2, -1, 0, 1, 2]


# Which are computed, and when


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
