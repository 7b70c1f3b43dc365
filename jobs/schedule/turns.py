"""The turns of the jobs in this process: whether one is due, and running it."""

import contextlib
import logging
import re
from collections.abc import Iterator
from time import monotonic

import psycopg

from pgstrike.db.connection import connect
from pgstrike.db.errors import PgstrikeError, explain
from pgstrike.db.lock import held
from pgstrike.db.log_form import JOB
from pgstrike.jobs.schedule.job import Job
from pgstrike.jobs.schedule.lease import Lease, LostLeaseError
from pgstrike.jobs.schedule.ledger import claim, fail, finish, is_due, note_failure
from pgstrike.jobs.schedule.process import Process
from pgstrike.jobs.schedule.sessions import Sessions

logger = logging.getLogger(__name__)

OFTEN_SECONDS = 5.0
LOCK_SECONDS = 10.0  # that a job waits for its lock
JOBS_LOCK = re.compile(r"pgstrike \w+ lock [0-9a-f]{8}\b")
LOCKED = f"another session held its lock for {LOCK_SECONDS:g} s"


class Turns:
    """Runs each job when a period of it is due and no other process has it.

    `asked` is a connection that all jobs share to ask whether they are due.
    """

    def __init__(self, process: Process, asked: psycopg.Connection) -> None:
        self.process = process
        self.asked = asked
        self.sessions = Sessions(process.dsn)

    def take(self, job: Job) -> None:
        """Run a job once if it is due. A failure is logged, and noted in the ledger."""
        try:
            if not is_due(self.asked, job.name):
                return
        except psycopg.Error:
            if self.asked.closed:
                return  # the scheduler notices, and says so once
        with logged(job.name), self._session(job) as connection:
            self._run(job, connection)

    def _run(self, job: Job, connection: psycopg.Connection) -> None:
        try:
            lease = claim(connection, job.name, self.process)
        except psycopg.Error as error:
            note_failure(self.process.dsn, job.name, error)
            if job.kept is not None:
                job.work(connection)
            raise
        if lease is None:
            return
        began = monotonic()
        try:
            self._perform(job, lease, began)
        except Exception as error:
            if not fail(lease, monotonic() - began, error):
                connection.close()  # with it the period is another's to run again
                note_failure(self.process.dsn, job.name, error)
            raise

    def _perform(self, job: Job, lease: Lease, began: float) -> None:
        connection = lease.connection
        if job.is_atomic:
            with connection.transaction():
                lease.require()
                count = rows_of(job.work(connection))
                finish(lease, "done", monotonic() - began, row_count=count)
            return
        with self._lock(job) as mine:
            count = rows_of(job.work(connection)) if mine else None
        seconds = monotonic() - began
        if mine:
            finish(lease, "done", seconds, row_count=count)
        else:
            finish(lease, "skipped", seconds, error=LOCKED)

    @contextlib.contextmanager
    def _lock(self, job: Job) -> Iterator[bool]:
        """Its lock, on a connection of its own; False where that is not free in time."""
        if job.lock is None:
            yield True
            return
        with (
            self._of(job, f"{job.name} lock") as holder,
            held(holder, job.lock, seconds=LOCK_SECONDS, say=say_of_others) as mine,
        ):
            yield mine

    @contextlib.contextmanager
    def _session(self, job: Job) -> Iterator[psycopg.Connection]:
        """A connection for a turn, or the one that the job opens itself."""
        if job.kept is not None:
            yield job.kept()
            return
        with self._of(job, job.name) as connection:
            yield connection

    def _of(
        self, job: Job, name: str
    ) -> contextlib.AbstractContextManager[psycopg.Connection]:
        """A session of a name, which a job that runs often keeps until its next turn."""
        if job.seconds <= OFTEN_SECONDS:
            return self.sessions.of(name)
        return connect(self.process.dsn, name)


@contextlib.contextmanager
def logged(name: str) -> Iterator[None]:
    """Log a failure with its cause; a bug is raised too."""
    JOB.set(name)  # the next job of this thread sets its own
    try:
        yield
    except LostLeaseError as error:
        logger.warning("%s", error)
    except Exception as error:
        is_known = isinstance(error, (psycopg.Error, PgstrikeError))
        cause = explain(error) if is_known else "a bug, see below"
        logger.error("%s failed and is tried again: %s", name, cause)
        if not is_known:
            raise


def say_of_others(line: str) -> None:
    """Log who holds a job's lock, unless it is another job."""
    if not JOBS_LOCK.search(line):
        logger.warning(line)


def rows_of(result: object) -> int | None:
    """How many rows a job says that it dealt with."""
    return int(result) if isinstance(result, int) else None
