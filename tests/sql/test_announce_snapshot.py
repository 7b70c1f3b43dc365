"""ops.announce_snapshot: each refresh that was committed is an event, once."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from pgstrike.db.queries import query
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_snapshot
from tests.support.locks import wait_until_blocked
from tests.support.quote_market import (
    Quote,
    add,
    events,
    select,
    value,
)
from tests.support.snapshots import live, refreshing

STRIKE = 24_600
ANSWER_SECONDS = 60


def test_refresh_is_announced_once(
    connection: psycopg.Connection, store: Store, refresher: psycopg.Connection
) -> None:
    """With its version and the event it includes; what has not changed is no news."""
    included = add(store, Quote("09:20:00", STRIKE, {"ltp": 100.0})).event_id
    assert refresh_snapshot(refresher) is True
    assert refresh_snapshot(refresher) is False
    [event] = events(connection, "snapshot")
    assert (
        event["version"]
        == value(connection, "SELECT version FROM fo.snapshot_version")
        == 1
    )
    assert event["event"] == included == event["id"] - 1


def test_refresh_that_died_unannounced_is_announced_later(
    connection: psycopg.Connection, store: Store, refresher: psycopg.Connection
) -> None:
    """By the next one, though nothing else is to be refreshed."""
    add(store, Quote("09:20:00", STRIKE, {"ltp": 100.0}))
    with refreshing(refresher):
        pass
    assert events(connection, "snapshot") == []
    assert refresh_snapshot(refresher) is False
    assert [event["version"] for event in events(connection, "snapshot")] == [1]


def test_refresh_that_was_rolled_back_is_not_announced(
    connection: psycopg.Connection, store: Store, refresher: psycopg.Connection
) -> None:
    """Version, event and rows stay together, or none of them."""
    add(store, Quote("09:20:00", STRIKE, {"ltp": 100.0}))
    with pytest.raises(psycopg.errors.DivisionByZero), refreshing(refresher):
        refresher.execute("SELECT 1 / 0")
    connection.execute(query("announce_snapshot"))
    assert events(connection, "snapshot") == []
    assert select(
        connection, "SELECT version, event_id, announced FROM fo.snapshot_version"
    ) == [{"version": 0, "event_id": 0, "announced": True}]
    assert live(connection) == []


def test_two_announcers_make_one_event(
    dsn: str,
    connection: psycopg.Connection,
    store: Store,
    refresher: psycopg.Connection,
) -> None:
    """The second waits for the first, and then finds it done."""
    add(store, Quote("09:20:00", STRIKE, {"ltp": 100.0}))
    with refreshing(refresher):
        pass
    announce = "SELECT ops.announce_snapshot()"
    with psycopg.connect(dsn) as first, ThreadPoolExecutor(1) as pool:
        told = value(first, announce)
        waiting = pool.submit(value, refresher, announce)
        wait_until_blocked(connection, refresher, waiting)
        first.commit()
        assert waiting.result(ANSWER_SECONDS) is None
    assert [event["id"] for event in events(connection, "snapshot")] == [told]
