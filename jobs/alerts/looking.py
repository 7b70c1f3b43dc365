"""The job `alerts`: running the SELECTs that are due, and noting which alerts fire."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from time import monotonic
from typing import NamedTuple

import psycopg
from psycopg.rows import class_row

from pgstrike.db.answers import is_true
from pgstrike.db.connection import beside
from pgstrike.db.queries import query
from pgstrike.jobs.alerts.reading import AlertError, rows_of

KEY_SECONDS = 2.0  # of one turn, for the SELECTs of one key

logger = logging.getLogger(__name__)


class Due(NamedTuple):
    """A row of sql/queries/due_alerts.sql."""

    alert: int
    key: str
    name: str
    set_at: datetime
    statement: str
    symbol: str
    clock: datetime
    event: int


def look_at_alerts(connection: psycopg.Connection) -> int:
    """Run what is due. Returns how many alerts fired.

    An alert that fails is noted with its error, and stops no other. What was cut short is due
    still, since an alert's look is committed together with what it found.
    """
    with connection.cursor(row_factory=class_row(Due)) as cursor:
        due = cursor.execute(query("due_alerts")).fetchall()
    if not due:
        return 0
    # What a reader's SELECT does to its session ends with that.
    with beside(connection, "alert") as reader:
        return sum(look_at(connection, reader, each) for each in in_turns(due))


def in_turns(due: Iterable[Due]) -> Iterator[Due]:
    """Those that are due, in order; a key that has had its time waits for the next turn."""
    spent: defaultdict[str, float] = defaultdict(float)
    for each in due:
        if spent[each.key] < KEY_SECONDS:
            began = monotonic()
            yield each
            spent[each.key] += monotonic() - began


def look_at(
    connection: psycopg.Connection, reader: psycopg.Connection, due: Due
) -> bool:
    rows, error = "[]", None
    try:
        rows = rows_of(
            reader, due.key, due.statement, due.symbol, at=None, clock=due.clock
        )
    except AlertError as failed:
        error = str(failed)
        logger.warning(
            "alert %s of %s failed for %s: %s", due.name, due.key, due.symbol, error
        )
    return fires(connection, due, rows, error)


def fires(
    connection: psycopg.Connection, due: Due, rows: str, error: str | None
) -> bool:
    values = {
        "alert": due.alert,
        "set_at": due.set_at,
        "symbol": due.symbol,
        "event": due.event,
        "at": due.clock,
        "rows": rows,
        "error": error,
    }
    return is_true(connection, "note_alert", values)
