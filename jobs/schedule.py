"""When things are refreshed: `python -m jobs run`.

APScheduler says when, the database says what. Every job has a connection of its own for
each run, so that one that fails, for whatever cause, is logged and tried again at its next
turn, and stops nothing else.
"""

import logging
import signal
import threading
from collections.abc import Callable

import psycopg
from apscheduler.schedulers.background import BackgroundScheduler

from db.connection import connect
from db.errors import PgstrikeError, one_line
from jobs.refresh import (
    REFRESH_LOCK,
    SCHEDULER_LOCK,
    refresh_rollups,
    refresh_snapshot,
    sole_holder,
)
from jobs.settings import JobsSettings

logger = logging.getLogger(__name__)

Job = Callable[[psycopg.Connection], object]
RETRY_SECONDS = 1.0


def run(dsn: str, settings: JobsSettings) -> None:
    """Refresh until a signal ends it."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with (
        connect(dsn, "scheduler") as connection,
        sole_holder(connection, SCHEDULER_LOCK) as alone,
    ):
        if not alone:
            raise PgstrikeError(
                "another `python -m jobs run` refreshes this database; stop it first"
            )
        serve(dsn, settings, connection, stop)


def serve(
    dsn: str,
    settings: JobsSettings,
    guard: psycopg.Connection,
    stop: threading.Event,
) -> None:
    scheduler = make_scheduler(dsn, settings)
    scheduler.start()
    logger.info("refreshing every %s s", settings.snapshot_seconds)
    try:
        # The lock goes with its connection: without it another one may have begun.
        while not stop.wait(RETRY_SECONDS):
            guard.execute("SELECT 1")
    finally:
        scheduler.shutdown(wait=True)


def make_scheduler(dsn: str, settings: JobsSettings) -> BackgroundScheduler:
    """The jobs and their intervals; a job that is late runs once, not many times."""
    scheduler = BackgroundScheduler(
        timezone="UTC",
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    jobs: list[tuple[str, Job, float]] = [
        ("rollups", refresh_rollups, settings.rollup_seconds),
        ("snapshot", refresh_snapshot, settings.snapshot_seconds),
    ]
    # They share one worker: both need the one refresh lock, and one processor at most.
    scheduler.add_executor("threadpool", max_workers=1)
    for name, job, seconds in jobs:
        scheduler.add_job(
            attempt, "interval", args=[dsn, name, job], id=name, seconds=seconds
        )
    return scheduler


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
