"""The kinds of tasks that this `pgstrike run` does.

A kind is a module with a `kind` of its own, and an entry here. Those that need a folder are
offered where it is set.
"""

import psycopg

from pgstrike.jobs.settings import JobsSettings
from pgstrike.jobs.tasks import (
    backfill,
    backfill_features,
    export_range,
    ingest_file,
    judge_calendar,
    rebuild_rollup,
    recompute,
    replace_rollups,
    replay_alert,
    restore_sessions,
    run_analysis,
    train_model,
)
from pgstrike.jobs.tasks.kind import Kind


def kinds_of(connection: psycopg.Connection, settings: JobsSettings) -> dict[str, Kind]:
    """By name."""
    found = [
        recompute.KIND,
        rebuild_rollup.kind(connection),
        judge_calendar.KIND,
        replace_rollups.KIND,
        run_analysis.kind(),
        replay_alert.KIND,
        backfill.KIND,
        backfill_features.KIND,
        train_model.KIND,
    ]
    if settings.ingest_dir is not None:
        found.append(ingest_file.KIND)
    if settings.export_dir is not None:
        found.append(export_range.kind(connection))
    if settings.archive_dir is not None:
        found.append(restore_sessions.KIND)
    return {kind.name: kind for kind in found}
