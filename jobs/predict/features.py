"""The job `features`: a row of fo.feature for each minute of each symbol's market clock."""

import logging
from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import NamedTuple

import psycopg
from psycopg.rows import class_row

from pgstrike.db.errors import explain
from pgstrike.db.queries import query
from pgstrike.jobs.predict.predicting import predict

logger = logging.getLogger(__name__)

SAID_SECONDS = 60.0


class Minute(NamedTuple):
    """A row of sql/queries/minutes_to_log.sql."""

    symbol: str
    at: datetime


class Logged(NamedTuple):
    """A new row of fo.feature."""

    symbol: str
    at: datetime
    id: int


class Faults:
    """Says a fault of a kind once a minute: a job that is tried each second repeats it."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._said: dict[str, float] = {}

    def say(self, minute: Minute, kind: str, text: str) -> None:
        now = self._clock()
        self._said = {
            each: at for each, at in self._said.items() if now - at < SAID_SECONDS
        }
        if kind not in self._said:
            self._said[kind] = now
            logger.error(
                "features of %s at %s failed and are tried again: %s", *minute, text
            )


FAULTS = Faults()


def log_due(connection: psycopg.Connection, faults: Faults = FAULTS) -> int:
    """Log every minute that is due, and predict from it. Returns how many rows are new."""
    count = 0
    while new := log_features(connection, faults):
        count += len(new)
    return count


def log_features(
    connection: psycopg.Connection, faults: Faults = FAULTS
) -> list[Logged]:
    """Log the oldest minute that is due of each symbol, and predict from it; [] where none is.

    A symbol that fails stops no other, and is due still: ops.health says why.
    """
    with connection.cursor(row_factory=class_row(Minute)) as cursor:
        due = cursor.execute(query("minutes_to_log")).fetchall()
    found = []
    for minute in due:
        try:
            with connection.transaction():
                id = log(connection, minute, "logged")
                if id is not None:
                    predict(connection, [id])
        except psycopg.Error as error:
            if connection.closed:
                raise
            text = explain(error)
            faults.say(minute, type(error).__name__, text)
            note(connection, minute, text)
            continue
        if id is not None:
            found.append(Logged(*minute, id))
    return found


def log(connection: psycopg.Connection, minute: Minute, origin: str) -> int | None:
    """The id of the new row; None where the minute has one, or has no features."""
    wanted = {"symbol": minute.symbol, "at": minute.at, "origin": origin}
    row = connection.execute(query("log_features"), wanted).fetchone()
    return None if row is None else row[0]


def note(connection: psycopg.Connection, minute: Minute, error: str) -> None:
    """Keep why a minute of a symbol was not logged, for ops.health."""
    asked = {"symbol": minute.symbol, "at": minute.at, "error": error}
    connection.execute(query("note_feature_failure"), asked)
