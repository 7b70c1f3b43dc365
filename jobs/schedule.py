"""When things are refreshed: `python -m jobs run`.

APScheduler says when, the database says what. Every job has a connection of its own for
each run, so that one that fails, for whatever cause, is logged and tried again at its next
turn, and stops nothing else.
"""

import logging
import signal
import threading
from collections.abc import Callable
from functools import partial

import psycopg
from apscheduler.schedulers.background import BackgroundScheduler

from db.connection import connect
from db.errors import PgstrikeError, one_line
from db.queries import query
from db.signals import ending_signals
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
PRUNE_SECONDS = 60.0


def run(dsn: str, settings: JobsSettings) -> None:
    """Refresh until a signal ends it, also after the server has been away."""
    stop = threading.Event()
    for number in ending_signals():
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
        scheduler = make_scheduler(dsn, settings)
        scheduler.start()
        logger.info("refreshing every %s s", settings.snapshot_seconds)
        try:
            while not stop.wait(RETRY_SECONDS):
                guard.execute("SELECT 1")  # with it the lock would be gone
        finally:
            scheduler.shutdown(wait=True)


def make_scheduler(dsn: str, settings: JobsSettings) -> BackgroundScheduler:
    """The jobs and their intervals; a job that is late runs once, not many times."""
    scheduler = BackgroundScheduler(
        timezone="UTC",
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    jobs: list[tuple[str, Job, float]] = [
        ("rollups", partial(refresh_rollups, only_due=True), settings.rollup_seconds),
        ("snapshot", refresh_snapshot, settings.snapshot_seconds),
        ("pruning", prune_events, PRUNE_SECONDS),
    ]
    # They share one worker: both need the one refresh lock, and one processor at most.
    scheduler.add_executor("threadpool", max_workers=1)
    for name, job, seconds in jobs:
        scheduler.add_job(
            attempt, "interval", args=[dsn, name, job], id=name, seconds=seconds
        )
    return scheduler


def prune_events(connection: psycopg.Connection) -> int:
    """Drop the events that no reader need resume from, some at a time. Returns how many."""
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
