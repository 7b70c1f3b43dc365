"""ops.health: one row per check, with its state, its figure and what to do."""

import io
import json
from datetime import timedelta

import psycopg
import pytest
from rich.console import Console

from pgstrike.cli.status import as_table
from pgstrike.db.connection import connect
from pgstrike.db.health import Check
from pgstrike.db.queries import query
from pgstrike.jobs.schedule.job import Job
from pgstrike.jobs.schedule.ledger import add_jobs
from pgstrike.jobs.schedule.process import Process
from tests.support.cli import jobs
from tests.support.health import checks
from tests.support.live_market import open_store, quote, refresh
from tests.support.quote_market import value

NAMES = [
    "feeds", "sources", "refresh", "rollups", "jobs", "tasks", "features", "models",
    "notify_queue", "edges", "bloat", "transactions", "disk", "calendar", "retention",
]  # fmt: skip

FIRST_WITHOUT_PAUSE = """
    SELECT min(stale.id) FROM job.stale_bucket AS stale
    INNER JOIN job.rollup AS rollup ON stale.rollup = rollup.rollup WHERE rollup.pause = '0'
"""
LAGS_WITHOUT_PAUSE = """
    SELECT count(DISTINCT lag.seconds) FROM ops.rollup_lags() AS lag
    WHERE lag.item IS NOT NULL AND lag.pause_seconds = 0
"""


def fail(connection: psycopg.Connection) -> None:
    """Have the last run of a job find the disk full."""
    add_jobs(connection, [Job("rollups", lambda _: None, 1)])
    note = {"job": "rollups", "code": "disk_full", "error": "no space left"}
    connection.execute(query("note_failure"), note)


def test_all_is_well_in_an_empty_market(connection: psycopg.Connection) -> None:
    found = checks(connection)
    assert [*found] == NAMES
    assert {check.state for check in found.values()} == {"ok"}
    assert all(check.remedy is None for check in found.values())


def test_change_that_waits_warns_and_then_is_bad(
    connection: psycopg.Connection,
) -> None:
    quote(open_store(connection), 0)
    for age, state in ((5, "ok"), (20, "warn"), (40, "bad")):
        aged = [timedelta(seconds=age)]
        connection.execute("UPDATE fo.event SET created_at = now() - %s", aged)
        connection.execute("UPDATE job.stale_bucket SET noted_at = now() - %s", aged)
        found = checks(connection)
        assert (found["refresh"].state, found["rollups"].state) == (state, state)
        assert age <= (found["refresh"].value or 0) < age + 5
    assert "waits for 40 s to be shown: no `pgstrike run`" in found["refresh"].says
    assert found["refresh"].remedy == "start one"
    assert "moneyness_bars_5min" in found["rollups"].says  # each that is late
    refresh(connection)
    assert {check.state for check in checks(connection).values()} == {"ok"}


def test_caller_may_know_better_how_long_something_waits(
    connection: psycopg.Connection,
) -> None:
    """The wall clock was ahead when it began to wait."""
    quote(open_store(connection), 0)
    ahead = "now() + interval '1 day'"
    connection.execute(f"UPDATE fo.event SET created_at = {ahead}".encode())
    connection.execute(f"UPDATE job.stale_bucket SET noted_at = {ahead}".encode())
    found = checks(connection)
    # All have waited equally long: the oldest bucket is named.
    assert found["rollups"].item == value(connection, FIRST_WITHOUT_PAUSE)
    for name in ("refresh", "rollups"):
        item = found[name].item
        assert (found[name].state, found[name].value) == ("ok", 0) and item is not None
        for seen, state in ((item, "bad"), (item + 1, "ok")):
            waited = json.dumps({name: {"item": seen, "seconds": 99}})
            assert checks(connection, waited=waited)[name].state == state


def test_rollups_that_have_waited_equally_long_are_equally_late(
    connection: psycopg.Connection,
) -> None:
    """However many microseconds pass while the function runs."""
    quote(open_store(connection), 0)
    connection.execute("UPDATE job.stale_bucket SET noted_at = now()")
    found = [value(connection, LAGS_WITHOUT_PAUSE) for _ in range(200)]
    assert {*found} == {1}


def test_failed_job_is_bad_while_somebody_could_do_better(
    dsn: str, connection: psycopg.Connection
) -> None:
    fail(connection)
    found = checks(connection)
    assert (found["jobs"].state, found["disk"].state) == ("ok", "bad")
    with connect(dsn, "scheduler") as scheduler:
        Process.of(dsn).beat(scheduler)
        found = checks(connection)
    assert (found["jobs"].state, found["jobs"].value) == ("bad", 1)
    assert "rollups: no space left" in found["jobs"].says


@pytest.mark.parametrize(("free", "state"), [(99, "bad"), (999, "warn"), (1e6, "ok")])
def test_free_space_is_measured_by_the_caller(
    connection: psycopg.Connection, free: float, state: str
) -> None:
    found = checks(connection, free_mb=free)["disk"]
    assert (found.state, found.value) == (state, free)
    assert f"{free:,.0f} MB are free for /" in found.says


