"""Ending what a reader's login holds too long.

A login may switch off its own timeouts, so those of its role bind only who means well. What
it can still hold is the lock table, a lock that an upgrade waits for, and an old snapshot,
behind which nothing is vacuumed.
"""

import logging
from typing import NamedTuple

import psycopg
from psycopg.rows import class_row

from db.queries import query

logger = logging.getLogger(__name__)

MOST_ADVISORY = 100  # locks of one session; nothing of ours needs any
MOST_LOCKS = 5000  # a month of partitions with their indexes is a tenth of it


class Session(NamedTuple):
    """A reader's session; the fault is None where we may not see what it does."""

    pid: int
    role: str
    application: str
    fault: str | None


class Watchdog:
    """Called with a connection now and then, it ends the sessions that have a fault."""

    def __init__(self, seconds: float) -> None:
        self.limits = {
            "seconds": seconds,
            "most_advisory": MOST_ADVISORY,
            "most_locks": MOST_LOCKS,
        }
        self._complained: set[str] = set()  # of these roles: that we lack a right

    def __call__(self, connection: psycopg.Connection) -> None:
        with connection.cursor(row_factory=class_row(Session)) as cursor:
            found = cursor.execute(query("reader_faults"), self.limits).fetchall()
        for session in found:
            if session.fault is None:
                self._complain(connection, session.role)
            else:
                self._end(connection, session)

    def _end(self, connection: psycopg.Connection, session: Session) -> None:
        try:
            connection.execute(query("end_session"), [session.pid, session.role])
        except psycopg.errors.InsufficientPrivilege:
            self._complain(connection, session.role)
        else:
            logger.warning(
                "ended the session of reader %s (pid %s, %s): %s",
                session.role,
                session.pid,
                session.application or "no application name",
                session.fault,
            )

    def _complain(self, connection: psycopg.Connection, role: str) -> None:
        if role not in self._complained:
            self._complained.add(role)
            logger.warning(
                "%s may not see or end what reader %s holds; let an administrator run: "
                "GRANT pg_read_all_stats, pg_signal_backend TO %s",
                connection.info.user,
                role,
                connection.info.user,
            )
