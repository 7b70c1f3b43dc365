"""Any number of `pgstrike run`: each period is done once, whichever of them ends or stops."""

import asyncio
import os
import signal
from collections.abc import Callable
from time import monotonic

import psycopg
import pytest

from pgstrike.db.connection import connect
from pgstrike.db.errors import DatabaseError
from pgstrike.db.pooler import refuse_pooler
from pgstrike.jobs.schedule.ledger import add_jobs, claim, finish
from pgstrike.jobs.schedule.process import (
    BEAT_SECONDS,
    LEASE_SECONDS,
    SILENT_SECONDS,
    Beat,
    Process,
    Silence,
)
from tests.support import scheduled
from tests.support.cli import jobs, refused
from tests.support.pgbouncer import PGBOUNCER, pgbouncer
from tests.support.quote_market import value
from tests.support.scheduled import make_tables, processes, runner, shut, wait_for

Measured = Callable[[str], None]
TAKEOVER_SECONDS = 2.0
STOPPED_SECONDS = 2 * LEASE_SECONDS + 1
NOBODY_WAITS = 5  # times the time that the issue names, on a busy machine

DOUBLED = "SELECT count(*) FROM effect GROUP BY job, period HAVING count(*) > 1"
ATTEMPT = "SELECT max(attempt) FROM job.run WHERE job = %s"
PERIOD = "SELECT period FROM job.job WHERE name = %s"


def strike(
    dsn: str, connection: psycopg.Connection, number: signal.Signals, limit: float
) -> tuple[float, int]:
    """Send a signal to the process in mid-period; how soon another has it, and who it was."""
    with shut(dsn, "first"):
        struck = wait_for(lambda: runner(connection, "first"))
        wait_for(lambda: value(connection, "SELECT count(*) FROM job.run"))
        period = value(connection, PERIOD, "first")
        os.kill(struck, number)
        began = monotonic()
        wait_for(lambda: runner(connection, "first") not in (struck, None), limit)
        seconds = monotonic() - began
        assert value(connection, PERIOD, "first") == period
    row = wait_for(
        lambda: connection.execute(
            "SELECT attempt FROM job.run WHERE job = 'first' AND period = %s"
            " AND state = 'done'",
            [period],
        ).fetchone()
    )
    assert row == (2,)
    effects = "SELECT attempt FROM effect WHERE job = 'first' AND period = %s"
    assert connection.execute(effects, [period]).fetchall() == [(2,)]
    return seconds, struck


def test_killed_process_is_replaced_in_mid_run(
    dsn: str, connection: psycopg.Connection, measured: Measured
) -> None:
    make_tables(connection)
    with processes(dsn, 3):
        seconds, _ = strike(
            dsn, connection, signal.SIGKILL, NOBODY_WAITS * TAKEOVER_SECONDS
        )
        assert not connection.execute(DOUBLED).fetchall()
    measured(f"schedule: another went on {seconds:.1f} s after kill -9")


@pytest.mark.long
@pytest.mark.one_engine
def test_stopped_process_loses_its_lease_and_changes_nothing_when_it_wakes(
    dsn: str, connection: psycopg.Connection, measured: Measured
) -> None:
    make_tables(connection)
    with processes(dsn, 2):
        seconds, stopped = strike(
            dsn, connection, signal.SIGSTOP, NOBODY_WAITS * STOPPED_SECONDS
        )
        wait_for(lambda: stopped not in scheduled.alive(connection))
        os.kill(stopped, signal.SIGCONT)
        wait_for(lambda: stopped in scheduled.alive(connection))  # it came back
        assert not connection.execute(DOUBLED).fetchall()
    measured(f"schedule: another went on {seconds:.1f} s after SIGSTOP")


@pytest.mark.one_engine
def test_long_job_delays_no_other(dsn: str, connection: psycopg.Connection) -> None:
    make_tables(connection)
    with processes(dsn, 1), shut(dsn, "first"):
        wait_for(lambda: runner(connection, "first"))
        first = value(connection, PERIOD, "first")
        for name in ("second", "steps"):
            before = value(connection, PERIOD, name)
            wait_for(lambda n=name, b=before: value(connection, PERIOD, n) > b + 2)
        assert value(connection, PERIOD, "first") == first


