"""Redis pub/sub: newest ticks, reconnects, floods and wrong passwords."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis import Redis

from pgstrike.db.errors import FeedError
from pgstrike.jobs.live.feeds.redis_channels import MOST_LINES, Waiting, open_feed
from pgstrike.jobs.live.plugin import Asked, RefusedError, Wire
from pgstrike.jobs.live.recording_wire import RecordingWire
from pgstrike.jobs.live.replay_wire import ReplayWire
from pgstrike.jobs.live.wire import LiveWire
from pgstrike.jobs.quote import QuoteBatch
from tests.support.feeds import leg
from tests.support.redis_server import RedisServer, needs_redis, redis_server

OPTIONS, UNDERLYING = "ticker:nifty:options", "ticker:nifty:underlying"


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


def asked(url: str, **options: str) -> Asked:
    return Asked("pubsub", ["NIFTY"], options, lambda name: url)


def tick(strike: int, price: float, side: str = "CE") -> str:
    name = f"NIFTY25902{strike}{side}"
    made = {"symbol": "NIFTY", "token": 1, "tradingsymbol": name}
    return json.dumps({**made, "price": price, "oi": 75, "is_mock": False})


def count_of(client: Redis) -> int:
    """How many channels and patterns are subscribed to."""
    return int(client.pubsub_numpat()) + len(client.pubsub_channels())


@contextlib.asynccontextmanager
async def heard(
    server: RedisServer, wire: Wire, **options: str
) -> AsyncIterator[AsyncIterator[QuoteBatch]]:
    """The batches of a feed that has subscribed."""
    feed = open_feed(asked(server.url, **options))
    batches = feed.updates(wire, ())
    following = asyncio.ensure_future(anext(batches))

    async def all_of() -> AsyncIterator[QuoteBatch]:
        nonlocal following
        while True:
            batch = await following
            assert isinstance(batch, QuoteBatch)
            yield batch
            following = asyncio.ensure_future(anext(batches))

    with server.client() as client:
        wanted = len(feed.channels)
        async with asyncio.timeout(20):
            while count_of(client) < wanted:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    try:
        yield all_of()
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await batches.aclose()  # type: ignore[attr-defined]


@needs_redis
async def test_ticks_become_snapshots(server: RedisServer) -> None:
    spot = {"symbol": "NIFTY", "tradingsymbol": "NIFTY 50", "price": 24_480.5}
    count = 0
    async with heard(server, LiveWire()) as batches:
        with server.client() as client:
            client.publish(UNDERLYING, json.dumps(spot))
            for price in range(100):
                client.publish(OPTIONS, tick(24_600, 90 + price))
            client.publish(OPTIONS, tick(24_600, 80, "PE"))
        async for batch in batches:
            count += 1
            if len(batch.rows) and leg(batch, "put")["ltp"] == 80:
                break
    assert leg(batch, "call") | {"ltp": 189, "oi": 75} == leg(batch, "call")
    assert batch.rows["underlying"].tolist() == [24_480.5]
    assert count < 100  # of a contract the newest counts


@needs_redis
async def test_recorded_blocks_give_the_same(
    server: RedisServer, tmp_path: Path
) -> None:
    async with (
        RecordingWire(LiveWire(), tmp_path) as wire,
        heard(server, wire, channels="ticker:*") as batches,
    ):
        with server.client() as client:
            client.publish(OPTIONS, tick(24_600, 95.1))
        live = await anext(batches)
    feed = open_feed(asked("redis://nowhere", channels="ticker:*"))
    played = feed.updates(ReplayWire(tmp_path), ())
    [again] = [batch async for batch in played]
    assert isinstance(again, QuoteBatch)
    assert again.rows.tobytes() == live.rows.tobytes()


@needs_redis
async def test_killed_server_is_an_error_and_then_heard_again(
    server: RedisServer,
) -> None:
    with pytest.raises(ConnectionError, match="REDIS_URL"):
        async with heard(server, LiveWire()) as batches:
            server.kill()
            await anext(batches)
    with pytest.raises(ConnectionError):
        await anext(open_feed(asked(server.url)).updates(LiveWire(), ()))
    server.start()
    async with heard(server, LiveWire()) as batches:
        with server.client() as client:
            client.publish(OPTIONS, tick(24_600, 95.1))
        assert len((await anext(batches)).rows) == 1


@needs_redis
async def test_flood_of_ticks_is_coalesced(server: RedisServer) -> None:
    """Nobody takes batches for a while; then the newest of each contract are there, at once."""
    strikes = [24_000 + 50 * n for n in range(50)]
    async with heard(server, LiveWire()) as batches:
        with server.client() as client:

            def flood(first: int) -> None:
                with client.pipeline(transaction=False) as pipe:
                    for price in range(first, first + 100):
                        for strike in strikes:
                            pipe.publish(OPTIONS, tick(strike, price))
                    pipe.execute()

            for first in range(1, 401, 100):
                await asyncio.to_thread(flood, first)
        rows = 0
        async for batch in batches:
            rows += len(batch.rows)
            if {*batch.rows["call_ltp"].tolist()} == {400.0}:
                break
    assert sorted(batch.rows["strike"].tolist()) == strikes
    assert rows < 20_000 / 20


def test_ticks_that_wait_are_as_many_as_contracts() -> None:
    waiting = Waiting()
    for price in range(1000):
        waiting.add(tick(24_600, price).encode())
        waiting.add(tick(24_650, price).encode())
    assert len(waiting.lines) == 2
    assert waiting.take().decode() == f"{tick(24_600, 999)}\n{tick(24_650, 999)}"
    assert waiting.take() == b""


async def test_other_lines_stop_the_reading_and_none_is_lost() -> None:
    waiting = Waiting()

    class Channel:
        read = 0

        async def get_message(self, **_: object) -> dict[str, bytes]:
            await asyncio.sleep(0)
            self.read += 1
            return {"data": b"%d" % self.read}

    channel = Channel()
    reader = asyncio.create_task(waiting.read(channel))  # type: ignore[arg-type]
    lines: list[bytes] = []
    for _ in range(3):
        before = -1
        while before != channel.read:
            before = channel.read
            for _ in range(10):
                await asyncio.sleep(0)
        assert len(waiting.lines) == MOST_LINES
        lines += waiting.take().split(b"\n")
    reader.cancel()
    assert [int(line) for line in lines] == [*range(1, 3 * MOST_LINES + 1)]


@needs_redis
async def test_wrong_password_is_refused_without_being_shown() -> None:
    with redis_server("--requirepass", "right") as server:
        url = server.url.replace("//", "//:wrong-secret@")
        with pytest.raises(RefusedError) as refused:
            await anext(open_feed(asked(url)).updates(LiveWire(), ()))
    assert "wrong-secret" not in str(refused.value) and "REDIS_URL" in str(
        refused.value
    )


async def test_address_that_is_none_is_refused_without_being_shown() -> None:
    with pytest.raises(FeedError) as refused:
        await anext(open_feed(asked("http://:secret@x")).updates(LiveWire(), ()))
    assert "secret" not in str(refused.value) and "REDIS_URL" in str(refused.value)


def test_feed_without_symbols_needs_channels() -> None:
    with pytest.raises(FeedError, match="channels="):
        open_feed(Asked("pubsub", [], {}, lambda name: ""))
