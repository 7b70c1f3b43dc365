"""Refreshing what is derived from quotes: rollups window by window, then the snapshot.

The database says what is due (ops.stale_window, ops.refresh_is_due), so any process can
refresh at any time, and a refresh that dies half-way is repeated.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from time import monotonic
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

# Time between two turns of the live windows, while past ones are refreshed.
LIVE_SECONDS = 1.0
PART = timedelta(minutes=15)
MANY_MINUTES = 60  # for fewer, of all symbols, another session costs more than it saves


class Window(NamedTuple):
    """A stale window of a rollup; to_time is not included (see ops.stale_window)."""

    rollup: str
    symbol: str
    from_time: datetime
    to_time: datetime
    ids: list[int]


class Rollup(NamedTuple):
    """A rollup; a table is computed by us, all else by TimescaleDB."""

    name: str
    is_table: bool
    width: timedelta


def refresh_rollups(connection: psycopg.Connection, *, shown: Shown = nothing) -> int:
    """Refresh the stale windows, the finer rollups first. Returns how many there were.

    The connection is in autocommit: TimescaleDB refreshes in no transaction.
    """
    return refresh_these(connection, rollups_of(connection), shown)


def refresh_side_by_side(connection: psycopg.Connection, shown: Shown) -> int:
    """The same, where there is much to do: families of rollups on two connections."""
    rollups = rollups_of(connection)
    if next(stale_of(connection, rollups), None) is None:
        return 0
    waiting = families_of(connection, rollups)
    if minutes_stale(connection, waiting) < MANY_MINUTES:
        return refresh_these(connection, rollups, shown)

    def refresh_from(end: int, own: psycopg.Connection, shown: Shown) -> int:
        done = 0
        while True:
            try:
                family = waiting.pop(end)
            except IndexError:  # the other end took the last one
                return done
            done += refresh_these(own, family, shown)

    with beside(connection, "refresh") as other, ThreadPoolExecutor(1) as pool:
        beside_us = pool.submit(refresh_from, -1, other, nothing)
        try:
            done = refresh_from(0, connection, shown)
        except BaseException:
            waiting.clear()
            other.cancel_safe()  # the thread ends before this error is told
            raise
        shown("refreshing the rest", 0, 0)
        return done + beside_us.result()


def families_of(
    connection: psycopg.Connection, rollups: Sequence[Rollup]
) -> list[list[Rollup]]:
    """The rollups that read each other, the finer ones first. No family reads another."""
    found = connection.execute(query("rollup_sources")).fetchall()
    sources: dict[str, str] = dict(found)
    families: dict[str, list[Rollup]] = {}
    for rollup in rollups:
        finest = rollup.name
        while (source := sources.get(finest, "")) in sources:
            finest = source
        families.setdefault(finest, []).append(rollup)
    return list(families.values())


def minutes_stale(
    connection: psycopg.Connection, families: Sequence[Sequence[Rollup]]
) -> float:
    """How much time the stale windows of the finest rollups cover."""
    spans = (
        window.to_time - window.from_time
        for finest, *_ in families
        for window in stale_windows(connection, finest.name)
    )
    return sum(spans, timedelta()) / timedelta(minutes=1)


def refresh_these(
    connection: psycopg.Connection, rollups: Sequence[Rollup], shown: Shown
) -> int:
    done = 0
    for rollup in stale_of(connection, rollups):
        place = rollups.index(rollup) + 1
        doing = f"refreshing {rollup.name} ({place} of {len(rollups)})"
        windows = stale_windows(connection, rollup.name)
        if windows and not rollup.is_table:
            shown(doing, 0, 0)
            # One call for all: TimescaleDB itself knows which buckets in it changed.
            refresh_aggregate(connection, rollup.name, windows)
        for number, window in enumerate(windows):
            shown(doing, number, len(windows))
            finish_window(connection, window, refresh=rollup.is_table)
        done += len(windows)
    return done


def refresh_due(connection: psycopg.Connection) -> int:
    """Refresh the windows that are due, live ones first. Returns how many there were.

    Past ones are refreshed in parts. Between two parts the live ones have their turn again, so
    no symbol waits for another one whose quotes of a whole day came late. Coarse rollups are
    due only now and then (job.rollup.pause). The connection is in autocommit.
    """
    done, looked = refresh_live(connection), monotonic()
    for rollup in stale_of(connection, rollups_of(connection)):
        for window in stale_windows(
            connection, rollup.name, only_due=True, is_live=False
        ):
            for part in parts_of(window, rollup.width):
                refresh_part(connection, rollup, part)
                if monotonic() - looked > LIVE_SECONDS:
                    done, looked = done + refresh_live(connection), monotonic()
            finish_window(connection, window, refresh=False)
            done += 1
    # Once more: the day's bucket is live, and reads all others.
    return done + refresh_live(connection)


def refresh_live(connection: psycopg.Connection) -> int:
    """Refresh what is due of each symbol's newest half hour. Returns how many windows."""
    done = 0
    for rollup in stale_of(connection, rollups_of(connection)):
        windows = stale_windows(connection, rollup.name, only_due=True, is_live=True)
        if not rollup.is_table:
            for together in touching(windows):
                refresh_aggregate(connection, rollup.name, together)
        for window in windows:
            finish_window(connection, window, refresh=rollup.is_table)
        done += len(windows)
    return done


def rollups_of(connection: psycopg.Connection) -> list[Rollup]:
    """The finer ones first."""
    is_plain = installed_engine(connection) == "postgres"
    return [
        Rollup(name, is_computed or is_plain, width)
        for name, is_computed, width in connection.execute(query("rollups"))
    ]


def stale_of(
    connection: psycopg.Connection, rollups: Sequence[Rollup]
) -> Iterator[Rollup]:
    """Those that are stale, the finer ones first: a refresh makes coarser ones stale."""
    names, place = [rollup.name for rollup in rollups], 0
    while found := connection.execute(query("first_stale"), [names[place:]]).fetchone():
        place = names.index(found[0]) + 1
        yield rollups[place - 1]


def stale_windows(
    connection: psycopg.Connection,
    rollup: str,
    *,
    only_due: bool = False,
    is_live: bool | None = None,
) -> list[Window]:
    wanted = {"rollup": rollup, "only_due": only_due, "is_live": is_live}
    with connection.cursor(row_factory=class_row(Window)) as cursor:
        return cursor.execute(query("stale_windows"), wanted).fetchall()


def parts_of(window: Window, width: timedelta) -> Iterator[Window]:
    """The window in parts that take a moment each, of whole buckets."""
    step, start = max(width, PART), window.from_time
    while start < window.to_time:
        end = min(start + step, window.to_time)
        yield window._replace(from_time=start, to_time=end)
        start = end


def touching(windows: list[Window]) -> list[list[Window]]:
    """Windows of all symbols, those that touch or overlap together."""
    found: list[list[Window]] = []
    reached: datetime | None = None
    for window in sorted(windows, key=lambda window: window.from_time):
        if reached is None or window.from_time > reached:
            found.append([])
            reached = window.to_time
        found[-1].append(window)
        reached = max(reached, window.to_time)
    return found


def refresh_part(
    connection: psycopg.Connection, rollup: Rollup, window: Window
) -> None:
    """Refresh a part of a window, which is announced as a whole later."""
    if not rollup.is_table:
        refresh_aggregate(connection, rollup.name, [window])
        return
    connection.execute(
        query("refresh_window"),
        (rollup.name, window.symbol, window.from_time, window.to_time),
    )


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
            while refresh_side_by_side(connection, shown):
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
