"""The database of a file's stock, for tests that ask the API."""

import psycopg
import pytest

from tests.conftest import Stock


@pytest.fixture
def market(stock: Stock, connection: psycopg.Connection) -> psycopg.Connection:
    return connection
