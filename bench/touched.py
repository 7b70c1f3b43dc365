"""How many rows of ours a piece of work touches, as the server counts them."""

from collections.abc import Callable

import psycopg

# Rows that a sequential scan read, that an index fetched, and that were written.
COUNTED = """
SELECT coalesce(sum(
    seq_tup_read + coalesce(idx_tup_fetch, 0) + n_tup_ins + n_tup_upd + n_tup_del
), 0)
FROM pg_catalog.pg_stat_user_tables
"""


def rows_touched(connection: psycopg.Connection, work: Callable[[], object]) -> int:
    """Rows touched by `work` on this connection, which is in autocommit."""
    before = counted(connection)
    work()
    return counted(connection) - before


def counted(connection: psycopg.Connection) -> int:
    connection.execute("SELECT pg_catalog.pg_stat_force_next_flush()")
    row = connection.execute(COUNTED).fetchone()
    assert row is not None
    return int(row[0])
