"""Three sessions of one symbol, stored and refreshed."""

from random import Random

import psycopg
import pytest

from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.judged_market import session_of
from tests.support.quote_market import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    Quote,
    batch_of,
    open_store,
)

SEED = 11
DAYS = (THURSDAY, FRIDAY, MONDAY)


@pytest.fixture
def market() -> list[Quote]:
    """Three sessions of one symbol, with drop-outs and quotes outside the hours."""
    random = Random(SEED)
    return [quote for day in DAYS for quote in session_of(day, random)]


@pytest.fixture
def stored(
    dsn: str, connection: psycopg.Connection, market: list[Quote]
) -> psycopg.Connection:
    store = open_store(dsn)
    with store.connection:
        store.add(batch_of(market))
    refresh_all(connection)
    return connection
