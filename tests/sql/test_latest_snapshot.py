"""fo.latest_snapshot: the newest row of every living contract, at the cost of those rows."""

import re
from typing import Any

import psycopg
import pytest
from psycopg import IsolationLevel

from pgstrike.db.queries import query
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.quote_market import (
    EXPIRY,
    FRIDAY,
    LATER,
    SUNDAY,
    Quote,
    add,
    ist,
    ladder,
    select,
    value,
)
from tests.support.snapshots import live, refreshing

STRIKE = 24_600
STRIKES = 500
ANSWER_SECONDS = 60


def row_versions(
    connection: psycopg.Connection,
) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """By key, where each row lies and who wrote it."""
    found = connection.execute(
        "SELECT timeframe, symbol, expiry, strike, ctid::text, xmin::text"
        " FROM fo.latest_snapshot"
    )
    return {row[:4]: row[4:] for row in found}


# What it shows


def test_live_row_is_the_newest_quote(
    connection: psycopg.Connection, store: Store, refresher: psycopg.Connection
) -> None:
    """With cumulative volume, and its growths since the quote before."""
    add(store, Quote("09:20:00", STRIKE, {"ltp": 100.0, "volume": 750, "oi": 7_500}))
    add(store, Quote("09:21:00", STRIKE, {"ltp": 99.0, "volume": 900, "oi": 7_425}))
    refresh_all(refresher)
    [row] = select(
        connection,
        "SELECT quote_time, call_ltp, call_volume, call_volume_growth, call_oi,"
        " call_oi_growth, put_oi, call_close, quotes, session, in_session"
        " FROM fo.latest_snapshot WHERE timeframe = 'live'",
    )
    assert row == {
        "quote_time": ist("09:21:00"),
        "call_ltp": 99.0,
        "call_volume": 900,
        "call_volume_growth": 150,
        "call_oi": 7_425,
        "call_oi_growth": -75,
        "put_oi": None,
        "call_close": None,
        "quotes": None,
        "session": FRIDAY,
        "in_session": True,
    }


def test_bar_rows_are_the_newest_bars(
    connection: psycopg.Connection, store: Store, refresher: psycopg.Connection
) -> None:
    """Of each width its own, also where a contract was quoted last in an older bucket."""
    add(store, Quote("09:16:00", STRIKE, {"ltp": 100.0, "volume": 750, "oi": 7_500}))
    add(store, Quote("09:21:30", STRIKE, {"ltp": 102.0, "volume": 900, "oi": 7_650}))
    add(store, Quote("09:24:00", STRIKE, {"ltp": 101.0, "volume": 990, "oi": 7_575}))
    add(store, Quote("09:40:00", 24_650, {"ltp": 80.0}))
    refresh_all(refresher)
    rows = select(
        connection,
        "SELECT timeframe, quote_time, quotes, call_ltp, call_open, call_close, call_oi,"
        " call_volume, call_oi_change FROM fo.latest_snapshot"
        " WHERE strike = 24600 AND timeframe <> 'live' ORDER BY quote_time DESC",
    )
    figures = [tuple(row.values()) for row in rows]
    assert figures == [
        ("1min", ist("09:24:00"), 1, 101.0, 101.0, 101.0, 7_575, 90, -75),
        ("5min", ist("09:20:00"), 2, 101.0, 102.0, 101.0, 7_575, 240, 75),
        ("15min", ist("09:15:00"), 3, 101.0, 100.0, 101.0, 7_575, 990, 75),
    ]


def test_dropout_is_shown_as_unknown(
    connection: psycopg.Connection, store: Store, refresher: psycopg.Connection
) -> None:
    """The newest quote is the newest quote: no figure of an older one stands in for it."""
    add(store, Quote("09:20:00", STRIKE, {"ltp": 100.0, "volume": 750, "oi": 7_500}))
    add(store, Quote("09:21:00", STRIKE, {"ltp": 99.0, "volume": 0, "oi": 0}))
    refresh_all(refresher)
    assert select(
        connection,
        "SELECT call_ltp, call_volume, call_oi, call_dropout FROM fo.latest_snapshot"
        " WHERE timeframe = 'live'",
    ) == [
        {"call_ltp": None, "call_volume": None, "call_oi": None, "call_dropout": True}
    ]


# Alive by the market clock


def test_contract_dies_at_the_close_of_its_expiry_day(
    connection: psycopg.Connection, store: Store, refresher: psycopg.Connection
) -> None:
    """At 15:30 of the exchange, by the quotes of other contracts of its symbol."""
    add(store, Quote("15:29:59", STRIKE, {"ltp": 0.05}, day=EXPIRY))
    add(store, Quote("15:29:59", STRIKE, {"ltp": 70.0}, day=EXPIRY, expiry=LATER))
    refresh_all(refresher)
    assert [row[0] for row in live(connection)] == [EXPIRY, LATER]
    add(store, Quote("15:30:00", STRIKE, {"ltp": 71.0}, day=EXPIRY, expiry=LATER))
    refresh_all(refresher)
    assert live(connection) == [(LATER, STRIKE, 71.0)]
    gone = "SELECT count(*) FROM fo.latest_snapshot WHERE expiry = %s"
    assert value(connection, gone, EXPIRY) == 0


