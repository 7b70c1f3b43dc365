"""What an operator sees of the jobs, and how they are changed: `pgstrike jobs`.

A change is one row of job.job, which every process reads at its next tick.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

import psycopg
from psycopg.rows import class_row, scalar_row

from pgstrike.db.answers import is_true
from pgstrike.db.errors import PgstrikeError
from pgstrike.db.queries import query

HISTORY = (
    f"{'job':<14}{'period':>8} {'planned (UTC)':<20}{'late':>9}{'took':>10}{'rows':>8}"
)


class JobState(NamedTuple):
    """A job and its newest run."""

    name: str
    every: timedelta
    is_on: bool
    is_asked: bool
    due_at: datetime
    error: str | None
    started_at: datetime | None
    duration: timedelta | None
    state: str | None  # of the run; None: it has not run yet


class Run(NamedTuple):
    """What became of a period."""

    job: str
    period: int
    attempt: int
    state: str
    skipped: int
    planned_at: datetime
    started_at: datetime | None
    duration: timedelta | None
    row_count: int | None
    error: str | None
    host: str | None


def job_lines(connection: psycopg.Connection) -> Iterator[str]:
    """One line for each job."""
    with connection.cursor(row_factory=class_row(JobState)) as cursor:
        for job in cursor.execute(query("list_jobs")):
            yield f"{job.name:<14} every {shown(job.every):<7} {standing(job)}".rstrip()


def standing(job: JobState) -> str:
    """Whether it is on, and what became of its newest run."""
    on = "on    " if job.is_on else "paused"
    asked = ", runs now" if job.is_asked else ""
    if job.started_at is None:
        return f"{on} {job.state or 'never ran'}{asked}"
    took = f", took {shown(job.duration)}" if job.duration is not None else ""
    error = f": {job.error}" if job.error else ""
    return f"{on} {job.state} {job.started_at:%Y-%m-%d %H:%M:%S}{took}{asked}{error}"


def history_lines(
    connection: psycopg.Connection, name: str | None, count: int
) -> Iterator[str]:
    """The newest runs, the newest first, with a line of headings."""
    if name is not None:
        require_job(connection, name)
    yield f"{HISTORY}  what became of it"
    with connection.cursor(row_factory=class_row(Run)) as cursor:
        for run in cursor.execute(query("job_history"), {"name": name, "count": count}):
            yield history_line(run)


def history_line(run: Run) -> str:
    late = None if run.started_at is None else run.started_at - run.planned_at
    rows = "" if run.row_count is None else f"{run.row_count:,}"
    notes = [
        run.state,
        f"attempt {run.attempt}" if run.attempt > 1 else "",
        f"{run.skipped:,} periods before were left out" if run.skipped else "",
        f"on {run.host}",
    ]
    said = ", ".join(filter(None, notes)) + (f": {run.error}" if run.error else "")
    return (
        f"{run.job:<14}{run.period:>8} {run.planned_at:%Y-%m-%d %H:%M:%S} "
        f"{shown(late):>9}{shown(run.duration):>10}{rows:>8}  {said}"
    )


def shown(time: timedelta | None) -> str:
    """A time in the unit that suits it."""
    if time is None:
        return ""
    seconds = time.total_seconds()
    for unit, size in (("h", 3600), ("min", 60), ("s", 1)):
        if abs(seconds) >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1000:.3g} ms"


def change(
    connection: psycopg.Connection,
    name: str,
    *,
    every: timedelta | None = None,
    is_on: bool | None = None,
    is_asked: bool = False,
) -> None:
    """Change a job, or ask for a run of it."""
    wanted = {"name": name, "every": every, "is_on": is_on, "is_asked": is_asked}
    if connection.execute(query("change_job"), wanted).fetchone() is None:
        require_job(connection, name)


def require_job(connection: psycopg.Connection, name: str) -> None:
    """PgstrikeError where no job has the name."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        names = cursor.execute(query("job_names")).fetchall()
    if name in names:
        return
    known = ", ".join(names)
    raise PgstrikeError(
        f"no job is called {name}; give one of: {known}"
        if names
        else f"no job is called {name}; start `pgstrike run`, which makes the jobs known"
    )


def is_scheduled(connection: psycopg.Connection) -> bool:
    """Whether a `pgstrike run` is there that would notice a change."""
    return is_true(connection, "is_scheduled")
