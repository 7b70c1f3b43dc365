"""Fixtures of the tests of our SQL."""

from collections.abc import Iterator

import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from tests.support.quote_market import open_store


@pytest.fixture
def store(dsn: str) -> Iterator[Store]:
    """What stores batches in the test's database."""
    opened = open_store(dsn)
    with opened.connection:
        yield opened


@pytest.fixture
def refresher(dsn: str) -> Iterator[psycopg.Connection]:
    """A connection that refreshes, apart from the one that looks."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SET timezone = 'UTC'")
        yield connection
