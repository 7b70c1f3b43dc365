"""What a bar holds, worked by hand."""

import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_rollups
from tests.support.bars import ROLLUPS, STRIKE, bars, levels
from tests.support.quote_market import (
    SUNDAY,
    Quote,
    add,
    ist,
    ladder,
    value,
)


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