def test_settings_of_sessions_tell_the_process(dsn: str) -> None:
    """So that all of them can be ended, and none of another process."""
    ours, theirs = Process.of(dsn), Process.of(dsn)
    with (
        connect(ours.dsn, "scheduler") as first,
        connect(ours.dsn, "job lock") as second,
        connect(theirs.dsn, "scheduler") as other,
    ):
        assert [beat.process for beat in ours.beat(first)] == []
        assert [beat.process for beat in theirs.beat(other)] == [ours.name]
        assert value(other, "SELECT ops.end_process(%s)", ours.name) == 2
        for ended in (first, second):
            with pytest.raises(psycopg.OperationalError):
                ended.execute("SELECT 1")
        wait_for(lambda: theirs.beat(other) == [])  # and it is forgotten


def test_process_that_beats_or_was_not_watched_is_not_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr("pgstrike.jobs.schedule.process.monotonic", lambda: now[0])
    silence = Silence()

    def look(beat: int, after: float = BEAT_SECONDS) -> bool:
        now[0] += after
        return bool(silence.stopped([Beat("p", "h", beat)]))

    assert not any(look(beat) for beat in range(30))
    assert not look(29, after=3600)  # we were stopped ourselves
    looks = next(count for count in range(1, 100) if look(29))
    assert SILENT_SECONDS - 3 < looks <= STOPPED_SECONDS
    assert not look(30)


def test_failure_is_the_periods_and_the_next_one_is_run(
    dsn: str, connection: psycopg.Connection
) -> None:
    """And a failing job stops no other."""
    make_tables(connection)
    failed = "SELECT error FROM job.run WHERE job = 'first' AND state = 'failed'"
    with processes(dsn, 1):
        connection.execute("ALTER TABLE effect ADD CHECK (job <> 'first') NOT VALID")
        error = wait_for(lambda: connection.execute(failed).fetchone())
        assert "violates check constraint" in error[0]
        before = value(connection, PERIOD, "second")
        wait_for(lambda: value(connection, PERIOD, "second") > before + 1)
        says = value(connection, "SELECT failures FROM ops.failed_jobs()")
        assert [each.partition(":")[0] for each in says] == ["first"]


@pytest.mark.one_engine
def test_ledger_costs_little(
    dsn: str, connection: psycopg.Connection, measured: Measured
) -> None:
    """A claim and an end: at most 2 ms, on a server that does not wait for its disk."""
    job = scheduled.jobs()[0]._replace(seconds=0.01)
    add_jobs(connection, [job])
    took = []
    for _ in range(100):
        wait_for(lambda: value(connection, "SELECT ops.run_is_due('first')"))
        began = monotonic()
        lease = claim(connection, job.name, Process.of(dsn))
        assert lease is not None
        finish(lease, "done", 0)
        took.append(monotonic() - began)
    quick = sorted(took)[10] * 1000  # the machine may be busy with something else
    measured(f"schedule: the ledger takes {quick:.2f} ms a run")
    assert quick < 5 * 2


@pytest.mark.one_engine
@pytest.mark.skipif(PGBOUNCER is None, reason="there is no pgbouncer on this machine")
@pytest.mark.parametrize("mode", ["transaction", "session"])
async def test_pooler_in_transaction_mode_is_refused(dsn: str, mode: str) -> None:
    async with pgbouncer(dsn, pool_mode=mode, ignored="options") as through:
        if mode == "session":
            await asyncio.to_thread(refuse_pooler, through)
            return
        with pytest.raises(DatabaseError, match="to the address of the server"):
            await asyncio.to_thread(refuse_pooler, through)
        done = await asyncio.to_thread(jobs, through, "run")
    assert "leads to a pooler in transaction mode" in refused(done)
