"""One worker: it claims a task, does it, and notes how it ended."""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

import psycopg
from psycopg.rows import dict_row

from pgstrike.db.answers import is_true
from pgstrike.db.causes import BUSY, cause_of
from pgstrike.db.connection import connect
from pgstrike.db.errors import PgstrikeError, explain
from pgstrike.db.queries import query
from pgstrike.db.task_arguments import check_arguments
from pgstrike.jobs.settings import JobsSettings
from pgstrike.jobs.tasks.kind import Kind
from pgstrike.jobs.tasks.work import TaskTaken, Work, WorkerStops

logger = logging.getLogger(__name__)

A_BUG = "a bug; the log of `pgstrike run` has more"


def work_once(
    dsn: str,
    settings: JobsSettings,
    kinds: Mapping[str, Kind],
    began: Callable[[Work], object],
) -> bool:
    """Claim a task and do it; False where there was none. `began` gets it before it is done."""
    with connect(dsn, "task worker") as connection:
        with connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(query("claim_task"), [list(kinds)]).fetchone()
        if row is None:
            return False
        kind = kinds[row.pop("kind")]
        work = Work(dsn, connection, settings, **row)
        began(work)
        attempt(kind, work)
        return True


def attempt(kind: Kind, work: Work) -> None:
    """Do a task, and note how it ended, unless it is somebody else's by then."""
    label = f"task {work.id} ({kind.name})"
    try:
        check_arguments(kind.schema(), work.arguments)
        result = kind.run(work)
        end(work, "completed", result=result)
    except TaskTaken:
        logger.info("%s was cancelled, or another worker has it", label)
    except WorkerStops:
        end(work, "pending")
    except Exception as error:
        if work.connection.closed:
            logger.warning("%s is left to be done again: %s", label, explain(error))
            return
        is_known = isinstance(error, (psycopg.Error, PgstrikeError))
        cause = explain(error) if is_known else A_BUG
        state = "pending" if can_be_done_again(error) else "failed"
        if end(work, state, error=cause):
            logger.error("%s %s: %s", label, state, cause, exc_info=not is_known)


def can_be_done_again(error: Exception) -> bool:
    """Whether it may succeed yet: a statement met another session, or was cancelled."""
    return isinstance(error, psycopg.errors.QueryCanceled) or cause_of(error) is BUSY


def end(
    work: Work,
    state: str,
    *,
    result: Mapping[str, Any] | None = None,
    error: str | None = None,
) -> bool:
    """End the attempt. False: it was not this worker's any more."""
    ended = [work.id, work.attempt, state, json.dumps(result), error]
    return is_true(work.connection, "end_task", ended)
