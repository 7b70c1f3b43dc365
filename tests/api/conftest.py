"""A server in the test's own process, and clients of it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from psycopg.conninfo import make_conninfo

from pgstrike.api.addresses import TrustedProxies
from pgstrike.api.http_server import serving
from pgstrike.api.settings import ApiSettings
from pgstrike.db.settings import DatabaseSettings
from tests.support.sse_reader import Stream

KEY = "the-key"


def settings(**changes: Any) -> ApiSettings:
    database = DatabaseSettings(None, Path("/nowhere"), None, pool_size=3)
    made = ApiSettings(
        database=database,
        host="127.0.0.1",
        port=0,
        key=KEY,
        insecure=False,
        heartbeat_seconds=15,
        probe_seconds=1,
        poll_seconds=5,
        queue_events=1000,
        streams=None,
        key_streams=1000,
        key_subscriptions=100,
        requests_per_second=0,
        interval_least_ms=0,
        listeners=16,
        connections=None,
        address_connections=64,
        header_seconds=10,
        idle_seconds=75,
        trusted_proxies=TrustedProxies(),
        cors_origins=frozenset(),
        late_seconds=30,
        metrics_address=None,
        cache_bytes=100_000_000,
    )
    if changes.get("key", KEY) is None:
        changes["insecure"] = True
    return made._replace(**changes)


class Client:
    """A reader with the key."""

    def __init__(self, session: aiohttp.ClientSession, address: str) -> None:
        self.session = session
        self.address = address

    async def get(self, path: str, **headers: str) -> tuple[int, Any]:
        return await self.request("GET", path, **headers)

    async def request(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, Any]:
        """The status and the JSON of an answer."""
        async with self.session.request(
            method, path, json=body, headers=named(headers)
        ) as response:
            return response.status, await response.json()

    async def rows(self, path: str) -> list[dict[str, Any]]:
        """The rows of an answer, by the names of its columns."""
        status, answer = await self.get(f"/v1/{path}")
        assert status == 200, answer
        return [
            dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]
        ]

    @asynccontextmanager
    async def stream(self, query: str = "", **headers: str) -> AsyncIterator[Stream]:
        path = f"/v1/stream{query}"
        async with self.session.get(path, headers=named(headers)) as response:
            assert response.status == 200, await response.text()
            yield Stream(response)


def named(headers: dict[str, str]) -> dict[str, str]:
    """As they are sent: Last_Event_ID is Last-Event-ID."""
    return {name.replace("_", "-"): value for name, value in headers.items()}


@asynccontextmanager
async def served(dsn: str, **changes: Any) -> AsyncIterator[Client]:
    """A server on a database, with settings of one's own, and a client of it."""
    headers = {"Authorization": f"Bearer {KEY}"}
    async with (
        serving(settings(**changes), dsn) as address,
        aiohttp.ClientSession(
            address, headers=headers, timeout=aiohttp.ClientTimeout(30)
        ) as session,
    ):
        yield Client(session, address)


Serve = Callable[..., AbstractAsyncContextManager[Client]]


@pytest.fixture
def serve(dsn: str) -> Serve:
    """Start a server on the test's database, with settings of one's own."""

    @asynccontextmanager
    async def started(login: str = "postgres", **changes: Any) -> AsyncIterator[Client]:
        async with served(make_conninfo(dsn, user=login), **changes) as client:
            yield client

    return started


@pytest.fixture
async def client(serve: Serve) -> AsyncIterator[Client]:
    async with serve() as client:
        yield client
