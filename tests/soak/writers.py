"""Writers: each commits mutations through a connection of its own, whatever becomes of that.

Where a connection ends before it is known whether the commit was, the database is asked.
"""

import threading
from collections.abc import Sequence
from typing import Any

import psycopg

from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.soak.mutations import Line, Mutation, events, quotes
from tests.soak.schedule import Schedule
from tests.support.live_market import open_store

APPEND = "SELECT ops.append_events(%s::text[], %s::text[], %s::date[], %s::text[])"
QUOTES = "SELECT count(*) FROM fo.option_quote WHERE quote_time = %s"
EVENTS = """
    SELECT count(*) FROM fo.event
    WHERE starts_with(payload ->> 'tag', %s)
"""
ALIVE = "SELECT FROM pg_stat_activity WHERE pid = %s AND backend_start = %s"
SELF = """
    SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()
"""
RETRY_SECONDS = 0.02  # between attempts to reach a server that is away


class Undo(Exception):
    """Rolls a transaction back."""


class Writer(threading.Thread):
    """Takes mutations from the schedule until there is none left, or it fails."""

    def __init__(self, name: str, dsn: str, schedule: Schedule) -> None:
        super().__init__(name=name, daemon=True)
        self.dsn = dsn
        self.schedule = schedule
        self.backend: tuple[int, Any] | None = None
        self.retried = 0
        self._store: Store | None = None

    def run(self) -> None:
        try:
            while (mutation := self.schedule.next()) is not None:
                self._commit(mutation)
                self.schedule.done(mutation)
        except Exception as error:
            self.schedule.fail(error)
        finally:
            self._forget()

    def _commit(self, mutation: Mutation) -> None:
        is_in_doubt = False
        while True:
            store = self._connected()
            try:
                if not (is_in_doubt and is_committed(store.connection, mutation)):
                    apply(store, mutation)
                return
            except psycopg.OperationalError:
                pass  # of this connection, or of the one that holds a refresh's lock
            except psycopg.Error:
                if not store.connection.closed:
                    raise
            self._forget()
            self.retried += 1
            is_in_doubt = mutation.is_kept

    def _connected(self) -> Store:
        while self._store is None:
            try:
                self._connect()
            except psycopg.OperationalError:
                self._forget()
                self.schedule.pause(RETRY_SECONDS)
        return self._store

    def _connect(self) -> None:
        connection = psycopg.connect(self.dsn, autocommit=True)
        try:
            if self.backend is not None:
                # It may still be committing what we lost sight of.
                while connection.execute(ALIVE, self.backend).rowcount:
                    self.schedule.pause(RETRY_SECONDS)
            row = connection.execute(SELF).fetchone()
            assert row is not None
            self.backend = (row[0], row[1])
            self._store = open_store(connection)
        except BaseException:
            connection.close()
            raise

    def _forget(self) -> None:
        if self._store is not None:
            self._store.connection.close()
            self._store = None


def apply(store: Store, mutation: Mutation) -> None:
    """Commit it, or roll it back if that is what it is for."""
    if mutation.kind == "refresh":
        return refresh_all(store.connection)
    try:
        with store.connection.transaction():
            if mutation.has_quotes:
                _, rejects = store.add(quotes(mutation))
                assert not rejects, rejects
            if mutation.has_events:
                for lines in events(mutation):
                    append(store.connection, lines)
            if not mutation.is_kept:
                raise Undo
    except Undo:
        pass


def append(connection: psycopg.Connection, lines: Sequence[Line]) -> int:
    """Append events. Returns the id of the last one."""
    columns = [*map(list, zip(*lines, strict=True))]
    row = connection.execute(APPEND, columns).fetchone()
    assert row is not None
    return int(row[0])


def is_committed(connection: psycopg.Connection, mutation: Mutation) -> bool:
    """What the database says. A refresh leaves nothing of its own, and is done again."""
    found = 0
    if mutation.has_quotes:
        found += count(connection, QUOTES, mutation.time())
    if mutation.has_events:
        found += count(connection, EVENTS, f"{mutation.tag()}/")
    whole = size_of(mutation)
    assert found in (0, whole), f"{mutation.tag()} was committed in part"
    return found > 0


def size_of(mutation: Mutation) -> int:
    """How many quotes and events it leaves."""
    found = len(quotes(mutation).rows) if mutation.has_quotes else 0
    return found + (sum(map(len, events(mutation))) if mutation.has_events else 0)


def count(connection: psycopg.Connection, statement: str, value: object) -> int:
    row = connection.execute(statement.encode(), [value]).fetchone()
    assert row is not None
    return int(row[0])
