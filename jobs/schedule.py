"""When things are refreshed: `python -m jobs run`.

APScheduler says when, the database says what. Every job has a connection of its own for
each run, so that one that fails, for whatever cause, is logged and tried again at its next
turn, and stops nothing else.
"""

import logging
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from time import monotonic

import psycopg
from apscheduler.schedulers.background import BackgroundScheduler

from db.connection import connect
from db.errors import PgstrikeError, one_line
from db.queries import query
from jobs.refresh import (
    REFRESH_LOCK,
    SCHEDULER_LOCK,
    refresh_rollups,
    refresh_snapshot,
    sole_holder,
)
from jobs.settings import JobsSettings
from jobs.upkeep import keep_small

logger = logging.getLogger(__name__)

Job = Callable[[psycopg.Connection], object]
RETRY_SECONDS = 1.0
PRUNE_SECONDS = 60.0


def run(dsn: str, settings: JobsSettings) -> None:
    """Refresh until a signal ends it, also after the server has been away."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    while not stop.is_set():
        try:
            serve(dsn, settings, stop)
        except psycopg.OperationalError as error:
            logger.error("the database is away and is tried again: %s", one_line(error))
            stop.wait(RETRY_SECONDS)


def serve(dsn: str, settings: JobsSettings, stop: threading.Event) -> None:
    """Refresh until told to stop, or until the connection that holds the lock is lost."""
    with (
        connect(dsn, "scheduler") as guard,
        sole_holder(guard, SCHEDULER_LOCK) as alone,
    ):
        if not alone:
            raise PgstrikeError(
                "another `python -m jobs run` refreshes this database; stop it first"
            )
        scheduler, clock = make_scheduler(dsn, settings), WallClock()
        scheduler.start()
        logger.info("refreshing every %s s", settings.snapshot_seconds)
        try:
            while not stop.wait(RETRY_SECONDS):
                guard.execute("SELECT 1")  # with it the lock would be gone
                if clock.jumped():
                    make_due(scheduler)
        finally:
            scheduler.shutdown(wait=True)


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
    """Run every job now: APScheduler waits until the wall clock is where it was."""
    logger.warning("the wall clock was set; everything is refreshed now")
    for job in scheduler.get_jobs():
        job.modify(next_run_time=wall_time())


def make_scheduler(dsn: str, settings: JobsSettings) -> BackgroundScheduler:
    """The jobs and their intervals; a job that is late runs once, not many times."""
    scheduler = BackgroundScheduler(
        timezone="UTC",
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    jobs: list[tuple[str, Job, float]] = [
        ("rollups", partial(refresh_rollups, only_due=True), settings.rollup_seconds),
        (
            "snapshot",
            partial(refresh_snapshot, can_wait=True),
            settings.snapshot_seconds,
        ),
        ("pruning", prune_events, PRUNE_SECONDS),
        ("upkeep", keep_small, PRUNE_SECONDS),
    ]
    # They share one worker: both need the one refresh lock, and one processor at most.
    scheduler.add_executor("threadpool", max_workers=1)
    for name, job, seconds in jobs:
        scheduler.add_job(
            attempt, "interval", args=[dsn, name, job], id=name, seconds=seconds
        )
    return scheduler


def prune_events(connection: psycopg.Connection) -> int:
    """Drop rejects, and the events that no reader need resume from. Returns how many events."""
    connection.execute(query("prune_rejects"))
    pruned = 0
    while (row := connection.execute(query("prune_events")).fetchone()) and row[0]:
        pruned += row[0]
    return pruned


def attempt(dsn: str, name: str, job: Job) -> None:
    """Run a job once; what goes wrong is logged with its cause."""
    try:
        with (
            connect(dsn, name) as connection,
            sole_holder(connection, REFRESH_LOCK) as mine,
        ):
            if mine:
                job(connection)
    except psycopg.Error as error:
        logger.error("%s failed and is tried again: %s", name, one_line(error))
