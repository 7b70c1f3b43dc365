"""`pgstrike run`: everything is refreshed, and a failure stops nothing else."""

import io
import signal
from datetime import timedelta

import psycopg
import pytest

from pgstrike.db.connection import connect
from pgstrike.db.lock import REFRESH, held
from pgstrike.jobs.feed.nse_csv import read_nse_csv
from pgstrike.jobs.ingest.store import Store
from tests.support.feeds import HEADER, csv_row
from tests.support.logins import reader_login
from tests.support.quote_market import listen
from tests.support.run_process import running
from tests.support.scheduled import wait_for as until

PATIENCE = 20  # seconds
LAST_ROLLUP = "expiry_metrics_1d"
FAILED = (
    "SELECT FROM job.job WHERE name = 'rollups' AND error LIKE '%stale_bucket%'"
    " AND code = 'failed'"
)


def wait_for_events(connection: psycopg.Connection, *said: str) -> None:
    """Return as soon as each has been said by an event: a topic, or a rollup."""
    missing = set(said)
    for notice in connection.notifies(timeout=PATIENCE):
        missing -= {each for each in said if f'" : "{each}"' in notice.payload}
        if not missing:
            return
    raise AssertionError(f"no event of {missing} within {PATIENCE} s")


def wait_until_nothing_is_due(dsn: str, connection: psycopg.Connection) -> None:
    """Every stale window refreshed, save those of coarse rollups that pause."""
    due = "SELECT FROM ops.stale_window WHERE is_due"
    with connect(dsn, "test") as other:
        heard = connection.notifies(timeout=PATIENCE)
        while other.execute(due).rowcount:
            assert next(heard, None), f"something was due for {PATIENCE} s"


def store_one(dsn: str) -> None:
    """A quote, with nobody but the scheduler to refresh what follows from it."""
    (batch,) = read_nse_csv(io.BytesIO(f"{HEADER}\n{csv_row()}\n".encode()), 75)
    with connect(dsn, "test") as writer:
        store = Store(writer, source="test", rate=0.065, horizon=timedelta(days=30))
        assert store.add(batch)[0].stored == 1


def test_an_event_follows_each_refresh(
    dsn: str, connection: psycopg.Connection
) -> None:
    listen(connection)
    with running(dsn):
        store_one(dsn)
        wait_for_events(connection, "chain", LAST_ROLLUP, "snapshot")
        wait_until_nothing_is_due(dsn, connection)


def test_a_failing_refresh_is_logged_and_stops_nothing_else(
    dsn: str, connection: psycopg.Connection
) -> None:
    listen(connection)
    with running(dsn) as child:
        assert child.stderr is not None
        # The rollups cannot be refreshed without the table; the snapshot can.
        connection.execute("ALTER TABLE job.stale_bucket RENAME TO bucket_away")
        while "rollups failed and is tried again" not in (
            line := child.stderr.readline()
        ):
            assert line, "the scheduler ended"
        assert "stale_bucket" in line
        wait_until(connection, FAILED, expected=True)
        connection.execute(
            "SELECT ops.append_events(ARRAY['chain'], ARRAY['NIFTY'], ARRAY[NULL::date],"
            """ ARRAY['{"topic" : "chain"}'])"""
        )
        wait_for_events(connection, "snapshot")
        connection.execute("ALTER TABLE job.bucket_away RENAME TO stale_bucket")
        wait_until(connection, FAILED, expected=False)


def wait_until(
    connection: psycopg.Connection, question: str, *, expected: bool
) -> None:
    def answered() -> bool:
        return connection.execute(question.encode()).rowcount == expected

    until(answered, PATIENCE)


def test_sigterm_ends_it_cleanly(dsn: str) -> None:
    with running(dsn) as child:
        child.send_signal(signal.SIGTERM)
        assert child.wait(PATIENCE) == 0


def test_who_holds_a_refresh_up_is_logged(
    dsn: str, connection: psycopg.Connection
) -> None:
    """And it goes on as soon as it can."""
    listen(connection)
    with running(dsn) as child:
        assert child.stderr is not None
        with connect(dsn, "obstacle") as holder, held(holder, REFRESH):
            store_one(dsn)
            line = child.stderr.readline()
            assert "waiting for the refresh lock, held by pid " in line
            assert (
                f"{holder.info.backend_pid} (role postgres, pgstrike obstacle" in line
            )
        wait_for_events(connection, LAST_ROLLUP, "snapshot")


def test_reader_is_ended_while_it_runs(
    dsn: str, connection: psycopg.Connection
) -> None:
    with (
        reader_login(connection) as login,
        running(dsn, PGSTRIKE_READER_SECONDS="1") as child,
        psycopg.connect(login) as reader,
    ):
        assert child.stderr is not None
        reader.execute("SELECT count(*) FROM analytics.event")
        line = child.stderr.readline()
        assert f"ended the session of reader {reader.info.user}" in line
        with pytest.raises(psycopg.OperationalError):
            reader.execute("SELECT pg_sleep(20)")


def test_it_goes_on_after_the_server_was_away(
    dsn: str, connection: psycopg.Connection
) -> None:
    listen(connection)
    with running(dsn) as child:
        assert child.stderr is not None
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name LIKE 'pgstrike scheduler %'"
            " AND datname = current_database()"
        )
        while "refreshing" not in (line := child.stderr.readline()):
            assert "tried again" in line
        store_one(dsn)
        wait_for_events(connection, "chain", LAST_ROLLUP, "snapshot")
