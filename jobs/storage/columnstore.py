"""Compressing the quotes of past sessions: the columnstore takes a fifth of the space.

Which chunks are past, the database says (ops.cold_chunks). A batch of late quotes converts
its chunk back to rows (ops.open_chunks), and the next run here compresses it again.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from pgstrike.db.install.engine import installed_engine
from pgstrike.db.queries import query

logger = logging.getLogger(__name__)

# At its end a compression waits for those who read the chunk, and new readers wait behind it.
# Below deadlock_timeout (1 s): where a reader then wants to write, the compression gives up.
LOCK_TIMEOUT = "500ms"


def compress_cold(connection: psycopg.Connection, sessions: int) -> int:
    """Compress the chunks that ended so many sessions ago; 0: never. Returns how many.

    The connection is in autocommit: each chunk is compressed in a transaction of its own.
    """
    if not sessions or installed_engine(connection) != "timescaledb":
        return 0
    cold = connection.execute(query("cold_chunks"), [sessions]).fetchall()
    with impatient(connection):
        done = sum(compress(connection, chunk) for (chunk,) in cold)
    connection.execute(query("forget_late_writes"))
    return done


def compress(connection: psycopg.Connection, chunk: str) -> bool:
    """Compress a chunk, or leave it to the next run where somebody reads it for long."""
    try:
        connection.execute(query("compress_chunk"), [chunk])
    except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
        logger.info("%s is in use and is compressed later", chunk)
        return False
    return True


@contextmanager
def impatient(connection: psycopg.Connection) -> Iterator[None]:
    connection.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'".encode())
    try:
        yield
    finally:
        if not connection.broken:
            connection.execute("RESET lock_timeout")
