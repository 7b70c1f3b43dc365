"""When things are refreshed: `pgstrike run`, in any number of processes.

APScheduler ticks each job twice a second. The database says whether a period is due, by its
own clock, and gives it to one process (sql/logic/80_schedule). Each job has a connection of its
own, so that a run that fails is logged, and stops nothing else.
"""

import contextlib
import logging
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from time import monotonic

import psycopg
from apscheduler.schedulers.background import BackgroundScheduler

from pgstrike.db.connection import connect
from pgstrike.db.errors import explain
from pgstrike.db.pooler import refuse_pooler
from pgstrike.db.queries import query
from pgstrike.db.signals import ending_signals
from pgstrike.jobs.live.incoming import taking
from pgstrike.jobs.schedule.job import Job
from pgstrike.jobs.schedule.jobs import make_edge_jobs, make_jobs
from pgstrike.jobs.schedule.ledger import add_jobs
from pgstrike.jobs.schedule.log_lines import store_lines
from pgstrike.jobs.schedule.process import (
    BEAT_SECONDS,
    Process,
    Silence,
    end_stopped,
)
from pgstrike.jobs.schedule.turns import Turns
from pgstrike.jobs.settings import JobsSettings
from pgstrike.jobs.tasks.pool import working
from pgstrike.jobs.watch.watchdog import Watchdog

logger = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
TICK_SECONDS = 0.5


def run(dsn: str, settings: JobsSettings) -> None:
    """Refresh until a signal ends it, also after the server has been away."""
    stop = threading.Event()
    for number in ending_signals():
        signal.signal(number, lambda *_: stop.set())
    refuse_pooler(dsn)
    while not stop.is_set():
        try:
            serve(dsn, settings, stop)
        except psycopg.OperationalError as error:
            logger.error("the database is away and is tried again: %s", explain(error))
            stop.wait(RETRY_SECONDS)


def serve(dsn: str, settings: JobsSettings, stop: threading.Event) -> None:
    """Refresh until stopped, or until the connection that beats is lost."""
    process = Process.of(dsn)
    watchdog = Watchdog(process.dsn, settings.reader_seconds)
    workers: AbstractContextManager[object]
    if is_edge(process.dsn):
        jobs, workers = make_edge_jobs(settings, watchdog), contextlib.nullcontext()
    else:
        jobs = make_jobs(process.dsn, settings, watchdog)
        workers = working_and_taking(process.dsn, settings)
    try:
        watchdog.opened()  # before the server may take no new connection
        work_as(process, jobs, workers, stop)
    finally:
        watchdog.close()


def is_edge(dsn: str) -> bool:
    with connect(dsn, "check") as connection:
        return connection.execute(query("edge_standing")).fetchone() is not None


@contextlib.contextmanager
def working_and_taking(dsn: str, settings: JobsSettings) -> Iterator[None]:
    """Do tasks, store what comes over HTTP, and drive live feeds, as long as the context."""
    with working(dsn, settings), taking(dsn, settings), live_feeds(dsn, settings):
        yield


@contextlib.contextmanager
def live_feeds(dsn: str, settings: JobsSettings) -> Iterator[None]:
    """The feeds that are on."""
    from pgstrike.jobs.live.outside import real_outside
    from pgstrike.jobs.live.pace import Pace
    from pgstrike.jobs.live.runner import feeding

    with feeding(dsn, settings, real_outside(), Pace()):
        yield


def work_as(
    process: Process,
    jobs: list[Job],
    workers: AbstractContextManager[object],
    stop: threading.Event,
) -> None:
    """Tick the jobs and beat until stopped. A process that was stopped by others is ended."""
    with connect(process.dsn, "scheduler") as connection:
        process.beat(connection)  # before anything is claimed
        add_jobs(connection, jobs)
        turns = Turns(process, connection)
        scheduler = make_scheduler(jobs, turns)
        clock, silence = WallClock(), Silence()
        scheduler.start()
        logger.info("refreshing, as process %s", process.name)
        try:
            with workers:
                while not stop.wait(BEAT_SECONDS):
                    end_stopped(connection, silence.stopped(process.beat(connection)))
                    store_lines(connection, process.name)
                    if clock.jumped():
                        make_due(scheduler)
        finally:
            scheduler.shutdown(wait=True)
            turns.sessions.close()


class WallClock:
    """Notices that the wall clock was set, by the monotonic one."""

    def __init__(self) -> None:
        self._ahead = self._measure()

    def jumped(self) -> bool:
        """Whether it was set since this was asked last, by more than a second."""
        before, self._ahead = self._ahead, self._measure()
        return abs(self._ahead - before) > 1

    def _measure(self) -> float:
        return wall_time().timestamp() - monotonic()


def wall_time() -> datetime:
    return datetime.now(UTC)


def make_due(scheduler: BackgroundScheduler) -> None:
    """Tick every job now: APScheduler waits until the wall clock is where it was."""
    logger.warning("the wall clock was set; every job is looked at now")
    for job in scheduler.get_jobs():
        job.modify(next_run_time=wall_time())


def make_scheduler(jobs: Iterable[Job], turns: Turns) -> BackgroundScheduler:
    """The ticks. One that comes during a run of its job is dropped; the database counts on."""
    scheduler = BackgroundScheduler(
        timezone="UTC",
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for job in jobs:
        scheduler.add_executor("threadpool", job.name, max_workers=1)
        scheduler.add_job(
            turns.take,
            "interval",
            args=[job],
            id=job.name,
            executor=job.name,
            seconds=min(TICK_SECONDS, job.seconds),
        )
    return scheduler
