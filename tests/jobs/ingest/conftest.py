"""Fixtures of the tests of storing."""

from collections.abc import Iterator

import psycopg
import pytest


@pytest.fixture
def apart(dsn: str) -> Iterator[psycopg.Connection]:
    """A connection without the tables of a batch."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection
