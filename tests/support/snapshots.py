"""Refreshing fo.latest_snapshot by hand, and what it shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import IsolationLevel

from pgstrike.db.queries import query


@contextmanager
def refreshing(connection: psycopg.Connection) -> Iterator[None]:
    """A refresh that has begun and seen what there is, and ends after the context."""
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    try:
        with connection.transaction():
            connection.execute(query("number_snapshot"))
            yield
            connection.execute(query("refresh_snapshot"))
    finally:
        connection.isolation_level = None


def live(connection: psycopg.Connection) -> list[tuple[Any, ...]]:
    """Expiry, strike and call's price of every living contract."""
    return connection.execute(
        "SELECT expiry, strike, call_ltp FROM fo.latest_snapshot"
        " WHERE timeframe = 'live' ORDER BY symbol, expiry, strike"
    ).fetchall()
