"""Refreshing what is derived from quotes: rollups window by window, then the snapshot.

The database says what is due (ops.stale_window, ops.refresh_is_due), so any process can
refresh at any time, and a refresh that dies half-way is repeated.
"""

from contextlib import closing
from datetime import datetime
from typing import NamedTuple

import psycopg
from psycopg import IsolationLevel
from psycopg.rows import class_row

from pgstrike.db.answers import is_true
from pgstrike.db.connection import beside, connect
from pgstrike.db.install.engine import installed_engine
from pgstrike.db.lock import REFRESH, SNAPSHOT, held
from pgstrike.db.queries import query
from pgstrike.jobs.progress import ProgressBar, Shown, nothing


class Window(NamedTuple):
    """A stale window of a rollup; to_time is not included (see ops.stale_window)."""

    rollup: str
    symbol: str
    from_time: datetime
    to_time: datetime
    ids: list[int]


def refresh_rollups(
    connection: psycopg.Connection, *, only_due: bool = False, shown: Shown = nothing
) -> int:
    """Refresh the stale windows, the finer rollups first. Returns how many there were.

    Coarse rollups are due only now and then (job.rollup.pause). The connection is in
    autocommit: TimescaleDB refreshes in no transaction.
    """
    engine = installed_engine(connection)
    done = 0
    rollups = connection.execute(query("rollups")).fetchall()
    for place, (rollup, is_computed) in enumerate(rollups, 1):
        doing = f"refreshing {rollup} ({place} of {len(rollups)})"
        is_table = is_computed or engine == "postgres"
        windows = stale_windows(connection, rollup, only_due=only_due)
        if windows and not is_table:
            shown(doing, 0, 0)
            # One call for all: TimescaleDB itself knows which buckets in it changed.
            refresh_aggregate(connection, rollup, windows)
        for number, window in enumerate(windows):
            shown(doing, number, len(windows))
            finish_window(connection, window, refresh=is_table)
        done += len(windows)
    return done


def stale_windows(
    connection: psycopg.Connection, rollup: str, *, only_due: bool = False
) -> list[Window]:
    with connection.cursor(row_factory=class_row(Window)) as cursor:
        return cursor.execute(query("stale_windows"), [rollup, only_due]).fetchall()


def refresh_aggregate(
    connection: psycopg.Connection, rollup: str, windows: list[Window]
) -> None:
    first = min(window.from_time for window in windows)
    last = max(window.to_time for window in windows)
    connection.execute(query("refresh_aggregate"), (rollup, first, last))


def finish_window(
    connection: psycopg.Connection, window: Window, *, refresh: bool
) -> None:
    span = (window.rollup, window.symbol, window.from_time, window.to_time)
    with connection.transaction():
        if refresh:
            connection.execute(query("refresh_window"), span)
        connection.execute(query("finish_window"), (*span, window.ids))


def refresh_snapshot(connection: psycopg.Connection, *, can_wait: bool = False) -> bool:
    """Refresh fo.latest_snapshot where anything changed, and announce it.

    Where it can wait, it is left to the next turn as long as the last refresh left more than
    it should. Returns whether it was refreshed. The connection is in autocommit.
    """
    due = is_true(connection, "refresh_is_due")
    if due:
        # Here and not afterwards: by now most who could see the rows it frees have ended.
        connection.execute(query("vacuum_snapshot"))
        due = not (can_wait and is_true(connection, "refresh_can_wait"))
    if due:
        connection.execute(query("analyze_new_bars"))
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        try:
            with connection.transaction():
                connection.execute(query("number_snapshot"))
                connection.execute(query("refresh_snapshot"))
        finally:
            connection.isolation_level = None
    # Also where it was not due: the last one may have died unannounced.
    connection.execute(query("announce_snapshot"))
    return due


def refresh_all(connection: psycopg.Connection, shown: Shown = nothing) -> None:
    """Bring rollups and snapshot up to date; wait for another process that does."""
    with beside(connection, "refresh lock") as holder:
        with held(holder, REFRESH):
            while refresh_rollups(connection, shown=shown):
                pass  # until no rollup has made another one stale
        shown("refreshing the snapshot", 0, 0)
        with held(holder, SNAPSHOT):
            refresh_snapshot(connection)


def refresh_unless_scheduled(connection: psycopg.Connection) -> None:
    """The same, but left to `pgstrike run` where it is there."""
    if is_true(connection, "is_scheduled"):
        return
    refresh_all(connection)


def refresh_now(dsn: str) -> None:
    """Bring everything up to date, once."""
    with connect(dsn, "refresh") as connection, closing(ProgressBar()) as bar:
        refresh_all(connection, bar.show)
