"""Sessions that jobs keep from turn to turn.

A new session costs the server more than most turns do: a process, and every function planned
anew. So jobs that run every few seconds keep theirs, as long as nothing fails in them.
"""

import contextlib
from collections.abc import Iterator
from time import monotonic
from typing import NamedTuple

import psycopg

from pgstrike.db.connection import connect

LONGEST_SECONDS = 600.0  # then what its plans and caches take is given back


class Kept(NamedTuple):
    """A session that no turn uses, and when it was opened."""

    connection: psycopg.Connection
    since: float


class Sessions:
    """Those of one process, by names. Nobody asks for a name while its session is in use."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self._kept: dict[str, Kept] = {}

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
                self._kept[name] = Kept(connection, since)

    def close(self) -> None:
        for name in list(self._kept):
            self._kept.pop(name).connection.close()

    def _opened(self, name: str) -> Kept:
        kept = self._kept.pop(name, None)
        if kept is not None:
            if monotonic() - kept.since < LONGEST_SECONDS and is_there(kept.connection):
                return kept
            kept.connection.close()
        return Kept(connect(self.dsn, name), monotonic())


def is_there(connection: psycopg.Connection) -> bool:
    """Whether the server still has the session."""
    try:
        connection.execute("SELECT")
    except psycopg.Error:
        return False
    return True
