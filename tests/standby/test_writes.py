"""What an api of a standby writes, and what ends it everywhere."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.api.conftest import KEY, Client, served
from tests.standby.conftest import Copied
from tests.support.cookies import try_sign_in
from tests.support.grants import add_key
from tests.support.live_market import append

PATIENCE = 10.0
LOOK_SECONDS = 0.02


async def until_is(client: Client, status: int, **headers: str) -> None:
    """Return once the key or cookie is taken (200), or refused (401)."""
    async with asyncio.timeout(PATIENCE):
        while (await client.get("/v1/bootstrap", **headers))[0] != status:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)


@pytest.fixture
async def far(copied: Copied) -> AsyncIterator[Client]:
    async with served(copied.primary) as client:
        yield client


async def test_session_ends_everywhere(near: Client, far: Client) -> None:
    """Signed in here or there, it holds at both; signed out there, streams end here."""
    for one, other in ((near, far), (far, near)):
        for client in (near, far):
            client.session.headers["Authorization"] = f"Bearer {KEY}"
        status, _, headers = await try_sign_in(one)
        assert status == 200
        cookie, _, _ = headers["Set-Cookie"].partition(";")
        for client in (near, far):
            del client.session.headers["Authorization"]
            assert (await client.get("/v1/bootstrap", Cookie=cookie))[0] == 200
        async with one.stream("", Cookie=cookie) as stream:
            async with other.session.delete(
                "/session", headers={"Cookie": cookie}
            ) as response:
                assert response.status in (200, 204)
            async with asyncio.timeout(PATIENCE):
                await stream.ended()
        await until_is(one, 401, Cookie=cookie)


async def test_revoked_key_ends_on_the_standby(
    near: Client, copied: Copied, connection: psycopg.Connection
) -> None:
    add_key(connection, "some", "sent")
    await asyncio.to_thread(copied.pair.replayed)
    near.session.headers["Authorization"] = "Bearer sent"
    await until_is(near, 200)
    async with near.stream() as stream:
        await stream.opened()
        connection.execute("DELETE FROM job.api_key WHERE name = 'some'")
        async with asyncio.timeout(PATIENCE):
            await stream.ended()
    await until_is(near, 401)


async def test_writes_are_refused_while_the_primary_is_away(copied: Copied) -> None:
    away = make_conninfo(copied.primary, host="127.0.0.1", port="1")
    async with served(copied.standby, source="standby", primary_dsn=away) as near:
        status, body, _ = await try_sign_in(near)
        assert (status, body["error"]["code"]) == (503, "primary_unavailable")
        assert (await near.get("/v1/bootstrap"))[0] == 200
        _, health = await near.get("/health")
        rows = {row["name"]: row for row in health["rows"]}
        assert rows["replay"]["state"] == "warn", rows["replay"]
        assert await near.get("/ready") == (200, {"status": "ok"})


async def test_standby_without_a_primary_only_reads(copied: Copied) -> None:
    async with served(copied.standby, source="standby") as near:
        status, body, _ = await try_sign_in(near)
        assert (status, body["error"]["code"]) == (503, "read_only")
        assert (await near.get("/v1/bootstrap"))[0] == 200


async def test_late_standby_is_not_ready(
    copied: Copied, connection: psycopg.Connection
) -> None:
    async with served(
        copied.standby, source="standby", primary_dsn=copied.primary, lag_seconds=0.5
    ) as near:
        assert await near.get("/ready") == (200, {"status": "ok"})
        with copied.pair.replay_paused():
            append(connection, 1)
            async with asyncio.timeout(PATIENCE):
                while (await near.get("/ready"))[0] != 503:  # noqa: ASYNC110
                    await asyncio.sleep(LOOK_SECONDS)
            _, health = await near.get("/health")
            assert "did not come here" in health["checks"]["replay"]
        async with asyncio.timeout(PATIENCE):
            while (await near.get("/ready"))[0] != 200:  # noqa: ASYNC110
                await asyncio.sleep(LOOK_SECONDS)
