"""ops.finish_window: a refreshed window is passed on and announced, at least once."""

import json
from collections import Counter

import psycopg
import pytest

import pgstrike.jobs.refresh.refresh
from pgstrike.db.queries import query
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_all, refresh_rollups, stale_windows
from tests.support.event_log import hear
from tests.support.quote_market import (
    Quote,
    add,
    events,
    ist,
    ladder,
    listen,
    select,
    value,
)

BARS = {
    *(f"option_strike_bars_{width}" for width in ("1min", "5min", "15min")),
    "moneyness_bars_5min",
}
DIE = b"SELECT pg_terminate_backend(pg_backend_pid()), %s, %s, %s::text, %s::text, %s::text"


def finish(connection: psycopg.Connection, rollup: str, time: str, until: str) -> int:
    """Say that a window of NIFTY's is refreshed, whatever was marked of it."""
    ids = connection.execute(
        "SELECT id FROM job.stale_bucket WHERE rollup = %s", [rollup]
    )
    return int(
        value(
            connection,
            query("finish_window").decode(),
            rollup, "NIFTY", ist(time), ist(until), [row[0] for row in ids],
        )
    )  # fmt: skip


def stale(connection: psycopg.Connection) -> list[tuple[str, str]]:
    """Rollup and bucket of each mark, by the exchange's clock."""
    found = select(
        connection,
        "SELECT rollup, to_char(bucket_time AT TIME ZONE 'Asia/Kolkata', 'HH24:MI') AS bucket"
        " FROM job.stale_bucket ORDER BY rollup, bucket_time",
    )
    return [
        (row["rollup"].removeprefix("option_strike_bars_"), row["bucket"])
        for row in found
    ]


def test_what_reads_it_becomes_stale(connection: psycopg.Connection) -> None:
    """The buckets that the window reaches into, of the rollup above and of no other."""
    finish(connection, "option_strike_bars_1min", "09:19:00", "09:21:00")
    assert stale(connection) == [("5min", "09:15"), ("5min", "09:20")]
    finish(connection, "option_strike_bars_5min", "09:25:00", "09:30:00")
    assert stale(connection) == [("15min", "09:15")]


def test_end_of_a_window_is_not_in_it(connection: psycopg.Connection) -> None:
    """A window that ends where a bucket begins does not make that bucket stale."""
    finish(connection, "option_strike_bars_1min", "09:15:00", "09:20:00")
    assert stale(connection) == [("5min", "09:15")]


@pytest.mark.parametrize("rollup", ["option_strike_bars_1d", "moneyness_bars_1d"])
def test_rollup_that_nobody_reads_makes_nothing_stale(
    connection: psycopg.Connection, rollup: str
) -> None:
    """The way ends there."""
    finish(connection, rollup, "09:15:00", "09:45:00")
    assert stale(connection) == []


def test_event_says_which_window_and_how_many_rows(
    connection: psycopg.Connection, store: Store
) -> None:
    """In UTC, whatever the session's time zone; one event for each rollup that changed."""
    connection.execute("SET timezone = 'Asia/Kolkata'")
    add(store, *ladder("09:21:00", 24_610.0))
    refresh_rollups(connection)
    told = {
        event["rollup"]: event
        for event in events(connection, "rollup")
        if event["rollup"] in BARS
    }
    assert {
        name: (event["from"][11:], event["to"][11:]) for name, event in told.items()
    } == {
        "option_strike_bars_1min": ("03:51:00+00:00", "03:52:00+00:00"),
        "option_strike_bars_5min": ("03:50:00+00:00", "03:55:00+00:00"),
        "option_strike_bars_15min": ("03:45:00+00:00", "04:00:00+00:00"),
        "moneyness_bars_5min": ("03:50:00+00:00", "03:55:00+00:00"),
    }
    assert {event["rows"] for event in told.values()} == {5}
    assert {event["symbol"] for event in told.values()} == {"NIFTY"}


