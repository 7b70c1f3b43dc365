"""A log that does not go on as it was: the relay starts a new stream, and says why."""

import asyncio

import psycopg
import pytest

from tests.support.live_market import append, epoch
from tests.support.redis_server import RedisServer, needs_redis
from tests.support.relays import (
    TERMINATE,
    Follower,
    entries,
    following,
    relaying,
    whole,
)

pytestmark = [needs_redis, pytest.mark.one_engine]

REWIND = """
    WITH counter AS (
        UPDATE job.event_counter SET last_id = %(id)s, change_id = least(change_id, %(id)s)
    )
    DELETE FROM fo.event WHERE id > %(id)s
"""


async def test_rewound_log_starts_a_new_stream(
    dsn: str, connection: psycopg.Connection, redis: RedisServer
) -> None:
    with relaying(dsn, redis.url), relaying(dsn, redis.url):
        async with following(dsn, redis.url) as follower:
            await follower.alive()
            last = append(connection, *range(10))
            await follower.reach(last)
            connection.execute(REWIND, {"id": last - 5})
            connection.execute(TERMINATE)
            await reset(follower, "rewound")
            assert follower.hub.position is not None
            assert follower.hub.position.id == last - 5
            follower.taken.clear()
            await follower.reach(append(connection, *range(20)))
            whole(follower, connection)
    assert entries(redis)[0][1]["start"] == "rewound"


async def test_new_epoch_starts_a_new_stream(
    dsn: str, connection: psycopg.Connection, redis: RedisServer
) -> None:
    with relaying(dsn, redis.url), relaying(dsn, redis.url):
        async with following(dsn, redis.url) as follower:
            await follower.alive()
            last = append(connection, *range(10))
            await follower.reach(last)
            connection.execute(
                "UPDATE job.event_counter SET generation = generation + 1"
            )
            last = append(connection, 1)
            await reset(follower, "other_epoch", 2)
            await follower.reach(append(connection, 2))
            assert str(follower.hub.position) == f"{epoch(connection)}:{last + 1}"
    assert {fields["epoch"] for _, fields in entries(redis)} == {epoch(connection)}


async def reset(follower: Follower, reason: str, times: int = 1) -> None:
    async with asyncio.timeout(30):
        while follower.resets.count(reason) < times:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_pruned_log_starts_a_new_stream(
    dsn: str, connection: psycopg.Connection, redis: RedisServer
) -> None:
    with relaying(dsn, redis.url):
        append(connection, 1)
    last = append(connection, 2, 3, 4)
    connection.execute("DELETE FROM fo.event WHERE id < %s", [last])
    with relaying(dsn, redis.url):
        assert entries(redis)[0] == (
            f"{last}-1",
            {
                "start": "too_old",
                "epoch": epoch(connection),
                "stream": entries(redis)[0][1]["stream"],
                "words": "0",
            },
        )
