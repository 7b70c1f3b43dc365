"""Keeping Postgres's NOTIFY queue from filling up: when it is full, no commit notifies.

One session that listens and does not read holds the queue of the whole server. A listener of
an api of ours that is stuck is ended; it connects again, and reads what it missed from the log.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from time import monotonic, sleep
from typing import NamedTuple, TypeVar

import psycopg
from psycopg.rows import class_row

from pgstrike.db.causes import QUEUE_FULL, cause_of
from pgstrike.db.errors import PgstrikeError, one_line
from pgstrike.db.queries import query

logger = logging.getLogger(__name__)

Result = TypeVar("Result")
WATCH_SECONDS = 5.0
HIGH_USAGE = 0.1  # of a queue that is 8 GB unless the server says otherwise
QUIET = timedelta(seconds=10)  # of a listener that is stuck
# Nobody can store anything: a listener that cannot send now is ended sooner.
QUIET_WHEN_FULL = timedelta(seconds=1)
FULL_SECONDS = 20.0
PAUSE_SECONDS = 0.5


class QueueError(PgstrikeError):
    """The queue fills up, and who holds it is not ours to end."""


class Holder(NamedTuple):
    """A session that may hold the queue (ops.queue_holder)."""

    pid: int
    role: str
    state: str | None
    quiet_seconds: float | None  # None: the owner may not see it
    is_stuck: bool | None


def watch_queue(connection: psycopg.Connection) -> None:
    """End stuck listeners of ours once the queue is high; QueueError where that is too little.

    The connection is in autocommit.
    """
    if usage(connection) < HIGH_USAGE:
        return
    end_stuck_listeners(connection, QUIET)
    if (still := usage(connection)) >= HIGH_USAGE:
        raise QueueError(
            f"the server's NOTIFY queue is {still:.0%} full; "
            f"{advice(holders(connection, QUIET))}"
        )


class QueueRoom:
    """Makes room in the queue for the notifications of a session.

    The connection is that session's, in autocommit. Postgres warns it from half full on.
    """

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.is_warned = False
        connection.add_notice_handler(self._hear)

    def make(self, act: Callable[[], Result]) -> Result:
        """Do something that notifies; where the queue is full, free it and do it again.

        A failure must undo all of it.
        """
        deadline = monotonic() + FULL_SECONDS
        while True:
            try:
                done = act()
            except psycopg.OperationalError as error:
                if cause_of(error) is not QUEUE_FULL:
                    raise
                free_queue(self.connection, deadline, error)
            else:
                self._heed()
                return done

    def _hear(self, notice: psycopg.errors.Diagnostic) -> None:
        if notice.source_function == "asyncQueueFillWarning":
            # It names the process that holds the queue.
            logger.warning("%s: %s", notice.message_primary, notice.message_detail)
            self.is_warned = True

    def _heed(self) -> None:
        if self.is_warned:
            self.is_warned = False
            try:
                watch_queue(self.connection)
            except QueueError as error:
                logger.error("%s", error)


def free_queue(
    connection: psycopg.Connection, deadline: float, error: psycopg.Error
) -> None:
    """Return once there is room; raise QueueError if there is none by the deadline."""
    while True:
        end_stuck_listeners(connection, QUIET_WHEN_FULL)
        if usage(connection) < 1:
            return
        if monotonic() > deadline:
            raise QueueError(
                f"{QUEUE_FULL.wrong}; {advice(holders(connection, QUIET_WHEN_FULL))}"
            ) from error
        sleep(PAUSE_SECONDS)


def end_stuck_listeners(connection: psycopg.Connection, quiet: timedelta) -> None:
    for holder in holders(connection, quiet):
        if not holder.is_stuck:
            continue
        try:
            connection.execute(query("end_listener"), [holder.pid])
            logger.warning(
                "the listener with pid %s read nothing and was ended, because the NOTIFY"
                " queue fills up; its api reads on from the log",
                holder.pid,
            )
        except psycopg.errors.InsufficientPrivilege as error:
            logger.error(
                "the listener with pid %s is stuck and cannot be ended: %s",
                holder.pid,
                one_line(error),
            )


def usage(connection: psycopg.Connection) -> float:
    row = connection.execute(query("queue_usage")).fetchone()
    assert row is not None
    return float(row[0])


def holders(connection: psycopg.Connection, quiet: timedelta) -> list[Holder]:
    with connection.cursor(row_factory=class_row(Holder)) as cursor:
        return cursor.execute(query("queue_holders"), {"quiet": quiet}).fetchall()


def advice(found: list[Holder]) -> str:
    """What to do about the sessions that may hold the queue."""
    named = ", ".join(
        f"pid {holder.pid} ({holder.role}, {holder.state or 'not to be seen'})"
        for holder in found
    )
    end = f"end the session that holds it with pg_terminate_backend: {named}"
    if found and all(holder.state for holder in found):
        return end
    grant = "GRANT pg_read_all_stats, pg_signal_backend to the role of PGSTRIKE_DSN"
    return (
        f"{end}; or {grant}" if found else f"{grant}, for no session is seen to hold it"
    )