def test_event_comes_with_its_refresh(
    connection: psycopg.Connection, store: Store
) -> None:
    """Nobody hears of a window before its rows can be read."""
    add(store, Quote("09:20:00", 24_600, {"ltp": 1.0}))
    with psycopg.connect(connection.info.dsn, autocommit=True) as listener:
        listen(listener)
        refresh_rollups(connection)
        rollups = value(connection, "SELECT count(*) FROM job.rollup")
        heard = hear(listener, rollups + 1)
        topics = Counter(json.loads(payload)["topic"] for payload in heard)
        assert topics == {"rollup": rollups, "metrics": 1}
        for width in ("1min", "5min", "15min"):
            bars = f"SELECT count(*) FROM fo.option_strike_bars_{width}"
            assert value(listener, bars) == 1


def test_refresh_that_dies_unfinished_is_done_again(
    dsn: str,
    connection: psycopg.Connection,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is forgotten and nothing was said: the next one refreshes and announces."""
    add(store, *ladder("09:20:00", 24_610.0))
    marked = stale(connection)
    with (
        monkeypatch.context() as patched,
        psycopg.connect(dsn, autocommit=True) as dying,
    ):
        patched.setattr(
            pgstrike.jobs.refresh.refresh,
            "query",
            lambda name: DIE if name == "finish_window" else query(name),
        )
        with pytest.raises(psycopg.OperationalError):
            refresh_rollups(dying)
    assert stale(connection) == marked != []
    assert events(connection, "rollup") == []
    refresh_all(connection)
    assert stale(connection) == []
    refreshed = value(connection, "SELECT count(*) FROM job.rollup")
    assert len(events(connection, "rollup")) == refreshed
    assert value(connection, "SELECT count(*) FROM fo.option_strike_bars_15min") == 5


def test_finish_that_is_rolled_back_settles_nothing(
    connection: psycopg.Connection, store: Store
) -> None:
    """Marks, what becomes stale, and the event: all of it or none."""
    add(store, Quote("09:20:00", 24_600, {"ltp": 1.0}))
    marked = stale(connection)
    last = value(connection, "SELECT last_id FROM job.event_counter")
    [window] = stale_windows(connection, "option_strike_bars_1min")
    with connection.transaction(force_rollback=True):
        connection.execute(
            query("finish_window"),
            (
                window.rollup,
                window.symbol,
                window.from_time,
                window.to_time,
                window.ids,
            ),
        )
        assert stale(connection) != marked
    assert stale(connection) == marked
    assert value(connection, "SELECT last_id FROM job.event_counter") == last


def test_failure_of_one_window_leaves_the_finished_ones(
    connection: psycopg.Connection, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is done is done; the rest is still marked, and comes next."""
    add(
        store,
        Quote("09:20:00", 24_600, {"ltp": 1.0}),
        Quote("09:40:00", 24_600, {"ltp": 2.0}),
    )
    finish_window = pgstrike.jobs.refresh.refresh.finish_window
    finished = []

    def fail_second(
        connection: psycopg.Connection,
        window: pgstrike.jobs.refresh.refresh.Window,
        *,
        refresh: bool,
    ) -> None:
        if finished:
            raise psycopg.errors.DeadlockDetected("planted")
        finish_window(connection, window, refresh=refresh)
        finished.append(window)

    with monkeypatch.context() as patched:
        patched.setattr(pgstrike.jobs.refresh.refresh, "finish_window", fail_second)
        with pytest.raises(psycopg.errors.DeadlockDetected):
            refresh_rollups(connection)
    assert [bucket for name, bucket in stale(connection) if name == "1min"] == ["09:40"]
    assert len(events(connection, "rollup")) == 1
    refresh_all(connection)
    assert stale(connection) == []
    closes = "SELECT call_close FROM fo.option_strike_bars_15min ORDER BY bucket_time"
    assert connection.execute(closes.encode()).fetchall() == [(1.0,), (2.0,)]
