"""Lines that came over HTTP: who takes them, and what becomes of them and of their answer."""

import contextlib
from collections.abc import Iterator

import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.live.incoming import take
from pgstrike.jobs.live.storing_lines import serve_one, store_of
from tests.support.incoming import left, note, quotes, stored
from tests.support.quote_market import value
from tests.support.tasks import settings

pytestmark = pytest.mark.one_engine


@contextlib.contextmanager
def opened(dsn: str) -> Iterator[Store]:
    with psycopg.connect(dsn, autocommit=True) as own:
        yield store_of(own, settings())


def test_lines_of_a_session_that_ended_are_taken_by_another(
    dsn: str, connection: psycopg.Connection
) -> None:
    note(connection, quotes(2))
    with opened(dsn) as one, opened(dsn) as other:
        assert take(one.connection) is not None
        assert take(other.connection) is None
        one.connection.close()
        found = None
        while found is None:  # until the server has noticed
            found = take(other.connection)
        serve_one(other, found, ignores_iv=False)
    assert stored(connection) == 2
    assert value(connection, "SELECT answer ->> 'stored' FROM job.incoming") == "2"


def test_session_that_lost_the_lines_stores_nothing(
    dsn: str, connection: psycopg.Connection
) -> None:
    note(connection, quotes(2))
    with opened(dsn) as store:
        found = take(store.connection)
        assert found is not None
        connection.execute("UPDATE job.incoming SET holder = 0")
        serve_one(store, found, ignores_iv=False)
    assert stored(connection) == 0
    assert value(connection, "SELECT lines IS NOT NULL FROM job.incoming")


def test_lines_that_end_each_session_are_given_up(
    dsn: str, connection: psycopg.Connection
) -> None:
    note(connection, quotes(2))
    connection.execute("UPDATE job.incoming SET attempt = 3")
    with opened(dsn) as store:
        found = take(store.connection)
        assert found is not None
        serve_one(store, found, ignores_iv=False)
    assert stored(connection) == 0
    code = "SELECT answer -> 'refused' ->> 'code' FROM job.incoming"
    assert value(connection, code) == "not_stored"


def test_answer_that_nobody_fetched_is_forgotten(
    dsn: str, connection: psycopg.Connection
) -> None:
    note(connection, quotes(1))
    with opened(dsn) as store:
        found = take(store.connection)
        assert found is not None
        serve_one(store, found, ignores_iv=False)
    connection.execute("SELECT ops.prune_incoming()")
    assert left(connection) == 1
    connection.execute("UPDATE job.incoming SET answered_at = now() - interval '2 min'")
    connection.execute("SELECT ops.prune_incoming()")
    assert left(connection) == 0
