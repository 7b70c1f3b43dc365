"""When things are refreshed: `pgstrike run`.

APScheduler says when, the database says what. Every job has a connection of its own for
each run, so that one that fails, for whatever cause, is logged and tried again at its next
turn, and stops nothing else.
"""

import contextlib
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from time import monotonic

import psycopg
from apscheduler.schedulers.background import BackgroundScheduler

from pgstrike.db.connection import connect
from pgstrike.db.errors import PgstrikeError, explain
from pgstrike.db.lock import REFRESH, SCHEDULER, held, holders
from pgstrike.db.log_form import JOB
from pgstrike.db.queries import query
from pgstrike.db.signals import ending_signals
from pgstrike.jobs.ingest.rederive import judge_again
from pgstrike.jobs.refresh.refresh import refresh_rollups, refresh_snapshot
from pgstrike.jobs.refresh.upkeep import keep_small
from pgstrike.jobs.settings import JobsSettings
from pgstrike.jobs.watch.last_run import LastRuns
from pgstrike.jobs.watch.notify_queue import WATCH_SECONDS as QUEUE_SECONDS
from pgstrike.jobs.watch.notify_queue import watch_queue
from pgstrike.jobs.watch.watchdog import Watchdog

logger = logging.getLogger(__name__)

Job = Callable[[psycopg.Connection], object]
RETRY_SECONDS = 1.0
PRUNE_SECONDS = 60.0
# A refresh leaves a dead row of pg_statistic for each column of the snapshot.
UPKEEP_SECONDS = 30.0
WATCH_SECONDS = 10.0
LOCK_SECONDS = 10.0  # that a job waits for the refresh lock at its turn


def run(dsn: str, settings: JobsSettings) -> None:
    """Refresh until a signal ends it, also after the server has been away."""
    stop = threading.Event()
    for number in ending_signals():
        signal.signal(number, lambda *_: stop.set())
    is_first = True
    while not stop.is_set():
        try:
            serve(dsn, settings, stop)
        except psycopg.OperationalError as error:
            logger.error("the database is away and is tried again: %s", explain(error))
            stop.wait(RETRY_SECONDS)
        except AnotherSchedulerError as error:
            if is_first:
                raise
            # The server may not have noticed yet that our own session was cut.
            logger.error("%s; tried again", error)
            stop.wait(LOCK_SECONDS)
        is_first = False


class AnotherSchedulerError(PgstrikeError):
    """Somebody else refreshes this database."""


def serve(dsn: str, settings: JobsSettings, stop: threading.Event) -> None:
    """Refresh until stopped, or until the connection that holds the lock is lost."""
    with (
        connect(dsn, "scheduler") as guard,
        held(guard, SCHEDULER, seconds=RETRY_SECONDS) as alone,
    ):
        if not alone:
            raise AnotherSchedulerError(
                "another `pgstrike run` refreshes this database, "
                f"{holders(guard, SCHEDULER)}; stop it first"
            )
        scheduler, clock = make_scheduler(dsn, settings), WallClock()
        watchdog = Watchdog(dsn, settings.reader_seconds)
        add_watchdog(scheduler, watchdog, LastRuns(dsn))
        scheduler.start()
        logger.info("refreshing every %s s", settings.snapshot_seconds)
        try:
            while not stop.wait(RETRY_SECONDS):
                guard.execute("SELECT 1")  # with it the lock would be gone
                if clock.jumped():
                    make_due(scheduler)
        finally:
            scheduler.shutdown(wait=True)
            watchdog.close()


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
        ("sessions", lambda job: job.execute(query("prune_sessions")), PRUNE_SECONDS),
        ("upkeep", keep_small, UPKEEP_SECONDS),
    ]
    # They share one worker: both need the one refresh lock, and one processor at most.
    scheduler.add_executor("threadpool", max_workers=1)
    # What watches must not wait for a refresh that is blocked.
    scheduler.add_executor("threadpool", "watch", max_workers=1)
    runs = LastRuns(dsn)
    for name, job, seconds in jobs:
        scheduler.add_job(
            attempt, "interval", args=[dsn, name, job, runs], id=name, seconds=seconds
        )
    scheduler.add_job(
        watch,
        "interval",
        args=[dsn, "feeds", lambda job: job.execute(query("watch_feeds")), runs],
        id="feeds",
        seconds=WATCH_SECONDS,
        executor="watch",
    )
    # What a corrected calendar judges again may take minutes.
    scheduler.add_executor("threadpool", "calendar", max_workers=1)
    scheduler.add_job(
        watch,
        "interval",
        args=[dsn, "calendar", lambda _: judge_again(dsn), runs],
        id="calendar",
        seconds=WATCH_SECONDS,
        executor="calendar",
    )
    scheduler.add_job(
        watch,
        "interval",
        args=[dsn, "notify queue", watch_queue, runs],
        id="notify queue",
        seconds=QUEUE_SECONDS,
        executor="watch",
    )
    return scheduler


def add_watchdog(
    scheduler: BackgroundScheduler, watchdog: Watchdog, runs: LastRuns
) -> None:
    """On a worker of its own: what it ends may be what the others wait for."""
    scheduler.add_job(
        watch_readers,
        "interval",
        args=[watchdog, runs],
        id="watchdog",
        seconds=WATCH_SECONDS,
        executor="watch",
    )


def watch_readers(watchdog: Watchdog, runs: LastRuns) -> None:
    with noted("watchdog", runs):
        watchdog.look()


def prune_events(connection: psycopg.Connection) -> int:
    """Drop rejects, and the events that no reader need resume from. Returns how many events."""
    connection.execute(query("prune_rejects"))
    pruned = 0
    while (row := connection.execute(query("prune_events")).fetchone()) and row[0]:
        pruned += row[0]
    return pruned


def attempt(dsn: str, name: str, job: Job, runs: LastRuns) -> None:
    """Run a job once, holding the refresh lock."""
    with (
        noted(name, runs),
        connect(dsn, f"{name} lock") as holder,
        held(holder, REFRESH, seconds=LOCK_SECONDS) as mine,
    ):
        if mine:
            with connect(dsn, name) as connection:
                job(connection)
                runs.succeeded(name, connection)


def watch(dsn: str, name: str, job: Job, runs: LastRuns) -> None:
    """Run a job once, also while another process refreshes."""
    with noted(name, runs), connect(dsn, name) as connection:
        job(connection)
        runs.succeeded(name, connection)


@contextlib.contextmanager
def noted(name: str, runs: LastRuns) -> Iterator[None]:
    """Log a failure with its cause, and note it in the database."""
    JOB.set(name)  # the next job of this thread sets its own
    try:
        yield
    except Exception as error:
        is_known = isinstance(error, (psycopg.Error, PgstrikeError))
        cause = explain(error) if is_known else "a bug, see below"
        logger.error("%s failed and is tried again: %s", name, cause)
        runs.failed(name, error)
        if not is_known:
            raise
