"""The workers: a task goes on where a killed one stopped, and a cancelled one ends at once."""

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import psycopg
import pytest

from pgstrike.db.errors import PgstrikeError
from pgstrike.jobs.settings import JobsSettings
from pgstrike.jobs.tasks.kind import Kind, Result
from pgstrike.jobs.tasks.pool import working
from pgstrike.jobs.tasks.work import Work
from tests.support.live_market import open_store, quote
from tests.support.quote_market import LATER, events, value
from tests.support.scheduled import wait_for as until
from tests.support.tasks import (
    HELD,
    LISTENING,
    WATCH,
    ask,
    finished,
    running,
    settings,
    task,
    wait_for,
    wait_for_kinds,
    wait_with,
    waits_for_test,
)

DAYS = 10
SPAN = {"from_": "2025-08-29T00:00:00Z", "to": "2025-09-20T00:00:00Z"}
Body = Callable[[Work], Result]


@pytest.fixture
def history(connection: psycopg.Connection) -> psycopg.Connection:
    """Days of quotes, a snapshot each, and a trigger that watches tasks."""
    store = open_store(connection)
    for day in range(DAYS):
        quote(store, 60 + 24 * 60 * day, expiries=(LATER,))
    connection.execute(WATCH.encode())
    return connection


def kinds_with(**bodies: Body) -> Mapping[str, Kind]:
    return {name: Kind(name, "", {}, (), body) for name, body in bodies.items()}


@contextmanager
def workers(dsn: str, most: int = 2, **bodies: Body) -> Iterator[None]:
    def find(_: psycopg.Connection, __: JobsSettings) -> Mapping[str, Kind]:
        return kinds_with(**bodies)

    with working(dsn, settings(PGSTRIKE_MAX_TASKS=str(most)), find):
        yield


