"""A symbol has quotes of one kind, real or simulated, whoever comes first."""

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest

from pgstrike.db.connection import connect
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.quote import SourceKind
from tests.support.calls import call
from tests.support.quote_market import THURSDAY, add, batch_of, select, value

KIND = "SELECT source_kind FROM analytics.instrument WHERE symbol = 'NIFTY'"


@pytest.fixture
def simulator(dsn: str) -> Iterator[Store]:
    with connect(dsn, "test") as connection:
        yield Store(
            connection,
            source="simulator",
            source_kind="simulated",
            rate=0.1,
            horizon=timedelta(days=30),
        )


def test_kind_is_that_of_the_first_quote_accepted(
    connection: psycopg.Connection, store: Store, simulator: Store
) -> None:
    """What is rejected says nothing of the symbol."""
    assert value(connection, KIND) is None
    simulator.add(batch_of([call("10:00:00")._replace(expiry=THURSDAY)]))
    assert value(connection, KIND) is None
    add(store, call("10:00:00", 100))
    assert value(connection, KIND) == "real"


@pytest.mark.parametrize("first", ["real", "simulated"])
def test_other_kind_is_rejected_and_changes_nothing(
    connection: psycopg.Connection, store: Store, simulator: Store, first: SourceKind
) -> None:
    one, other = (store, simulator) if first == "real" else (simulator, store)
    add(one, call("10:00:00", 100))
    before = select(connection, "SELECT * FROM fo.instrument ORDER BY symbol")
    stored, rejects = other.add(batch_of([call("10:01:00", 110)]))
    assert stored.stored == 0
    assert [(each.reason, each.symbol) for each in rejects] == [
        ("other_source", "NIFTY")
    ]
    assert select(connection, "SELECT * FROM fo.instrument ORDER BY symbol") == before
    assert value(connection, "SELECT count(*) FROM fo.option_quote") == 1


def test_other_symbols_of_a_batch_are_stored(store: Store, simulator: Store) -> None:
    add(simulator, call("10:00:00", 100))
    other = call("10:01:00", 110)._replace(symbol="BANKNIFTY")
    stored, rejects = store.add(batch_of([call("10:01:00", 110), other]))
    assert (stored.stored, len(rejects)) == (1, 1)


def test_answers_name_the_live_feed_of_their_time(
    connection: psycopg.Connection, store: Store
) -> None:
    """Before the first feed it is none; then the one in charge at that instant."""
    add(store, call("10:00:00", 100))
    for since, source in (
        ("2025-08-29T05:00Z", "first"),
        ("2025-08-29T06:00Z", "second"),
    ):
        connection.execute(
            "SELECT ops.note_source('NIFTY', %s, %s, NULL, 'test')", [since, source]
        )
    asked = "SELECT ops.source_at('NIFTY', %s)"
    times = ("2025-08-29T04:59Z", "2025-08-29T05:00Z", "2025-08-29T05:59Z", None)
    found = [value(connection, asked, time) for time in times]
    assert found == [None, "first", "first", "second"]
    market = "SELECT quote_source FROM analytics.market('NIFTY')"
    assert value(connection, market) == "second"
