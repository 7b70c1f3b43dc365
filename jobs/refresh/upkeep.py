"""What keeps a database that is rewritten every second from growing.

`keep_small` is called once a minute (jobs/schedule/schedule.py), while nothing is refreshed.
Most of it is done by each refresh: it frees what the one before left (jobs/refresh/refresh.py).
"""

import contextlib

import psycopg
from psycopg import sql

from pgstrike.db.answers import is_true
from pgstrike.db.queries import query

# Those who read the snapshot queue behind us meanwhile.
LOCK_TIMEOUT = "100ms"


def keep_small(connection: psycopg.Connection) -> None:
    """Free dead rows where they outnumber the live ones; rebuild the snapshot if it is bloated.

    The connection is in autocommit.
    """
    for schema, name in connection.execute(query("bloated_tables")).fetchall():
        vacuum = sql.SQL("VACUUM (INDEX_CLEANUP ON, TRUNCATE OFF, SKIP_LOCKED) {}")
        connection.execute(vacuum.format(sql.Identifier(schema, name)))
    if is_true(connection, "snapshot_is_bloated"):
        rebuild_snapshot(connection)


def rebuild_snapshot(connection: psycopg.Connection) -> None:
    """Rewrite it into new, smaller files, unless somebody reads it for long."""
    connection.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'".encode())
    try:
        with contextlib.suppress(psycopg.errors.LockNotAvailable):
            connection.execute(query("rebuild_snapshot"))
    finally:
        if not connection.broken:
            connection.execute("RESET lock_timeout")
