"""Tasks in a test: asking, waiting for an end, and a process of `pgstrike run`."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg

from pgstrike.db.paths import ROOT
from pgstrike.jobs.settings import JobsSettings
from tests.support.quote_market import Row, select

PATIENCE = 30  # seconds
ENDED = ("completed", "failed", "cancelled")


def settings(**environ: str) -> JobsSettings:
    """Settings of jobs, as a process with this environment has them."""
    return JobsSettings.from_env(environ)


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
    ends = monotonic() + PATIENCE
    while (row := task(connection, id))["state"] not in states:
        assert monotonic() < ends, row
    return row


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
