"""Connections that are made again when they were lost."""

from collections.abc import Callable
from functools import partial

import psycopg

from pgstrike.db.connection import connect
from pgstrike.jobs.ingest.outage import is_away
from pgstrike.jobs.ingest.store import Store, Stored
from pgstrike.jobs.quote import QuoteBatch, Reject
from pgstrike.jobs.watch.notify_queue import QueueRoom


def add_again(dsn: str, store: Store, batch: QuoteBatch) -> tuple[Stored, list[Reject]]:
    """Store a batch, through a new connection where the last one was lost.

    If that was during its COMMIT, nobody knows what became of it; the same quotes twice change
    nothing.
    """
    try:
        if store.connection.closed:
            store.open(connect(dsn, "ingest"))
        return store.room.make(partial(store.add, batch))
    except psycopg.Error:
        store.connection.close()
        raise


class Reconnecting:
    """A connection that is made again when it was lost."""

    def __init__(self, dsn: str, name: str) -> None:
        self._dsn, self._name = dsn, name
        self._connection = connect(dsn, name)
        self._room = QueueRoom(self._connection)

    def use(self, act: Callable[[psycopg.Connection], object]) -> None:
        """Do something through it."""
        try:
            if self._connection.closed:
                self._connection = connect(self._dsn, self._name)
                self._room = QueueRoom(self._connection)
            self._room.make(partial(act, self._connection))
        except psycopg.Error:
            self.close()
            raise

    def attempt(self, act: Callable[[psycopg.Connection], object]) -> None:
        """Do something that can be left out while the database is away."""
        try:
            self.use(act)
        except psycopg.Error as error:
            if not is_away(error):
                raise

    def close(self) -> None:
        self._connection.close()
