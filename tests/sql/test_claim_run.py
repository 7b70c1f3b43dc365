"""The ledger of jobs: each period is claimed once, by the database's clock."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

import psycopg
import pytest
from psycopg.rows import class_row

from pgstrike.db.connection import connect
from pgstrike.db.queries import query
from tests.support.quote_market import value

MINUTE = timedelta(minutes=1)


class Run(NamedTuple):
    period: int
    skipped: int
    state: str
    attempt: int


@pytest.fixture
def ledger(dsn: str, connection: psycopg.Connection) -> Iterator["Ledger"]:
    """A job of one minute."""
    with connect(dsn, "other") as other:
        yield Ledger(connection, other)


class Ledger:
    """A job, claimed by sessions at times of the test's choice."""

    def __init__(self, first: psycopg.Connection, second: psycopg.Connection) -> None:
        self.first, self.second = first, second
        row = {"name": "test", "every": MINUTE, "misfire": "once"}
        first.execute(query("add_job"), row)
        self.start: datetime = value(first, "SELECT due_at FROM job.job")

    def claim(
        self, after: float, session: psycopg.Connection | None = None
    ) -> tuple[int, int] | None:
        """The period and the attempt, so many seconds after the first one was due."""
        now = self.start + timedelta(seconds=after)
        row = (
            (session or self.first)
            .execute("SELECT * FROM ops.claim_run('test', 'p', 'h', %s)", [now])
            .fetchone()
        )
        assert row is not None
        return None if row[0] is None else row

    def finish(self, period: int, attempt: int = 1, state: str = "done") -> bool:
        done: bool = value(
            self.first,
            "SELECT ops.finish_run('test', %s, %s, %s, '1 second')",
            period,
            attempt,
            state,
        )
        return done

    def run(self, after: float) -> int | None:
        """Claim and finish; the period."""
        if (claimed := self.claim(after)) is None:
            return None
        assert self.finish(*claimed)
        return claimed[0]

    def set(self, change: str) -> None:
        self.first.execute(f"UPDATE job.job SET {change}".encode())

    def runs(self) -> list[Run]:
        with self.first.cursor(row_factory=class_row(Run)) as cursor:
            return cursor.execute(
                "SELECT period, skipped, state, attempt FROM job.run ORDER BY period"
            ).fetchall()


def test_each_period_is_claimed_once(ledger: Ledger) -> None:
    assert ledger.claim(-1) is None
    assert ledger.claim(0) == (1, 1)
    for session in (ledger.first, ledger.second):
        assert ledger.claim(61, session) is None  # the first one still runs
    assert ledger.finish(1)
    assert not ledger.finish(1)
    assert ledger.claim(59, ledger.second) is None
    assert ledger.claim(60, ledger.second) == (2, 1)
    assert ledger.runs() == [Run(1, 0, "done", 1), Run(2, 0, "running", 1)]


def test_periods_that_passed_are_made_up_by_one_run_and_counted(
    ledger: Ledger,
) -> None:
    """An hour ahead, or an hour without anybody."""
    assert ledger.run(0) == 1
    assert ledger.run(3600) == 61
    assert ledger.run(3659) is None
    assert ledger.run(3660) == 62
    assert [(run.period, run.skipped) for run in ledger.runs()] == [
        (1, 0),
        (61, 59),
        (62, 0),
    ]


def test_periods_that_passed_are_not_made_up_where_that_is_said(ledger: Ledger) -> None:
    ledger.set("misfire = 'skip'")
    assert ledger.run(3600) is None
    assert ledger.run(3660) == 62
    assert ledger.runs() == [Run(61, 60, "skipped", 1), Run(62, 0, "done", 1)]


@pytest.mark.parametrize("back", [30, 3600, 86400])
def test_clock_that_is_set_back_delays_a_run_by_less_than_an_interval(
    ledger: Ledger, back: int
) -> None:
    assert ledger.run(0) == 1
    waited = next(
        seconds for seconds in range(0, 100) if ledger.run(1 - back + seconds)
    )
    assert waited < 60 + 60
    assert ledger.run(1 - back + waited + 60) == 3  # and on from there


def test_period_of_a_session_that_is_gone_is_run_again(
    dsn: str, ledger: Ledger
) -> None:
    with connect(dsn, "killed") as killed:
        assert ledger.claim(0, killed) == (1, 1)
        killed_pid = killed.info.backend_pid
        assert value(ledger.first, "SELECT pg_terminate_backend(%s, 20000)", killed_pid)
    assert ledger.claim(1) == (1, 2)
    assert not ledger.finish(1, attempt=1)
    assert ledger.finish(1, attempt=2)
    assert ledger.run(60) == 2


def test_session_is_told_by_its_start_too(ledger: Ledger) -> None:
    """The pid of a session that is gone may be another's now."""
    assert ledger.claim(0) == (1, 1)
    ledger.first.execute(
        "UPDATE job.run SET backend_start = backend_start - interval '1 hour'"
    )
    assert ledger.claim(1, ledger.second) == (1, 2)


def test_change_of_a_row_counts_at_once(ledger: Ledger) -> None:
    assert ledger.run(0) == 1
    ledger.set("every = '1 second'")
    assert ledger.run(1) == 2
    ledger.set("is_on = FALSE")
    assert ledger.run(500) is None
    ledger.set("is_asked = TRUE")
    assert ledger.run(500) == 3
    assert ledger.run(501) is None
    ledger.set("is_on = TRUE")
    period = ledger.run(502)
    assert period is not None
    assert ledger.runs()[-1] == Run(period, period - 4, "done", 1)


def test_settings_interval_holds_until_it_changes(ledger: Ledger) -> None:
    """What was set in the row outlives a restart, and a new setting wins."""
    ledger.set("every = '7 seconds'")
    for seconds, every in ((60, 7), (5, 5), (5, 5)):
        row = {"name": "test", "every": timedelta(seconds=seconds), "misfire": "once"}
        ledger.first.execute(query("add_job"), row)
        found = value(ledger.first, "SELECT every FROM job.job")
        assert found == timedelta(seconds=every)


def test_history_keeps_the_newest_runs_and_failures_longer(ledger: Ledger) -> None:
    for minute in range(12):
        claimed = ledger.claim(60 * minute)
        assert claimed is not None
        ledger.finish(*claimed, "failed" if minute % 3 == 0 else "done")
    assert value(ledger.first, "SELECT ops.prune_runs(2, 3)") == 7
    assert [run.period for run in ledger.runs()] == [4, 7, 10, 11, 12]


def test_last_failure_is_a_jobs_until_it_is_done(ledger: Ledger) -> None:
    failed = "SELECT to_jsonb(failed) FROM ops.failed_jobs() AS failed"
    for attempt, (code, error) in enumerate([("disk_full", "no space"), (None, None)]):
        assert ledger.claim(60 * attempt)
        state = "failed" if error else "done"
        ledger.first.execute(
            "SELECT ops.finish_run('test', %s, 1, %s, '1 s', NULL, %s, %s)",
            [attempt + 1, state, code, error],
        )
        assert value(ledger.first, failed) == {
            "failures": ["test: no space"] if error else [],
            "is_disk_full": bool(error),
        }
