"""Tasks in a test: asking, waiting for an end, and a process of `pgstrike run`."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psycopg

from pgstrike.db.paths import ROOT
from pgstrike.jobs.settings import JobsSettings
from pgstrike.jobs.tasks.kinds import kinds_of
from tests.support.quote_market import Row, select, value
from tests.support.scheduled import wait_for as until

PATIENCE = 30  # seconds
LISTENING = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE starts_with(application_name, 'pgstrike tasks')"
    " AND datname = current_database() AND state = 'idle'"
)
HELD = "SELECT pg_advisory_lock(1)"  # the test is the owner
# What each commit of a task leaves; the fifth of the first attempt waits for the test.
WATCH = """
CREATE TABLE public.step (attempt integer, progress float8, checkpoint jsonb);
CREATE FUNCTION public.watch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF new.checkpoint IS DISTINCT FROM old.checkpoint THEN
        INSERT INTO public.step VALUES (new.attempt, new.progress, new.checkpoint);
        IF new.attempt = 1 AND new.progress > 0.45 THEN
            PERFORM pg_advisory_xact_lock(1);
        END IF;
    END IF;
    RETURN new;
END $$;
CREATE TRIGGER watch BEFORE UPDATE ON job.task
FOR EACH ROW EXECUTE FUNCTION public.watch();
"""
ENDED = ("completed", "failed", "cancelled")


def settings(**environ: str) -> JobsSettings:
    """Settings of jobs, as a process with this environment has them."""
    return JobsSettings.from_env(environ)


def note_kinds(connection: psycopg.Connection) -> None:
    """What `pgstrike run` notes at its start; no worker is there."""
    for kind in kinds_of(connection, settings()).values():
        connection.execute(
            "SELECT ops.note_kind(%s, %s, %s, %s)",
            [kind.name, kind.about, json.dumps(kind.schema()), kind.is_for_readers],
        )


def ask(
    connection: psycopg.Connection, kind: str, key: str | None = None, **arguments: Any
) -> int:
    """The id of a new task; `from_` is the argument `from`."""
    named = {name.rstrip("_"): value for name, value in arguments.items()}
    [row] = connection.execute(
        "SELECT ops.ask_task(%s, %s, %s)", [kind, json.dumps(named), key]
    ).fetchall()
    return int(row[0])


def task(connection: psycopg.Connection, id: int) -> Row:
    [row] = select(connection, "SELECT * FROM job.task WHERE id = %s", id)
    return row


def wait_for(connection: psycopg.Connection, id: int, *states: str) -> Row:
    """The task, once it is in one of the states."""
    until(lambda: task(connection, id)["state"] in states, PATIENCE)
    return task(connection, id)


def finished(connection: psycopg.Connection, id: int) -> Row:
    """The result of a task, once it is completed."""
    row = wait_for(connection, id, *ENDED)
    assert row["state"] == "completed", row["error"]
    return dict(row["result"])


@contextmanager
def running(dsn: str, log: Path, **environ: str) -> Iterator["subprocess.Popen[bytes]"]:
    """`pgstrike run`; it is killed at the end."""
    with log.open("wb") as said:
        child = subprocess.Popen(
            [sys.executable, "-m", "pgstrike", "run"],
            cwd=ROOT,
            env={**os.environ, "PGSTRIKE_DSN": dsn, **environ},
            stderr=said,
        )
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def wait_for_kinds(connection: psycopg.Connection) -> None:
    """Return once there are kinds of tasks. A process notes all of its kinds at once."""
    until(lambda: value(connection, "SELECT count(*) FROM job.task_kind") > 0, PATIENCE)


def wait_with(
    child: "subprocess.Popen[bytes]", log: Path, asked: Callable[[], bool]
) -> None:
    """Until the answer is yes; it is an error if the process ends before."""
    ends = monotonic() + PATIENCE
    while not asked():
        assert child.poll() is None, log.read_text()
        assert monotonic() < ends, log.read_text()
        sleep(0.02)


def waits_for_test(connection: psycopg.Connection) -> bool:
    found = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    return bool(value(connection, found))


def spoil(connection: psycopg.Connection) -> None:
    """Change stored bars behind the back of whatever knows what is stale."""
    row = connection.execute("SELECT engine FROM job.installation").fetchone()
    table = "fo.option_strike_bars_1min"
    if row == ("timescaledb",):
        [(table,)] = connection.execute(
            "SELECT format('%I.%I', materialization_hypertable_schema,"
            " materialization_hypertable_name)"
            " FROM timescaledb_information.continuous_aggregates"
            " WHERE view_name = 'option_strike_bars_1min'"
        ).fetchall()
    connection.execute(f"UPDATE {table} SET call_close = -1".encode())