def test_clock_of_another_symbol_kills_nothing(
    connection: psycopg.Connection, store: Store, refresher: psycopg.Connection
) -> None:
    """Each symbol has its own: a recording of last year is alive beside today's feed."""
    add(store, Quote("15:00:00", STRIKE, {"ltp": 0.05}))
    add(
        store,
        Quote(
            "09:20:00", STRIKE, {"ltp": 9.0}, day=LATER, expiry=LATER, symbol="FINNIFTY"
        ),
    )
    refresh_all(refresher)
    assert live(connection) == [(LATER, STRIKE, 9.0), (EXPIRY, STRIKE, 0.05)]


def test_last_session_is_still_there_on_sunday(
    connection: psycopg.Connection, store: Store, refresher: psycopg.Connection
) -> None:
    """A quote from outside every session moves the clock and replaces nothing."""
    add(store, Quote("15:29:00", STRIKE, {"ltp": 80.0}))
    add(store, Quote("11:00:00", STRIKE, {"ltp": 1.0}, day=SUNDAY))
    refresh_all(refresher)
    assert live(connection) == [(EXPIRY, STRIKE, 80.0)]
    age = "SELECT age FROM analytics.strike_distribution('NIFTY')"
    assert value(connection, age) == ist("11:00:00", SUNDAY) - ist("15:29:00", FRIDAY)


def test_contract_that_was_never_in_a_session_is_not_shown(
    connection: psycopg.Connection, store: Store, refresher: psycopg.Connection
) -> None:
    """Its quotes are kept, but nothing of them is live."""
    add(store, Quote("11:00:00", STRIKE, {"ltp": 1.0}, day=SUNDAY))
    refresh_all(refresher)
    assert live(connection) == []
    assert value(connection, "SELECT count(*) FROM fo.option_quote") == 1


# Refreshing


def test_readers_and_writers_are_not_blocked(
    dsn: str,
    connection: psycopg.Connection,
    store: Store,
    refresher: psycopg.Connection,
) -> None:
    """While a refresh holds all the locks that it will ever hold."""
    add(store, Quote("09:20:00", STRIKE, {"ltp": 100.0}))
    refresh_all(refresher)
    add(store, Quote("09:21:00", STRIKE, {"ltp": 101.0}))
    for other in (connection, store.connection):
        other.execute("SET lock_timeout = '2s'")
    refresher.isolation_level = IsolationLevel.REPEATABLE_READ
    with refresher.transaction():
        refresher.execute(query("number_snapshot"))
        refresher.execute(query("refresh_snapshot"))
        assert live(refresher) == [(EXPIRY, STRIKE, 101.0)]
        assert live(connection) == [(EXPIRY, STRIKE, 100.0)]
        assert value(connection, "SELECT event_id FROM fo.snapshot_version") > 0
        add(store, Quote("09:22:00", STRIKE, {"ltp": 102.0}))
    assert live(connection) == [(EXPIRY, STRIKE, 101.0)]


def test_refresh_without_change_rewrites_no_row(
    connection: psycopg.Connection, store: Store, refresher: psycopg.Connection
) -> None:
    """No column is volatile: not even the age of a row is in it."""
    add(store, *ladder("09:20:00", 24_610.0))
    refresh_all(refresher)
    before = row_versions(connection)
    with refreshing(refresher):
        pass
    assert len(before) == 4 * 5
    assert row_versions(connection) == before
    # What changes by the second, or by the transaction, might not have changed just now.
    text = value(connection, "SELECT pg_get_viewdef('fo.latest_snapshot'::regclass)")
    assert not re.search(
        r"(?i)\b(now|age|\w*_timestamp|current_\w+|local\w+|random)\b", text
    )


def test_refresh_rewrites_the_rows_that_changed(
    connection: psycopg.Connection, store: Store, refresher: psycopg.Connection
) -> None:
    """One strike has a new quote: its rows, and no others."""
    add(store, *ladder("09:20:00", 24_610.0))
    refresh_all(refresher)
    before = row_versions(connection)
    add(store, Quote("09:20:30", STRIKE, {"ltp": 101.0}))
    refresh_all(refresher)
    after = row_versions(connection)
    written = {key for key in after if before[key] != after[key]}
    assert written == {
        (timeframe, "NIFTY", EXPIRY, STRIKE)
        for timeframe in ("live", "1min", "5min", "15min")
    }


def test_recorded_event_is_exactly_what_is_included(
    connection: psycopg.Connection, store: Store, refresher: psycopg.Connection
) -> None:
    """A writer who commits while a refresh runs is in the next one, and the id says so."""
    first = add(store, Quote("09:20:00", STRIKE, {"ltp": 100.0})).event_id
    with refreshing(refresher):
        second = add(store, Quote("09:21:00", STRIKE, {"ltp": 101.0})).event_id
    recorded = "SELECT event_id FROM fo.snapshot_version"
    assert second > first
    assert value(connection, recorded) == first
    assert live(connection) == [(EXPIRY, STRIKE, 100.0)]
    assert value(connection, "SELECT ops.refresh_is_due()") is True
    with refreshing(refresher):
        pass
    assert value(connection, recorded) == second
    assert live(connection) == [(EXPIRY, STRIKE, 101.0)]
    assert value(connection, "SELECT ops.refresh_is_due()") is False


def test_number_outside_of_repeatable_read_is_refused(
    connection: psycopg.Connection,
) -> None:
    """The refresh would see more than the event that it recorded."""
    with pytest.raises(psycopg.errors.RaiseException, match="needs REPEATABLE READ"):
        connection.execute("SELECT ops.number_snapshot()")
