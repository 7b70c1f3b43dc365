"""The ledger of jobs in the database: which period is claimed, and what became of it."""

import contextlib
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import psycopg

from pgstrike.db.answers import is_true
from pgstrike.db.causes import cause_of
from pgstrike.db.connection import connect
from pgstrike.db.errors import explain
from pgstrike.db.queries import query
from pgstrike.jobs.schedule.job import Job
from pgstrike.jobs.schedule.lease import Lease, LostLeaseError
from pgstrike.jobs.schedule.process import Process

MOST_CHARACTERS = 500  # of an error


def add_jobs(connection: psycopg.Connection, jobs: Iterable[Job]) -> None:
    """Make the jobs known to the database; what was changed there stays."""
    # One by one: an atomic job keeps its row while it works, and no other job may wait for it.
    for job in jobs:
        every = timedelta(seconds=job.seconds)
        row = {"name": job.name, "every": every, "misfire": job.misfire}
        connection.execute(query("add_job"), row)


def is_due(connection: psycopg.Connection, name: str) -> bool:
    """Whether a period of a job is due, or was cut short."""
    return is_true(connection, "run_is_due", [name])


def claim(connection: psycopg.Connection, name: str, process: Process) -> Lease | None:
    """Claim a period for the session of the connection; None where none is due any more."""
    asked = {"job": name, "process": process.name, "host": process.host}
    row = connection.execute(query("claim_run"), asked).fetchone()
    if row is None:
        return None
    key = {"job": name, "period": row[0], "attempt": row[1]}
    about = f"period {row[0]} of {name}"
    return Lease(connection, about, query("hold_run"), key)


def finish(
    lease: Lease,
    state: str,
    seconds: float,
    *,
    row_count: int | None = None,
    code: str | None = None,
    error: str | None = None,
) -> None:
    """End a run; LostLeaseError where another attempt has it."""
    is_alone = (
        lease.connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    )
    values: dict[str, Any] = {
        **lease.key,
        "state": state,
        "duration": timedelta(seconds=seconds),
        "row_count": row_count,
        "code": code,
        "error": error,
        "is_alone": is_alone,
    }
    row = lease.connection.execute(query("finish_run"), values).fetchone()
    if not (row and row[0]):
        raise LostLeaseError(f"{lease.about} was taken over by another attempt")


def fail(lease: Lease, seconds: float, error: BaseException) -> bool:
    """End a run as failed. False where that cannot be said: it is run again."""
    try:
        code, says = described(error)
        finish(lease, "failed", seconds, code=code, error=says)
    except (psycopg.Error, LostLeaseError):
        return False
    return True


def note_failure(dsn: str, name: str, error: BaseException) -> None:
    """Note in the job's row how it failed, for health; where the database takes it."""
    code, says = described(error)
    with contextlib.suppress(psycopg.Error), connect(dsn, "note") as other:
        other.execute(query("note_failure"), {"job": name, "code": code, "error": says})


def described(error: BaseException) -> tuple[str, str]:
    """The code and the text of a failure."""
    cause = cause_of(error)
    code = "failed" if cause is None else cause.code
    return code, explain(error)[:MOST_CHARACTERS]
