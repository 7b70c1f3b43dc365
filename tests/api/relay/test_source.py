"""The api over a stream of Redis: whether it is ready, and how fresh its answers are."""

import asyncio
import json
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from redis import Redis
from redis.exceptions import NoPermissionError

from pgstrike.api.events.log import EventLog, Head
from pgstrike.db.connection import describe
from pgstrike.db.paths import ROOT
from tests.api.conftest import Client, Serve
from tests.support.live_market import append, epoch
from tests.support.network import Network, network, network_before
from tests.support.redis_server import RedisServer, needs_redis, redis_server
from tests.support.relays import (
    KEY,
    PROBE_SECONDS,
    Follower,
    following,
    redis_settings,
    relaying,
)

pytestmark = [needs_redis, pytest.mark.one_engine]


async def test_api_is_ready_while_a_relay_runs(
    dsn: str, connection: psycopg.Connection, redis: RedisServer, serve: Serve
) -> None:
    own = {"source": "redis", "redis": redis_settings(redis.url)}
    async with serve(**own, probe_seconds=PROBE_SECONDS, poll_seconds=3600) as client:
        assert (await client.get("/ready"))[0] == 503
        with relaying(dsn, redis.url):
            await status(client, 200)
            assert (await client.get("/health"))[0] == 200
            async with client.stream(f"?after={epoch(connection)}:0") as stream:
                last = append(connection, *range(20))
                events = await stream.take(20)
            assert [json.loads(event.data)["n"] for event in events] == [*range(20)]
            assert events[-1].last_id == f"{epoch(connection)}:{last}"
        await status(client, 503)


async def status(client: Client, wanted: int) -> None:
    async with asyncio.timeout(30):
        while (await client.get("/ready"))[0] != wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_what_has_arrived_is_taken_before_an_answer(
    dsn: str, connection: psycopg.Connection, redis: RedisServer
) -> None:
    """The loop is held while it arrives, so nothing was read when the answer is asked for.

    No heartbeat comes meanwhile: after it nobody would wait in Redis, and nothing would arrive.
    """
    with relaying(dsn, redis.url, PGSTRIKE_PROBE_SECONDS="60"):
        async with following(dsn, redis.url, probe_seconds=60) as follower:
            await follower.reach(append(connection, 1))
            await quiet(follower)
            for number in range(20):
                last = append(connection, number)
                arrived(redis, last)
                assert not follower.source.is_quiet()
                assert await follower.listener.hear()
                assert follower.ids[-1] == last


async def quiet(follower: Follower) -> None:
    async with asyncio.timeout(30):
        while not await follower.listener.hear():
            pass


def arrived(server: RedisServer, id: int) -> None:
    """Return once an event is in the stream, and has been sent to who waits for it."""
    with server.client() as client:
        while not client.xrange(KEY, f"{id}-0", f"{id}-0"):
            pass
        client.ping()


async def test_log_that_lags_is_not_rewound(
    dsn: str, connection: psycopg.Connection, redis: RedisServer
) -> None:
    """As where PGSTRIKE_DSN leads to a standby: the stream is ahead of the log there."""
    with relaying(dsn, redis.url):
        async with following(dsn, redis.url, poll_seconds=0.02) as follower:
            last = append(connection, 1)
            await follower.reach(last)
            late = LateLog(follower.source)
            await late.hold()
            follower.listener.log = follower.listener.own_log = late
            for number in range(20):
                await follower.reach(append(connection, number))
            asked = late.asked
            while late.asked < asked + 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            assert follower.ids == [*range(last, last + 21)][-len(follower.ids) :]
            assert follower.resets == ["other_epoch"]


class LateLog(EventLog):
    """A log whose head stays where it is held."""

    held: Head | None = None
    asked = 0

    async def hold(self) -> None:
        self.held = await super().head()

    async def head(self) -> Head:
        self.asked += 1
        assert self.held is not None
        return self.held


async def test_log_that_cannot_be_read_is_not_blamed_on_redis(
    dsn: str, redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with network(dsn) as (between, through), following(through, redis.url) as one:
        between.socket_path = "/nowhere"
        between.cut()
        with relaying(dsn, redis.url), psycopg.connect(dsn, autocommit=True) as other:
            append(other, 1)
            async with asyncio.timeout(30):
                while "gap_unread" not in caplog.text:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        assert one.source.connected
    said = [line for line in caplog.messages if line.startswith("gap_unread")]
    assert all(describe(through) in line for line in said), said
    assert not any("Redis" in line for line in said)


async def test_least_rights_suffice(
    dsn: str, connection: psycopg.Connection, redis: RedisServer
) -> None:
    """Those that docs/relay.md gives."""
    page = (ROOT / "docs" / "relay.md").read_text()
    with redis.client() as client:
        for line in page.splitlines():
            if line.startswith("    ACL SETUSER"):
                client.execute_command(*line.split())
        client.config_set("requirepass", "other")
    own = {
        who: redis.url.replace("//", f"//{who}:PASSWORD@")
        for who in ("relay", "reader")
    }
    with relaying(dsn, own["relay"]):
        async with following(dsn, own["reader"]) as follower:
            await follower.alive()
            await follower.reach(append(connection, 1, 2))
    with Redis.from_url(own["reader"]) as client, pytest.raises(NoPermissionError):
        client.xadd("pgstrike:events", {"event": "{}"})


async def test_network_that_goes_silent_loses_nothing(
    dsn: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    """Between Redis and the api first, and then between Redis and a relay."""
    path = f"{tmp_path}/redis.sock"
    with redis_server("--unixsocket", path) as server, ExitStack() as stack:
        async with network_before(path) as near:
            far = f"redis://127.0.0.1:{near.port}/0"
            for relays, reads in [(server.url, far), (far, server.url)]:
                relay = relaying(dsn, relays)
                process = await asyncio.to_thread(stack.enter_context, relay)
                async with following(dsn, reads) as follower:
                    await silent(near, follower, connection)
                process.kill()


async def silent(
    near: Network, follower: Follower, connection: psycopg.Connection
) -> None:
    await follower.alive()
    near.passes.clear()
    append(connection, *range(50))
    await follower.alive(False)
    near.passes.set()
    await follower.alive()
    await follower.reach(append(connection, *range(50)))
    assert follower.ids == [*range(follower.ids[0], follower.ids[-1] + 1)]
    assert len(follower.ids) >= 100
