"""The checks of /health: each is good, or names the fault and the remedy."""

import os
from collections.abc import Iterator
from time import monotonic
from typing import NamedTuple

from pgstrike.api.http.database_state import DatabaseState

QUEUE_USAGE = 0.25  # `pgstrike run` ends a stuck listener long before
DISK_FREE_MB = 256
KEYS_SECONDS = 30.0


class Check(NamedTuple):
    """A check's name and its fault; None where all is well."""

    name: str
    says: str | None


class Waits:
    """How long the same thing has waited, by a clock that does not jump.

    The database's own times go by the wall clock: it may have been ahead, or set back since.
    """

    def __init__(self) -> None:
        self._since: dict[str, tuple[int, float]] = {}

    def seconds(self, name: str, item: int | None) -> float:
        """Since the item was first seen to wait under the name; None is nothing."""
        if item is None:
            self._since.pop(name, None)
            return 0
        known, since = self._since.get(name, (None, 0.0))
        if known != item:
            since = monotonic()
            self._since[name] = item, since
        return monotonic() - since


def database_checks(
    state: DatabaseState, waits: Waits, late_seconds: float
) -> Iterator[Check]:
    """Those that need only what the database says."""
    yield Check("refresh", late_snapshot(state, waits, late_seconds))
    yield Check("rollups", late_rollup(state, waits, late_seconds))
    yield Check("jobs", failing_jobs(state))
    yield Check("notify_queue", filling_queue(state))
    yield Check("disk", full_disk(state))
    yield Check("feeds", standing_feeds(state))
    yield Check("calendar", doubted_calendar(state))


def late_snapshot(state: DatabaseState, waits: Waits, late: float) -> str | None:
    is_waiting = state.waiting_seconds is not None
    seen = waits.seconds("snapshot", state.event_id if is_waiting else None)
    seconds = max(state.waiting_seconds or 0, seen)
    if seconds <= late:
        return None
    return f"a change waits for {seconds:.0f} s to be shown; {why_late(state)}"


def late_rollup(state: DatabaseState, waits: Waits, late: float) -> str | None:
    seen = waits.seconds("rollups", state.stale_id) - (state.pause_seconds or 0)
    seconds = max(state.stale_seconds or 0, seen)
    if seconds <= late:
        return None
    return (
        f"{state.stale_rollup} waits for {seconds:.0f} s to be refreshed; "
        f"{why_late(state)}"
    )


def why_late(state: DatabaseState) -> str:
    """The nearest cause that is known, and what to do."""
    if state.blockers:
        return f"{', '.join(state.blockers)} is in the way: end that session"
    if not state.is_scheduled:
        return "no `pgstrike run` is there: start one"
    if state.failures:
        return f"the last run failed: {state.failures[0]}"
    return "`pgstrike run` is there and does not get it done: see its log"


def failing_jobs(state: DatabaseState) -> str | None:
    # Without `pgstrike run` they are old failures, which nobody can make good.
    if not (state.failures and state.is_scheduled):
        return None
    return f"of `pgstrike run` failed {'; '.join(state.failures)}"


def filling_queue(state: DatabaseState) -> str | None:
    if state.queue_usage < QUEUE_USAGE:
        return None
    held = ", ".join(state.queue_holders)
    do = (
        f"end the session that holds it with pg_terminate_backend: {held}"
        if held
        else "GRANT pg_read_all_stats, pg_signal_backend to the database's owner, "
        "or ask the server's administrator to end the session that holds it"
    )
    return (
        f"the server's NOTIFY queue is {state.queue_usage:.0%} full, and when it is full "
        f"nothing can be stored; {do}"
    )


def full_disk(state: DatabaseState) -> str | None:
    if state.is_disk_full:
        return "the server's disk is full: free space on it"
    free = free_mb(state.data_directory)
    if free is None or free >= DISK_FREE_MB:
        return None
    return (
        f"{free:,.0f} MB are free for {state.data_directory}: free space on that disk"
    )


def standing_feeds(state: DatabaseState) -> str | None:
    if not state.stale_feeds:
        return None
    return (
        f"the data of {', '.join(state.stale_feeds)} has not moved for 5 minutes of a "
        "session: look at the feed, or at `pgstrike calendar`"
    )


def doubted_calendar(state: DatabaseState) -> str | None:
    if not state.calendar_doubts:
        return None
    return (
        f"a feed moves while the calendar has {', '.join(state.calendar_doubts)} closed: "
        "say when it was open with `pgstrike calendar open`, or `pgstrike calendar close`"
    )


def free_mb(directory: str | None) -> float | None:
    """Of the disk of a directory; None where it is another machine's, or not ours to see."""
    if directory is None:
        return None
    try:
        disk = os.statvfs(directory)
    except OSError:
        return None
    return disk.f_bavail * disk.f_frsize / 1e6


def stale_keys(age_seconds: float) -> str | None:
    if age_seconds <= KEYS_SECONDS:
        return None
    return (
        f"the keys were read {age_seconds:.0f} s ago, so one that was revoked since is "
        "still in force: see the log of the api for why"
    )
