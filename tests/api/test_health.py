"""GET /health."""

import psycopg

from tests.api.conftest import Client
from tests.api.market import OPEN, append, epoch, open_store, quote, refresh


async def test_health_of_an_empty_market(
    client: Client, connection: psycopg.Connection
) -> None:
    status, body = await client.get("/health")
    start = f"{epoch(connection)}:0"
    assert status == 200
    assert body["status"] == "ok"
    assert body["database"] == {"reachable": True}
    assert body["listener"]["connected"] is True
    assert 0 <= body["listener"]["probe_age_seconds"] < 3
    assert body["events"] == {"hub": start, "log": start}
    assert body["snapshot"] == {"version": 0, "event": start, "refreshed_at": None}
    assert body["symbols"] == {}


async def test_health_tells_the_lag(
    client: Client, connection: psycopg.Connection
) -> None:
    store = open_store(connection)
    quote(store, 0)
    _, body = await client.get("/health")
    assert body["symbols"] == {"NIFTY": {"clock": OPEN.isoformat(), "events_behind": 2}}
    refresh(connection)
    append(connection, 1)  # nothing that the snapshot would show
    _, body = await client.get("/health")
    assert body["symbols"]["NIFTY"]["events_behind"] == 0
    assert body["snapshot"]["version"] == 1
    assert body["events"]["hub"] == body["events"]["log"]


async def test_health_is_down_without_database(
    client: Client, connection: psycopg.Connection
) -> None:
    connection.execute("ALTER SCHEMA ops RENAME TO gone")
    status, body = await client.get("/health")
    assert (status, body["status"]) == (503, "down")
    assert body["database"] == {"reachable": False}
