"""Refusing a pooler that may change our session after each transaction."""

import psycopg

from pgstrike.db.connection import connect
from pgstrike.db.errors import DatabaseError

POOLED = (
    "PGSTRIKE_DSN leads to a pooler in transaction mode, which changes the session with each "
    "transaction; set PGSTRIKE_DSN to the address of the server"
)
ROUNDS = 3


def refuse_pooler(dsn: str) -> None:
    """DatabaseError where a connection is not always the same session of the server.

    Without a pooler the server's process is the one that answered when we connected. A pooler
    in session mode passes, because the server's process stays the same.
    """
    with connect(dsn, "check") as first:
        if server_pid(first) == first.info.backend_pid:
            return
        with connect(dsn, "check") as second:
            if not are_sessions(first, second):
                raise DatabaseError(POOLED, "pooler")


def are_sessions(first: psycopg.Connection, second: psycopg.Connection) -> bool:
    """Whether each has one process of the server, and not the same.

    One asks twice in a row, so that a pooler that takes its processes by turns is found too.
    No transaction stays open: a pooler with a single process would let the other one wait.
    """
    # The pooler would pass a prepared statement on to its next client.
    first.prepare_threshold = second.prepare_threshold = None
    seen: dict[psycopg.Connection, set[int]] = {first: set(), second: set()}
    for _ in range(ROUNDS):
        for each in (first, first, second):
            seen[each].add(server_pid(each))
    return all(map(single, seen.values())) and seen[first] != seen[second]


def single(pids: set[int]) -> bool:
    return len(pids) == 1


def server_pid(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    assert row is not None
    return int(row[0])
