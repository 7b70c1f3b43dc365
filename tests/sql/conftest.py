"""Fixtures of the tests of our SQL."""

from collections.abc import Iterator

import psycopg
import pytest


@pytest.fixture
def refresher(dsn: str) -> Iterator[psycopg.Connection]:
    """A connection that refreshes, apart from the one that looks."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SET timezone = 'UTC'")
        yield connection
