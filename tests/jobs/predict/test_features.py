"""Logging features: each minute once, as far as it was seen, never changed."""

import logging

import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.predict.features import Faults, log_due, log_features
from tests.support.feature_market import opened, play, snapshot
from tests.support.predictions import add_model
from tests.support.quote_market import add, select, value

ROWS = "SELECT symbol, at, origin, figures FROM fo.feature ORDER BY symbol, at"


def test_each_minute_of_the_clock_is_logged_once(
    store: Store, connection: psycopg.Connection
) -> None:
    play(store, range(4))
    assert log_due(connection) == 4  # at 9:15, 9:16, 9:17 and 9:18
    assert log_due(connection) == 0
    play(store, range(4, 6))
    assert [row.at for row in log_features(connection)] == [opened(minutes=4)]
    assert [row.at for row in log_features(connection)] == [opened(minutes=5)]
    assert log_features(connection) == []
    rows = select(connection, ROWS)
    assert [row["at"] for row in rows] == [opened(minutes=n) for n in range(6)]
    assert {row["origin"] for row in rows} == {"logged"}


def test_a_row_is_what_the_function_answers(
    store: Store, connection: psycopg.Connection
) -> None:
    play(store, range(3))
    log_due(connection)
    for row in select(connection, ROWS):
        [now] = select(
            connection, "SELECT * FROM analytics.features('NIFTY', %s)", row["at"]
        )
        names = value(connection, "SELECT analytics.feature_names()")
        assert row["figures"] == {name: now[name] for name in names}
        assert row["figures"]["atm_iv"] is not None


def test_a_minute_waits_until_the_clock_has_reached_its_end(
    store: Store, connection: psycopg.Connection
) -> None:
    add(store, *snapshot(0.5, 24_600))
    assert log_due(connection) == 0
    add(store, *snapshot(1.5, 24_700))
    assert log_due(connection) == 1
    [row] = select(connection, ROWS)
    assert row["at"] == opened(minutes=1)
    [then] = select(
        connection, "SELECT * FROM analytics.features('NIFTY', %s)", row["at"]
    )
    assert row["figures"]["straddle_ratio"] == then["straddle_ratio"]


def test_late_quotes_change_no_logged_row(
    store: Store, connection: psycopg.Connection
) -> None:
    for minute in (0.5, 1.5, 2.5):
        add(store, *snapshot(minute, 24_600))
    log_due(connection)
    before = select(connection, ROWS)
    at = before[-1]["at"]
    now = "SELECT atm_iv FROM analytics.features('NIFTY', %s)"
    assert value(connection, now, at) == before[-1]["figures"]["atm_iv"]
    late = snapshot(1.9, 24_600)
    add(store, *(each._replace(call={"ltp": 150.0, "iv": 0.3}) for each in late))
    assert value(connection, now, at) > before[-1]["figures"]["atm_iv"] + 0.05
    log_due(connection)
    assert select(connection, ROWS) == before


def test_minutes_long_ago_are_not_logged(
    store: Store, connection: psycopg.Connection
) -> None:
    play(store, range(40))
    assert log_due(connection) == 16
    assert value(connection, "SELECT min(at) FROM fo.feature") == opened(minutes=24)


def test_minutes_without_quotes_have_no_row(
    store: Store, connection: psycopg.Connection
) -> None:
    for minute in (0, 1, 7, 8):
        add(store, *snapshot(minute, 24_600))
    assert log_due(connection) == 4


def test_rows_go_with_the_transaction(
    store: Store, connection: psycopg.Connection
) -> None:
    play(store, range(1))
    with connection.transaction(force_rollback=True):
        [row] = log_features(connection)
        assert value(connection, "SELECT id FROM fo.feature") == row.id
    assert select(connection, ROWS) == []


FAILING = """
    CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF new.symbol = 'NIFTY' THEN
            RAISE 'no page is left';
        END IF;
        RETURN new;
    END;
    $$;
    CREATE TRIGGER fail BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION public.fail();
"""
HEALTH = "SELECT state, says FROM ops.health() WHERE name = 'features'"


@pytest.mark.parametrize("table", ["fo.feature", "fo.prediction"])
def test_a_symbol_that_fails_is_said_and_stops_no_other(
    store: Store,
    connection: psycopg.Connection,
    caplog: pytest.LogCaptureFixture,
    table: str,
) -> None:
    add_model(connection, symbol=None)
    play(store, range(3))
    play(store, range(3), symbol="BANKNIFTY")
    connection.execute(FAILING.format(table).encode())
    clock = [0.0]
    faults = Faults(lambda: clock[0])
    with caplog.at_level(logging.ERROR):
        assert log_due(connection, faults) == 3
        for second in range(59):
            clock[0] = second
            assert log_due(connection, faults) == 0
        assert len(caplog.records) == 1
        assert "features of NIFTY" in caplog.text and "no page is left" in caplog.text
        clock[0] = 61.0
        log_due(connection, faults)
        assert len(caplog.records) == 2
    assert value(connection, "SELECT count(DISTINCT symbol) FROM fo.feature") == 1
    [found] = select(connection, HEALTH)
    assert found["state"] == "warn"
    assert "NIFTY" in found["says"] and "no page is left" in found["says"]
    connection.execute(f"DROP TRIGGER fail ON {table}".encode())
    assert log_due(connection, faults) == 3
    [found] = select(connection, HEALTH)
    assert found["state"] == "ok"
