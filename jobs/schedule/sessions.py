"""Sessions that jobs keep from turn to turn.

For a new session the server starts a process and plans every function again: most turns cost
less. So jobs that run every few seconds keep their sessions, as long as nothing fails in them.
"""

import contextlib
from collections.abc import Iterator
from time import monotonic
from typing import NamedTuple

import psycopg

from pgstrike.db.connection import connect

LONGEST_SECONDS = 600.0  # then the memory of its plans and caches is freed


class Idle(NamedTuple):
    """A session that no turn uses, and when it was opened."""

    connection: psycopg.Connection
    since: float


class Sessions:
    """The sessions of one process, by name. A name has one user at a time."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self._idle: dict[str, Idle] = {}

    @contextlib.contextmanager
    def of(self, name: str) -> Iterator[psycopg.Connection]:
        """The session of a name. It is kept, unless this fails or leaves a transaction open."""
        connection, since = self._opened(name)
        with contextlib.ExitStack() as stack:
            stack.callback(connection.close)
            yield connection
            state = connection.info.transaction_status
            if state == psycopg.pq.TransactionStatus.IDLE:
                stack.pop_all()
                self._idle[name] = Idle(connection, since)

    def close(self) -> None:
        for name in list(self._idle):
            self._idle.pop(name).connection.close()

    def _opened(self, name: str) -> Idle:
        idle = self._idle.pop(name, None)
        if idle is not None:
            if monotonic() - idle.since < LONGEST_SECONDS and is_there(idle.connection):
                return idle
            idle.connection.close()
        return Idle(connect(self.dsn, name), monotonic())


def is_there(connection: psycopg.Connection) -> bool:
    """Whether the server still has the session."""
    try:
        connection.execute("SELECT")
    except psycopg.Error:
        return False
    return True
