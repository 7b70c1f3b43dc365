"""Locks of ours, which no reader can take.

Anybody who may connect can take an advisory lock. A lock on a relation needs a right on it,
so each lock is a view of schema job (sql/state/02_*), locked by a transaction of a session
that does nothing else. Such a transaction has no id and no snapshot: vacuum does not wait
for it. The lock ends with the session, whatever ends that.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import NamedTuple

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from pgstrike.db.queries import query

logger = logging.getLogger(__name__)

QUIET_SECONDS = 2.0  # of waiting before the holder is named: it may only be busy
NAMED_SECONDS = 30.0  # between two such lines

Say = Callable[[str], object]


class Lock(NamedTuple):
    """A lock: its view and the statement that takes it; no view for the lock of an upgrade."""

    name: str
    view: str | None
    statement: bytes | sql.Composed


class Holder(NamedTuple):
    """A session that holds a lock that another one waits for."""

    pid: int
    role: str
    application: str
    since: str

    def __str__(self) -> str:
        who = ", ".join(filter(None, [f"role {self.role}", self.application]))
        return f"pid {self.pid} ({who}, since {self.since})"


REFRESH = Lock("refresh", "job.refresh_lock", query("lock_refresh"))
SNAPSHOT = Lock("snapshot", "job.snapshot_lock", query("lock_snapshot"))


def upgrade_lock(database: str) -> Lock:
    """The lock of an upgrade, which is there before any schema of ours.

    COMMENT ON DATABASE locks the database's entry until the transaction ends, and lets only
    its owner keep that lock. The transaction is rolled back, so no comment changes.
    """
    comment = sql.SQL("COMMENT ON DATABASE {} IS NULL")
    return Lock("upgrade", None, comment.format(sql.Identifier(database)))


@contextmanager
def held(
    holder: psycopg.Connection,
    lock: Lock,
    *,
    seconds: float = float("inf"),
    say: Say = logger.warning,
) -> Iterator[bool]:
    """Hold a lock on a connection of its own, once it is free; False where it is not in time.

    Another lock may be held on the same connection meanwhile, and nothing else be done.
    """
    with holder.transaction(force_rollback=True):
        holder.execute(query("hold_on"))
        yield take(holder, lock, seconds, say)


def take(holder: psycopg.Connection, lock: Lock, seconds: float, say: Say) -> bool:
    """Wait for a lock, and say who holds it when that takes long."""
    ends, patience = monotonic() + seconds, QUIET_SECONDS
    while not take_within(holder, lock, min(patience, ends - monotonic())):
        if monotonic() >= ends:
            return False
        say(f"waiting for the {lock.name} lock, held by {holders(holder, lock)}")
        patience = NAMED_SECONDS
    return True


def take_within(holder: psycopg.Connection, lock: Lock, seconds: float) -> bool:
    try:
        with holder.transaction():
            limit = f"{max(round(seconds * 1000), 1)}ms"
            holder.execute(query("wait_at_most"), [limit])
            holder.execute(lock.statement)
    except psycopg.errors.LockNotAvailable:
        return False
    return True


def holders(connection: psycopg.Connection, lock: Lock) -> str:
    """Who holds a lock, for a message."""
    return sessions(connection, "lock_holders", {"view": lock.view})


def sessions(
    connection: psycopg.Connection, name: str, parameters: Mapping[str, str | None]
) -> str:
    """The sessions that a query finds, for a message."""
    with connection.cursor(row_factory=class_row(Holder)) as cursor:
        found = cursor.execute(query(name), parameters).fetchall()
    return " and ".join(map(str, found)) or "a session that has just ended"
