"""`pgstrike jobs`: what a user sees of the jobs and changes in them."""

from collections.abc import Iterator

import psycopg
import pytest

from pgstrike.jobs.schedule.control import shown
from tests.support.cli import jobs, refused
from tests.support.quote_market import value
from tests.support.scheduled import make_tables, processes, wait_for

pytestmark = pytest.mark.one_engine


@pytest.fixture
def running(dsn: str, connection: psycopg.Connection) -> Iterator[None]:
    """A scheduler of the jobs first, second and steps."""
    make_tables(connection)
    with processes(dsn, 1):
        yield


def said(dsn: str, *arguments: str) -> str:
    done = jobs(dsn, "jobs", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_changes_count_while_it_runs(
    dsn: str, connection: psycopg.Connection, running: None
) -> None:
    done = "SELECT count(*) FROM job.run WHERE job = 'first' AND state = 'done'"
    assert said(dsn, "set", "first", "--every", "1h") == "first runs every 1 h\n"
    rests = (
        "SELECT bool_and(state <> 'running') AND NOT ops.run_is_due('first')"
        " FROM job.run WHERE job = 'first'"
    )
    wait_for(lambda: value(connection, rests))
    assert said(dsn, "pause", "first") == "first is paused\n"
    wait_for(lambda: value(connection, rests))  # an hour may have just begun
    before = value(connection, done)
    assert said(dsn, "run-now", "first") == "first runs now\n"
    wait_for(lambda: value(connection, done) == before + 1)
    assert said(dsn, "resume", "first") == "first is on\n"
    assert said(dsn, "set", "first", "--every", "100ms") == "first runs every 100 ms\n"
    wait_for(lambda: value(connection, done) > before + 2)


def test_list_and_history_show_what_became_of_runs(
    dsn: str, connection: psycopg.Connection, running: None
) -> None:
    connection.execute("ALTER TABLE effect ADD CHECK (job <> 'second') NOT VALID")
    connection.execute("UPDATE job.job SET is_on = FALSE WHERE name = 'steps'")
    failed = "SELECT FROM job.run WHERE state = 'failed'"
    wait_for(lambda: connection.execute(failed).rowcount)
    first, second, steps = said(dsn, "list").splitlines()
    assert first.startswith("first          every 500 ms  on     ")
    assert "violates check constraint" in second
    assert "paused" in steps
    heading, newest, *_ = said(dsn, "history", "second", "--count", "5").splitlines()
    assert heading.split() == [
        *("job", "period", "planned", "(UTC)", "late", "took", "rows"),
        *("what", "became", "of", "it"),
    ]
    assert newest.startswith("second ")
    assert ", on " in newest
    assert len(said(dsn, "history", "--count", "2").splitlines()) == 3


def test_wrong_names_and_intervals_are_refused_in_one_line(
    dsn: str, connection: psycopg.Connection
) -> None:
    assert "start `pgstrike run`" in refused(jobs(dsn, "jobs", "pause", "rollups"))
    connection.execute(
        "INSERT INTO job.job (name, every, default_every) VALUES ('rollups', '1s', '1s')"
    )
    for arguments in (["pause", "rolups"], ["history", "rolups"]):
        assert "give one of: rollups" in refused(jobs(dsn, "jobs", *arguments))
    assert said(dsn, "run-now", "rollups").endswith("once `pgstrike run` is started\n")
    for text in ("5", "0s", "1 year", "1e3s", "400d", "1000000h", "-1s"):
        done = jobs(dsn, "jobs", "set", "rollups", f"--every={text}")
        assert done.returncode == 2
        assert "give 5s, 500ms, 2min, 1h or 1d, from 50ms to 30d;" in done.stderr


def test_times_are_shown_in_their_unit() -> None:
    from datetime import timedelta

    assert [
        shown(timedelta(seconds=seconds)) for seconds in (0.0123, 1, 59.94, 90, 7200)
    ] == ["12.3 ms", "1 s", "59.9 s", "1.5 min", "2 h"]
