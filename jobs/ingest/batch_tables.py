"""The tables of a batch, which each connection that stores has of its own."""

import psycopg

from pgstrike.db.queries import batch_tables, query


def ensure_batch_tables(connection: psycopg.Connection) -> None:
    """The tables of a batch, where this connection has none: events are made from them."""
    row = connection.execute(query("has_batch_tables")).fetchone()
    if row is None or not row[0]:
        connection.execute(batch_tables())
