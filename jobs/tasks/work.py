"""A task that a worker does, and its chunks.

A chunk is one transaction: what it changes, and how far the task is, are committed together,
and only while the attempt is still the task's. So a worker that was cancelled, or stopped and
replaced, changes nothing any more, and another one goes on after the last chunk.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg

from pgstrike.db.answers import is_true
from pgstrike.db.connection import connect
from pgstrike.db.errors import PgstrikeError
from pgstrike.jobs.settings import JobsSettings


class TaskTaken(Exception):
    """The task was cancelled, or another worker has taken it over."""


class WorkerStops(Exception):
    """The process of the worker ends; another one is to go on."""


class Work:
    """One attempt at a task; its connection is in autocommit, and does nothing else."""

    def __init__(
        self,
        dsn: str,
        connection: psycopg.Connection,
        settings: JobsSettings,
        *,
        id: int,
        attempt: int,
        arguments: Mapping[str, Any],
        asked_by: str,
        checkpoint: Mapping[str, Any] | None,
    ) -> None:
        self.dsn = dsn
        self.connection = connection
        self.settings = settings
        self.id = id
        self.attempt = attempt
        self.arguments = arguments
        self.asked_by = asked_by
        self.checkpoint = checkpoint or {}
        self.stops = threading.Event()

    @contextmanager
    def chunk(
        self, done: float, total: float, message: str, checkpoint: Mapping[str, Any]
    ) -> Iterator[None]:
        """Changes inside this context are committed together with the progress."""
        self.check()
        with self.connection.transaction():
            yield
            self.note(done, total, message, checkpoint)

    def note(
        self,
        done: float,
        total: float,
        message: str,
        checkpoint: Mapping[str, Any],
        *,
        on: psycopg.Connection | None = None,
    ) -> None:
        """Note the progress, as the last act of the transaction that is open.

        On another connection it is shown before a long transaction ends.
        """
        progress = min(max(done / total, 0.0), 1.0) if total else 0.0
        noted = [self.id, self.attempt, progress, message, json.dumps(checkpoint)]
        if not is_true(on or self.connection, "advance_task", noted):
            raise TaskTaken

    def check(self) -> None:
        if self.stops.is_set():
            raise WorkerStops

    def stop(self) -> None:
        """Have the attempt end soon, from another thread."""
        self.stops.set()
        self.connection.cancel_safe(timeout=5)

    def beside(self) -> psycopg.Connection:
        """Another connection, which is cancelled and ended together with the first."""
        return connect(self.dsn, f"task {self.id}.{self.attempt}")

    def span(self) -> tuple[datetime, datetime]:
        """The arguments `from` and `to`."""
        start, end = (
            datetime.fromisoformat(self.arguments[name]) for name in ("from", "to")
        )
        if start >= end:
            raise PgstrikeError(
                f"from is {start} and to is {end}; send an earlier from"
            )
        return start, end


def no_quotes(symbol: str, start: datetime, end: datetime) -> str:
    """What to say where a time has none."""
    return (
        f"{symbol} has no quotes from {start} to {end}; "
        "see `pgstrike instrument list` for the symbols and their clocks"
    )
