"""Wall clocks that jump: what a clock once wrong has stored stops nothing when it is right."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo

import psycopg
import pytest
from apscheduler.schedulers import base

from pgstrike.jobs.feed.times import IST
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_due, refresh_snapshot
from pgstrike.jobs.schedule import schedule
from pgstrike.jobs.schedule.job import Job
from pgstrike.jobs.schedule.jobs import prune_events
from pgstrike.jobs.settings import JobsSettings
from tests.support.quote_market import Quote, add, batch_of, value

PATIENCE = 60  # seconds
FAST = {"PGSTRIKE_ROLLUP_SECONDS": "0.1", "PGSTRIKE_SNAPSHOT_SECONDS": "0.1"}
OTHER = '{"topic":"ops"}'


def quote(second: int) -> Quote:
    return Quote(f"10:00:{second:02}", 24_600, {"ltp": 100.0 + second, "volume": 75})


# What is stored


def test_rollups_go_on_after_a_refresh_in_the_future(
    connection: psycopg.Connection, store: Store
) -> None:
    """The server's clock was a year ahead while a coarse rollup was refreshed."""
    add(store, quote(1))
    refresh_due(connection)
    connection.execute(
        "UPDATE job.rollup SET refreshed_at = now() + interval '1 year'"
        " WHERE pause > interval '0'"
    )
    add(store, quote(2))
    refresh_due(connection)
    assert value(connection, "SELECT count(*) FROM job.stale_bucket") == 0
    close = "SELECT call_close FROM fo.option_strike_bars_1d"
    assert value(connection, close) == 102.0


def test_snapshot_waits_for_nothing_after_a_refresh_in_the_future(
    dsn: str, connection: psycopg.Connection, store: Store
) -> None:
    """It waits for who sees what it would free, for some seconds after the last refresh."""
    add(store, quote(1))
    assert refresh_snapshot(connection)
    with psycopg.connect(dsn) as slow:
        slow.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        value(slow, "SELECT count(*) FROM fo.instrument")
        add(store, quote(2))
        assert refresh_snapshot(connection)
        add(store, quote(3))
        for ahead, refreshed in (("0", False), ("1 year", True)):
            connection.execute(
                "UPDATE fo.snapshot_version SET refreshed_at ="
                f" clock_timestamp() + interval '{ahead}'".encode()
            )
            assert refresh_snapshot(connection, can_wait=True) is refreshed


def test_events_of_the_future_are_pruned(connection: psycopg.Connection) -> None:
    """They would keep every later event, for as long as the clock was ahead."""
    connection.execute(
        "SELECT ops.append_events(array_fill('ops'::text, ARRAY[6]),"
        " array_fill(NULL::text, ARRAY[6]), array_fill(NULL::date, ARRAY[6]),"
        " array_fill(%s::text, ARRAY[6]))",
        [OTHER],
    )
    for ids, age in (("1, 3", "2 days"), ("2, 4", "-1 year")):
        connection.execute(
            f"UPDATE fo.event SET created_at = now() - interval '{age}'"
            f" WHERE id IN ({ids})".encode()
        )
    assert prune_events(connection) == 4
    kept = connection.execute("SELECT id FROM fo.event ORDER BY id").fetchall()
    assert kept == [(5,), (6,)]


def test_rejects_of_the_future_grow_old(connection: psycopg.Connection) -> None:
    connection.execute(
        "SELECT ops.add_rejects('test', 'real', '{malformed}', '{?}', '{NULL}', '{x}');"
        "UPDATE fo.quote_reject SET last_rejected_at = now() + interval '1 year'"
    )
    assert value(connection, "SELECT ops.prune_rejects()") == 0
    assert value(connection, "SELECT last_rejected_at <= now() FROM fo.quote_reject")
    connection.execute(
        "UPDATE fo.quote_reject SET last_rejected_at = now() - interval '31 days'"
    )
    assert value(connection, "SELECT ops.prune_rejects()") == 1


# The scheduler


class FakeClock:
    """The wall clock of this process, which a test sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = timedelta(0)
        clock = self

        class Shifted(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return datetime.now(tz) + clock.ahead

        monkeypatch.setattr(base, "datetime", Shifted)
        monkeypatch.setattr(schedule, "datetime", Shifted)


class Turns:
    """The turns that jobs have had."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._had: list[str] = []
        self._more = threading.Condition()
        monkeypatch.setattr(schedule.Turns, "take", lambda _, job: self._take(job))

    def _take(self, job: Job) -> None:
        with self._more:
            self._had.append(job.name)
            self._more.notify_all()

    def wait_for_more(self) -> None:
        """Return once each of the frequent jobs has had another turn."""
        with self._more:
            self._had.clear()
            had = self._more.wait_for(
                lambda: {"rollups", "snapshot"} <= {*self._had}, PATIENCE
            )
        assert had, self._had


@contextmanager
def serving(dsn: str) -> Iterator[None]:
    stop = threading.Event()
    settings = JobsSettings.from_env(FAST)
    thread = threading.Thread(target=schedule.serve, args=[dsn, settings, stop])
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.mark.long
@pytest.mark.one_engine
@pytest.mark.parametrize("hours", [-24, 24])
def test_scheduler_goes_on_when_the_clock_is_set(
    dsn: str, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    """Set back, it would be silent until the clock is where it was, without a word."""
    clock, turns = FakeClock(monkeypatch), Turns(monkeypatch)
    with serving(dsn):
        turns.wait_for_more()
        clock.ahead = timedelta(hours=hours)
        turns.wait_for_more()
        clock.ahead = timedelta(0)
        turns.wait_for_more()


# A live feed


def test_feed_ahead_of_the_server_is_said_once_a_minute(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """Its rows are rejected whole where one of the clocks is wrong."""
    ahead = datetime.now(IST) + timedelta(days=400)
    for second in (1, 2):
        _, rejects = store.add(
            batch_of([quote(second)._replace(day=ahead.date(), expiry=ahead.date())])
        )
        assert [reject.reason for reject in rejects] == ["ahead_of_clock"]
    assert caplog.text.count("1 rows are ahead of the database's clock") == 1