def test_old_transaction_is_named_and_a_lock_of_ours_is_not(
    dsn: str, connection: psycopg.Connection
) -> None:
    with psycopg.connect(dsn, application_name="forgotten") as other:
        other.execute("SELECT pg_catalog.pg_current_xact_id()")
        assert 0 < (checks(connection)["transactions"].value or 0) < 600
        other.rollback()
        other.execute("BEGIN")
        assert checks(connection)["transactions"].value == 0


def test_stale_feed_is_told_with_both_its_ages(connection: psycopg.Connection) -> None:
    quote(open_store(connection), 0)
    assert checks(connection)["feeds"].state == "ok"
    connection.execute(
        "UPDATE fo.instrument SET stale_since = moved_at, clock = clock + interval '6 min'"
        " WHERE symbol = 'NIFTY'"
    )
    found = checks(connection)["feeds"]
    assert found.state == "bad" and (found.value or 0) > 300
    assert "NIFTY since 2025-08-29T03:45:00Z (read at 03:51:00Z)" in found.says


def test_calendar_that_a_feed_contradicts_is_told(
    connection: psycopg.Connection,
) -> None:
    quote(open_store(connection), 0)
    connection.execute(
        "INSERT INTO job.calendar_doubt (symbol, session) VALUES ('NIFTY', '2025-08-27')"
    )
    found = checks(connection)["calendar"]
    assert (found.state, found.value) == ("bad", 1)
    assert "NSE 2025-08-27 closed" in found.says and "calendar open" in found.sentence()


def test_counts_are_whole_and_sentences_name_ten(
    connection: psycopg.Connection,
) -> None:
    quote(open_store(connection), 0)
    connection.execute(
        "INSERT INTO job.sealed_session (symbol, session, problem)"
        " SELECT 'NIFTY', date '2025-08-01' + n, 'rows are missing'"
        " FROM generate_series(0, 11) AS n"
    )
    connection.execute(
        "INSERT INTO job.calendar_doubt (symbol, session)"
        " SELECT 'NIFTY', date '2025-08-10' + n FROM generate_series(0, 11) AS n"
    )
    connection.execute(
        "INSERT INTO fo.instrument (symbol, exchange, clock, moved_at, stale_since)"
        " SELECT 'N' || chr(n), 'NSE', now(), now(), now() - (n - 64) * interval '1 hour'"
        " FROM generate_series(65, 76) AS n"
    )
    found = checks(connection)
    assert (found["retention"].value, found["calendar"].value) == (12, 12)
    assert found["retention"].says.count("rows are missing") == 10
    assert "NIFTY 2025-08-01" in found["retention"].says
    assert found["calendar"].says.count("NSE 2025-08-") == 10
    assert "2025-08-21" in found["calendar"].says
    assert found["feeds"].value == pytest.approx(12 * 3600, abs=600)
    assert found["feeds"].says.count("since") == 10


@pytest.mark.one_engine
def test_tasks_that_wait_or_failed_are_told(
    dsn: str, connection: psycopg.Connection
) -> None:
    add = (
        "INSERT INTO job.task (kind, arguments, asked_by, asked_at, state, ended_at)"
        " VALUES ('export', '{}', '*', now() - %s * interval '1 s', %s, now())"
    )
    for age, state in ((60, "ok"), (400, "warn"), (4000, "bad")):
        connection.execute(add, [age, "pending"])
        found = checks(connection)["tasks"]
        assert found.state == state and age <= (found.value or 0) < age + 60
    assert "3 tasks wait" in found.says and "`pgstrike run`" in (found.remedy or "")
    connection.execute("DELETE FROM job.task")
    connection.execute(add, [0, "failed"])
    found = checks(connection)["tasks"]
    assert found.state == "warn" and "1 task failed" in found.says
    assert "pgstrike task list" in (found.remedy or "")


def test_lag_of_each_rollup_is_a_row(connection: psycopg.Connection) -> None:
    quote(open_store(connection), 0)
    rows = connection.execute("SELECT rollup, item, buckets FROM ops.rollup_lags()")
    lags = {rollup: (item, buckets) for rollup, item, buckets in rows}
    [known] = connection.execute("SELECT count(*) FROM job.rollup").fetchall()
    assert len(lags) == known[0]
    assert lags["option_strike_bars_1min"][1] > 0
    refresh(connection)
    rows = connection.execute("SELECT max(buckets), max(item) FROM ops.rollup_lags()")
    assert rows.fetchall() == [(0, None)]


def test_status_shows_the_rows_and_fails_where_one_is_bad(
    dsn: str, connection: psycopg.Connection
) -> None:
    shown = jobs(dsn, "status")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert all(name in shown.stdout for name in NAMES)
    fail(connection)
    shown = jobs(dsn, "status")
    assert shown.returncode == 1
    assert "disk is full: a job could not write; free space" in shown.stdout


def test_status_is_a_table_in_a_terminal() -> None:
    bad = Check("disk", "bad", 99, 256, "MB free", "99 MB are free", "free space", None)
    fine = Check("feeds", "ok", None, 300, "seconds", "no quotes yet", None, None)
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(as_table([bad, fine]))
    lines = [line.split("│")[1:-1] for line in console.export_text().splitlines()]
    cells = [[cell.strip() for cell in line] for line in lines if line]
    assert cells == [
        ["disk", "bad", "99 MB free", "256", "99 MB are free; free space"],
        ["feeds", "ok", "", "300", "no quotes yet"],
    ]
