"""The jobs of `pgstrike run`, their intervals, and what each needs."""

from functools import partial
from pathlib import Path

import psycopg

from pgstrike.db.answers import number
from pgstrike.db.lock import REFRESH, SNAPSHOT
from pgstrike.db.queries import query
from pgstrike.jobs.alerts.delivering import deliver
from pgstrike.jobs.alerts.looking import look_at_alerts
from pgstrike.jobs.ingest.rederive import judge_again
from pgstrike.jobs.predict.features import log_due
from pgstrike.jobs.predict.predicting import settle_predictions
from pgstrike.jobs.refresh.refresh import refresh_due, refresh_snapshot
from pgstrike.jobs.refresh.upkeep import keep_small
from pgstrike.jobs.schedule.job import Job
from pgstrike.jobs.settings import JobsSettings
from pgstrike.jobs.storage.columnstore import compress_cold
from pgstrike.jobs.storage.retention import keep_newest, open_for_correction
from pgstrike.jobs.watch.notify_queue import WATCH_SECONDS as QUEUE_SECONDS
from pgstrike.jobs.watch.notify_queue import watch_queue
from pgstrike.jobs.watch.watchdog import Watchdog

PRUNE_SECONDS = 60.0
COMPRESS_SECONDS = 60.0
ALERT_SECONDS = 1.0
FEATURE_SECONDS = 1.0  # a minute of a day that is replayed at 60 times its speed
OUTCOME_SECONDS = 5.0
# A refresh leaves a dead row of pg_statistic for each column of the snapshot.
UPKEEP_SECONDS = 30.0
WATCH_SECONDS = 10.0
RETENTION_SECONDS = 600.0


def make_jobs(dsn: str, settings: JobsSettings, watchdog: Watchdog) -> list[Job]:
    """All jobs. One that may take long delays no other: each has a thread of its own."""
    return [
        Job("rollups", refresh_due, settings.rollup_seconds, lock=REFRESH),
        Job("pruning", prune, PRUNE_SECONDS),
        Job("sessions", prune_sessions, PRUNE_SECONDS, is_atomic=True),
        Job("alerts", look_at_alerts, ALERT_SECONDS),
        Job("sinks", partial(deliver, settings.sinks), ALERT_SECONDS),
        Job("features", log_due, FEATURE_SECONDS),
        Job("outcomes", settle_predictions, OUTCOME_SECONDS, is_atomic=True),
        Job("feeds", watch_feeds, WATCH_SECONDS, is_atomic=True),
        Job(
            "calendar",
            partial(judge_calendar, dsn, settings.archive_dir),
            WATCH_SECONDS,
        ),
        Job(
            "columnstore",
            partial(compress_cold, sessions=settings.compress_sessions),
            COMPRESS_SECONDS,
        ),
        Job(
            "retention",
            partial(keep_newest, settings.archive_dir, settings.keep_raw_sessions),
            RETENTION_SECONDS,
        ),
        *local_jobs(settings, watchdog),
    ]


def make_edge_jobs(settings: JobsSettings, watchdog: Watchdog) -> list[Job]:
    """Those of an edge: all else its primary does, and sends."""
    return [
        Job("pruning", prune_runs, PRUNE_SECONDS),
        *local_jobs(settings, watchdog),
    ]


def local_jobs(settings: JobsSettings, watchdog: Watchdog) -> list[Job]:
    """Those that every database needs of its own."""
    return [
        Job(
            "snapshot",
            partial(refresh_snapshot, can_wait=True),
            settings.snapshot_seconds,
            lock=SNAPSHOT,
        ),
        Job("upkeep", keep_small, UPKEEP_SECONDS, lock=SNAPSHOT),
        Job("notify_queue", watch_queue, QUEUE_SECONDS),
        Job(
            "watchdog",
            lambda _: watchdog.look(),
            WATCH_SECONDS,
            kept=watchdog.opened,
        ),
    ]


def prune_runs(connection: psycopg.Connection) -> int:
    return number(connection, "prune_runs")


def prune(connection: psycopg.Connection) -> int:
    """Drop old rejects, changes, runs and events. Returns how many runs and events."""
    connection.execute(query("prune_rejects"))
    connection.execute(query("prune_changes"))
    return prune_runs(connection) + prune_events(connection)


def prune_events(connection: psycopg.Connection) -> int:
    """Drop the events that no reader need resume from. Returns how many."""
    total = 0
    while pruned := number(connection, "prune_events"):
        total += pruned
    return total


def prune_sessions(connection: psycopg.Connection) -> int:
    return connection.execute(query("prune_sessions")).rowcount


def watch_feeds(connection: psycopg.Connection) -> int:
    return number(connection, "watch_feeds")


def judge_calendar(
    dsn: str, archive_dir: Path | None, connection: psycopg.Connection
) -> int:
    """Judge the sessions again whose calendar changed, as long as our session lasts."""

    def go_on(*_: object) -> None:
        connection.execute("SELECT 1")

    open_for_correction(connection, archive_dir)
    return judge_again(dsn, go_on)
