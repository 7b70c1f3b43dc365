"""Processes of `pgstrike run` whose jobs leave a trace, in a database with gates.

`python -m tests.support.scheduled` is `pgstrike run` with these jobs instead. An atomic job
writes what it does, then passes its gate: a table that a test may lock.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import TypeVar

import psycopg

from pgstrike.cli.reach import log_to_stderr
from pgstrike.db.paths import ROOT
from pgstrike.db.settings import LogSettings
from pgstrike.jobs.schedule import schedule
from pgstrike.jobs.schedule.job import Job
from pgstrike.jobs.settings import JobsSettings

Found = TypeVar("Found")
PATIENCE = 60.0
NAMES = ("first", "second", "steps")
TABLES = """
CREATE TABLE public.effect (job text, period bigint, attempt integer);
CREATE TABLE public.step (job text, period bigint, PRIMARY KEY (job, period));
CREATE TABLE public.first ();
CREATE TABLE public.second ();
CREATE TABLE public.steps ();
"""
EFFECT = """
INSERT INTO public.effect (job, period, attempt)
SELECT job, period, attempt FROM job.run WHERE job = %s AND state = 'running'
"""
STEP = """
INSERT INTO public.step (job, period)
SELECT job, period FROM job.run WHERE job = %s AND state = 'running'
ON CONFLICT DO NOTHING
"""


def leave_trace(name: str) -> Callable[[psycopg.Connection], int]:
    statement = (STEP if name == "steps" else EFFECT).encode()

    def work(connection: psycopg.Connection) -> int:
        done = connection.execute(statement, [name]).rowcount
        with connection.transaction():
            connection.execute("SELECT pg_sleep(0.1)")  # a while in which to be struck
            connection.execute(f"LOCK TABLE public.{name} IN ROW SHARE MODE".encode())
        return done

    return work


def jobs(*_: object) -> list[Job]:
    """Two that are atomic, and one that bears being done again."""
    return [
        Job(name, leave_trace(name), 0.5, is_atomic=name != "steps") for name in NAMES
    ]


def make_tables(connection: psycopg.Connection) -> None:
    connection.execute(TABLES)


@contextmanager
def processes(dsn: str, count: int) -> Iterator[dict[int, "subprocess.Popen[bytes]"]]:
    """So many, by their pid, once each has beaten."""
    started = {child.pid: child for child in [start(dsn) for _ in range(count)]}
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            wait_for(lambda: set(started) <= alive(connection) and knows(connection))
        yield started
    finally:
        for child in started.values():
            child.kill()
            child.wait()


def start(dsn: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.scheduled"],
        cwd=ROOT,
        env={**os.environ, "PGSTRIKE_DSN": dsn},
        stderr=subprocess.DEVNULL,
    )


def alive(connection: psycopg.Connection) -> set[int]:
    """The pids of the processes that the database knows."""
    found = connection.execute("SELECT os_pid FROM job.process").fetchall()
    return {row[0] for row in found}


def knows(connection: psycopg.Connection) -> bool:
    """Whether the jobs are known."""
    return connection.execute("SELECT FROM job.job").rowcount == len(NAMES)


def runner(connection: psycopg.Connection, job: str) -> int | None:
    """The pid of the process that runs the job."""
    row = connection.execute(
        "SELECT process.os_pid FROM job.run AS run"
        " INNER JOIN job.process AS process ON run.process = process.process"
        " WHERE run.job = %s AND run.state = 'running'",
        [job],
    ).fetchone()
    return row[0] if row else None


@contextmanager
def shut(dsn: str, gate: str) -> Iterator[None]:
    """Nobody passes the gate meanwhile."""
    with psycopg.connect(dsn) as connection:
        connection.execute(
            f"LOCK TABLE public.{gate} IN ACCESS EXCLUSIVE MODE".encode()
        )
        yield


def wait_for(asked: Callable[[], Found], seconds: float = PATIENCE) -> Found:
    """The first answer that is true."""
    ends = monotonic() + seconds
    while not (found := asked()):
        assert monotonic() < ends, f"not within {seconds} s"
        sleep(0.02)
    return found


def main() -> None:
    log_to_stderr(LogSettings.from_env({}))
    schedule.make_jobs = jobs
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    schedule.run(os.environ["PGSTRIKE_DSN"], JobsSettings.from_env({}))


if __name__ == "__main__":
    main()
