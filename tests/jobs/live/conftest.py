"""A market that never closes, and what drives its feeds."""

from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest

from pgstrike.jobs.live.pace import Pace
from pgstrike.jobs.live.runner import FeedRunner, feeding
from tests.support.driven_feeds import QUICK, Drive
from tests.support.live_feeds import Source, outside
from tests.support.tasks import settings


@pytest.fixture
def drive(dsn: str) -> Iterator[Drive]:
    with ExitStack() as stack:

        def begun(pace: Pace = QUICK, **sources: Source) -> FeedRunner:
            return stack.enter_context(
                feeding(dsn, settings(), outside(**sources), pace)
            )

        yield begun


@pytest.fixture
def market(connection: psycopg.Connection) -> psycopg.Connection:
    """A symbol whose exchange never closes."""
    connection.execute(
        "INSERT INTO fo.instrument (symbol, exchange) VALUES ('BTC', 'DERIBIT')"
    )
    return connection
