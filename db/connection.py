"""One connection at a time, for what is not asynchronous."""

import psycopg

# Whoever reads a time as text reads it in UTC, whatever the server prefers.
OPTIONS = "-c timezone=UTC"


def connect(dsn: str, name: str) -> psycopg.Connection:
    """A connection in autocommit; `name` is what pg_stat_activity shows of it."""
    return psycopg.connect(
        dsn,
        autocommit=True,
        options=OPTIONS,
        application_name=f"pgstrike {name}",
        connect_timeout=10,
    )