def test_kinds_are_there_all_at_once(
    connection: psycopg.Connection, dsn: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A client that sees one kind can ask for each; processes may start together."""
    known = "SELECT count(*) FROM job.task_kind"
    note = "SELECT ops.note_kind('second', '', '{}', false)"
    waiting = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    names = ("third", "second", "first")
    one, other = (dict.fromkeys(each, refuse_all) for each in (names, names[::-1]))
    with psycopg.connect(dsn) as holder:
        holder.execute(note)
        with workers(dsn, **one), workers(dsn, **other):
            until(lambda: value(connection, waiting) == 2)
            assert value(connection, known) == 0
            holder.rollback()
            wait_for_kinds(connection)
            assert value(connection, known) == 3
            until(lambda: value(connection, LISTENING) == 2)
    assert "tried again" not in caplog.text


def refuse_all(_: Work) -> Result:
    raise PgstrikeError("not here; ask elsewhere")


def killed_half_way(
    history: psycopg.Connection, dsn: str, tmp_path: Path, number: signal.Signals
) -> float:
    """End a task's first worker at its fifth chunk. Returns seconds until another has it."""
    history.execute(HELD)
    with running(dsn, tmp_path / "first.log") as first:
        wait_for_kinds(history)
        id = ask(history, "recompute", symbol="NIFTY", **SPAN)
        wait_with(first, tmp_path / "first.log", lambda: waits_for_test(history))
        assert task(history, id)["attempt"] == 1
        assert task(history, id)["progress"] == pytest.approx(0.4)
        with running(dsn, tmp_path / "second.log") as second:
            wait_with(
                second, tmp_path / "second.log", lambda: value(history, LISTENING) >= 2
            )
            os.kill(first.pid, number)
            began = monotonic()
            until(lambda: task(history, id)["attempt"] > 1, 60)
            took = monotonic() - began
            history.execute("SELECT pg_advisory_unlock_all()")
            result = finished(history, id)
            os.kill(first.pid, signal.SIGCONT)
    assert result["days"] == DAYS
    check_steps(history)
    return took


def check_steps(connection: psycopg.Connection) -> None:
    """Each chunk was committed once: four by the first attempt, the others by the second."""
    steps = connection.execute(
        "SELECT attempt, checkpoint ->> 'day' FROM step ORDER BY progress"
    ).fetchall()
    assert [attempt for attempt, _ in steps] == [1] * 4 + [2] * 6
    assert len({day for _, day in steps}) == DAYS


def test_killed_task_goes_on_where_it_was(
    history: psycopg.Connection,
    dsn: str,
    tmp_path: Path,
    measured: Callable[[str], None],
) -> None:
    took = killed_half_way(history, dsn, tmp_path, signal.SIGKILL)
    measured(f"task: another worker has it {took:.2f} s after kill -9 (goal: 2 s)")
    assert took < 5 * 2


@pytest.mark.long
@pytest.mark.one_engine
def test_stopped_task_goes_on_elsewhere(
    history: psycopg.Connection,
    dsn: str,
    tmp_path: Path,
    measured: Callable[[str], None],
) -> None:
    took = killed_half_way(history, dsn, tmp_path, signal.SIGSTOP)
    measured(f"task: another worker has it {took:.2f} s after SIGSTOP (goal: 11 s)")
    assert took < 5 * 11


def test_cancel_ends_a_long_statement(
    connection: psycopg.Connection, dsn: str, measured: Callable[[str], None]
) -> None:
    def wait(work: Work) -> Result:
        with work.chunk(1, 2, "half", {"half": True}):
            pass
        with work.chunk(2, 2, "all", {}):
            work.connection.execute("SELECT pg_sleep(600)")
        return {}

    with workers(dsn, wait=wait):
        wait_for_kinds(connection)
        id = ask(connection, "wait")
        until(lambda: task(connection, id)["progress"] > 0)
        began = monotonic()
        connection.execute("SELECT ops.cancel_task(%s)", [id])
        gone = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s"
        until(lambda: not value(connection, gone, task(connection, id)["holder"]), 30)
        took = monotonic() - began
    measured(f"task: a cancelled statement ended after {took:.2f} s (goal: 1 s)")
    assert took < 5 * 1
    row = task(connection, id)
    assert (row["state"], row["progress"], row["error"]) == ("cancelled", 0.5, None)


@pytest.mark.one_engine
def test_bounded_number_runs_at_once(connection: psycopg.Connection, dsn: str) -> None:
    connection.execute(HELD)

    def wait(work: Work) -> Result:
        work.connection.execute("SELECT pg_advisory_lock_shared(1)")
        return {"by": work.id}

    with workers(dsn, most=2, wait=wait):
        wait_for_kinds(connection)
        ids = [ask(connection, "wait") for _ in range(4)]
        for id in ids[:2]:
            wait_for(connection, id, "running")
        # It is looked at again when the next one is asked for.
        assert [task(connection, id)["state"] for id in ids[2:]] == ["pending"] * 2
        connection.execute("SELECT pg_advisory_unlock(1)")
        assert [finished(connection, id)["by"] for id in ids] == ids


@pytest.mark.one_engine
def test_failure_is_told_and_stops_nothing_else(
    connection: psycopg.Connection, dsn: str, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(work: Work) -> Result:
        raise PgstrikeError("no such thing; send another")

    def crash(work: Work) -> Result:
        raise ZeroDivisionError

    def work_well(work: Work) -> Result:
        return {"is": "well"}

    bodies = {"refuse": refuse, "crash": crash, "well": work_well}
    with workers(dsn, most=1, **bodies):
        wait_for_kinds(connection)
        first, second, third = (ask(connection, name) for name in bodies)
        assert finished(connection, third) == {"is": "well"}
    assert task(connection, first)["error"] == "no such thing; send another"
    assert "a bug" in task(connection, second)["error"]
    assert "ZeroDivisionError" in caplog.text
    told = [(event["task"], event["state"]) for event in events(connection, "task")]
    assert told[-1] == (third, "completed") and (first, "failed") in told


@pytest.mark.one_engine
def test_worker_that_ends_gives_its_task_back(
    connection: psycopg.Connection, dsn: str
) -> None:
    def wait(work: Work) -> Result:
        with work.chunk(1, 2, "half", {"half": True}):
            pass
        if work.attempt == 1:
            work.connection.execute("SELECT pg_sleep(600)")
        return {"went on": work.checkpoint["half"]}

    with workers(dsn, wait=wait):
        wait_for_kinds(connection)
        id = ask(connection, "wait")
        until(lambda: task(connection, id)["progress"] > 0)
    row = task(connection, id)
    assert (row["state"], row["progress"]) == ("pending", 0.5)
    with workers(dsn, wait=wait):
        assert finished(connection, id) == {"went on": True}
