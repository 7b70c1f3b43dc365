"""Ending sessions of readers that hold something too long.

A login may switch off its own timeouts, so those of its role bind only well-meaning readers.
It can hold the server's lock table, a lock that an upgrade waits for, and an old snapshot,
which stops vacuum.
"""

import logging
from typing import NamedTuple

import psycopg
from psycopg import errors
from psycopg.rows import class_row

from pgstrike.db.connection import connect
from pgstrike.db.queries import query

logger = logging.getLogger(__name__)

MOST_ADVISORY = 100  # locks of one session; nothing of ours needs any
MOST_LOCKS = 5000  # a month of partitions with their indexes is a tenth of it


class Login(NamedTuple):
    """The role of a reader's login; `is_seen`: we may see what its sessions do."""

    oid: int
    name: str
    may_log_in: bool
    is_seen: bool


class Fault(NamedTuple):
    """A reader's session that is to be ended, and why."""

    pid: int
    role: int
    application: str
    fault: str


class Watchdog:
    """Ends sessions of readers at each look.

    It keeps its connection and its list of logins: once the lock table is full, the server
    takes no new connection, and reads no role.
    """

    def __init__(self, dsn: str, seconds: float) -> None:
        self.dsn = dsn
        self.limits = {
            "seconds": seconds,
            "most_advisory": MOST_ADVISORY,
            "most_locks": MOST_LOCKS,
        }
        self._connection: psycopg.Connection | None = None
        self._logins: dict[int, Login] = {}
        self._complained: set[str] = set()  # of these roles: that we lack a right

    def look(self) -> None:
        """End the sessions that are due, with a log line for each."""
        connection = self.opened()
        try:
            self._logins = read_logins(connection)
        except errors.OutOfMemory:
            logger.warning("the server's lock table is full")
        for login in self._logins.values():
            if not login.is_seen:
                self._complain(login.name)
        for fault in self._faults(connection):
            self._end(connection, fault)

    def opened(self) -> psycopg.Connection:
        """Its connection, which is opened again where it was lost."""
        if self._connection is None or self._connection.closed:
            self._connection = connect(self.dsn, "watchdog")
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _faults(self, connection: psycopg.Connection) -> list[Fault]:
        ended = [login.oid for login in self._logins.values() if not login.may_log_in]
        values = {"roles": list(self._logins), "ended": ended, **self.limits}
        with connection.cursor(row_factory=class_row(Fault)) as cursor:
            return cursor.execute(query("reader_faults"), values).fetchall()

    def _end(self, connection: psycopg.Connection, found: Fault) -> None:
        name = self._logins[found.role].name
        try:
            connection.execute(query("end_session"), [found.pid, found.role])
        except errors.InsufficientPrivilege:
            self._complain(name)
            return
        logger.warning(
            "ended the session of reader %s (pid %s, %s): %s",
            name,
            found.pid,
            found.application or "no application name",
            found.fault,
        )

    def _complain(self, name: str) -> None:
        if name in self._complained:
            return
        self._complained.add(name)
        assert self._connection is not None
        user = self._connection.info.user
        logger.warning(
            "%s may not see or end what reader %s holds; let an administrator run: "
            "GRANT pg_read_all_stats, pg_signal_backend TO %s",
            user,
            name,
            user,
        )


def read_logins(connection: psycopg.Connection) -> dict[int, Login]:
    with connection.cursor(row_factory=class_row(Login)) as cursor:
        found = cursor.execute(query("reader_logins")).fetchall()
    return {login.oid: login for login in found}
