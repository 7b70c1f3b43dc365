"""What a standby's api answers, route by route: the same as the primary's."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from pgstrike.api.http.routes import ROUTES
from tests.api.conftest import Client, served
from tests.standby.conftest import Copied
from tests.support.grants import add_key
from tests.support.live_market import epoch, one_snapshot, refresh
from tests.support.sse_reader import Stream

ASKED = {  # what a route cannot do without
    "/v1/chain": "?symbol=NIFTY&expiry=front",
    "/v1/bars": "?symbol=NIFTY&timeframe=1min",
    "/v1/expiries": "?symbol=NIFTY",
    "/v1/signals": "?symbol=NIFTY",
    "/v1/events": "?after={epoch}:0",
    "/v1/strike-distribution": "?symbol=NIFTY",
    "/v1/moneyness-series": "?symbol=NIFTY",
    "/v1/panel": "?symbol=NIFTY&expiry=front",
    "/udf/symbols": "?symbol=NIFTY",
    "/udf/search": "?query=NIF",
    "/udf/history": "?symbol=NIFTY&resolution=1&from=0&to=2000000000",
}
# Of the process, or of the moment.
OWN = {
    "/health",
    "/metrics",
    "/api/performance-metrics",
    "/api/logs",
    "/v1/cache",
    "/udf/time",
    "/session",
}
STREAMS = {"/v1/stream"} | {path.path for path in ROUTES if "/v1/events/" in path.path}


@pytest.fixture
async def both(
    copied: Copied, connection: psycopg.Connection
) -> AsyncIterator[tuple[Client, Client, str]]:
    """Apis of the primary and of the standby, and the newest event."""
    one_snapshot(connection)
    refresh(connection)
    near = served(copied.standby, source="standby", primary_dsn=copied.primary)
    async with served(copied.primary) as far, near as standby:
        await asyncio.to_thread(copied.pair.replayed)
        row = connection.execute("SELECT last_id FROM job.event_counter").fetchone()
        assert row is not None
        yield far, standby, f"{epoch(connection)}:{row[0]}"


async def answer(client: Client, path: str) -> tuple[int, Any]:
    async with client.session.get(path) as response:
        return response.status, await response.read()


async def test_every_route_answers_alike(both: tuple[Client, Client, str]) -> None:
    far, near, newest = both
    paths = [
        route.path
        for route in ROUTES
        if route.method == "GET" and "{" not in route.path and route.path not in STREAMS
    ]
    assert len(paths) > 20
    for path in paths:
        asked = path + ASKED.get(path, "").format(epoch=newest.partition(":")[0])
        expected, found = await answer(far, asked), await answer(near, asked)
        assert expected[0] == found[0] == 200, (asked, expected, found)
        if path not in OWN:
            assert expected == found, asked


async def test_every_metric_answers_alike(both: tuple[Client, Client, str]) -> None:
    far, near, _ = both
    _, listed = await far.get("/v1/metrics")
    names = [metric["metric"] for metric in listed["metrics"]]
    assert len(names) > 20
    answered = 0
    for name in names:
        for words in ("symbol=NIFTY", "symbol=NIFTY&expiry=front"):
            asked = f"/v1/metrics/{name}?{words}"
            status, body = await far.get(asked)
            after = f"&after={body['event']}" if status == 200 else ""
            assert await near.get(asked + after) == (status, body), asked
            assert status < 500, (asked, body)
            answered += status == 200
    assert answered > len(names)


async def test_bundles_are_told_alike(both: tuple[Client, Client, str]) -> None:
    far, near, _ = both
    for path in ("intraday?symbol=NIFTY", "dashboard?symbol=NIFTY", "tasks"):
        told = []
        for client in (far, near):
            async with client.session.get(f"/v1/events/{path}") as response:
                assert response.status == 200, path
                [event] = await Stream(response).take(1)
                told.append((event.type, event.data))
        assert told[0] == told[1], path


async def test_reader_has_its_rights_on_a_standby(
    both: tuple[Client, Client, str], connection: psycopg.Connection, copied: Copied
) -> None:
    _, near, _ = both
    add_key(connection, "some", "sent", symbols=["BANKNIFTY"])
    await asyncio.to_thread(copied.pair.replayed)
    near.session.headers["Authorization"] = "Bearer sent"
    status, _ = await near.get("/v1/chain?symbol=NIFTY&expiry=front")
    assert status in (400, 403, 404)
