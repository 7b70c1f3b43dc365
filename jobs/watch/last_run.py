"""Noting in the database how each run of a job ended, so that the api can report it."""

import contextlib

import psycopg

from pgstrike.db.causes import cause_of
from pgstrike.db.connection import connect
from pgstrike.db.errors import explain
from pgstrike.db.queries import query

MOST_CHARACTERS = 500
FINE = {"code": None, "error": None}


class LastRuns:
    """What each job's row says, as far as this process knows: a good run is noted but once."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.fine: set[str] = set()

    def succeeded(self, name: str, connection: psycopg.Connection) -> None:
        if name not in self.fine:
            connection.execute(query("note_run"), {"job": name, **FINE})
            self.fine.add(name)

    def failed(self, name: str, error: BaseException) -> None:
        """Where the database takes it: the connection that failed may be of no use."""
        self.fine.discard(name)
        cause = cause_of(error)
        noted = {
            "job": name,
            "code": "failed" if cause is None else cause.code,
            "error": explain(error)[:MOST_CHARACTERS],
        }
        with contextlib.suppress(psycopg.Error), connect(self.dsn, "note") as other:
            other.execute(query("note_run"), noted)
