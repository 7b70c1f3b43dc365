"""Sessions that listen and do not read, and filling the queue that they hold."""

import contextlib
import os
import socket
from collections.abc import Iterator

import psycopg
from psycopg import sql

from pgstrike.jobs.watch.notify_queue import usage

LISTENER = "pgstrike api listener"
BIG = "x" * 7000


def fill(connection: psycopg.Connection, upto: float = 1.0) -> int:
    """Notify until the queue is that full, or refuses. Returns how many events there are."""
    count = 0
    with contextlib.suppress(psycopg.errors.ProgramLimitExceeded):
        while usage(connection) < upto:
            append_big(connection)
            count += 1
    return count


def append_big(connection: psycopg.Connection) -> None:
    body = f'{{"topic":"ops","n":"{BIG}"}}'
    connection.execute(
        "SELECT ops.append_events(ARRAY['ops'], ARRAY[NULL], ARRAY[NULL::date], ARRAY[%s])",
        [body],
    )


@contextlib.contextmanager
def deaf(dsn: str, name: str = LISTENER) -> Iterator[psycopg.Connection]:
    """A session that listens, and whose client takes nothing."""
    with psycopg.connect(dsn, autocommit=True, application_name=name) as session:
        row = session.execute("SELECT channel FROM job.installation").fetchone()
        assert row is not None
        with socket.socket(fileno=os.dup(session.fileno())) as own:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        session.execute(sql.SQL("LISTEN {}").format(sql.Identifier(row[0])))
        yield session


@contextlib.contextmanager
def dozing(dsn: str) -> Iterator[psycopg.Connection]:
    """Somebody's psql that listens, and was left in the middle of a transaction."""
    with psycopg.connect(dsn, application_name="psql") as session:
        session.execute("LISTEN anything")
        session.commit()
        session.execute("SELECT 1")
        yield session


def is_open(connection: psycopg.Connection, pid: int) -> bool:
    found = "SELECT FROM pg_stat_activity WHERE pid = %s"
    return connection.execute(found, [pid]).rowcount == 1
