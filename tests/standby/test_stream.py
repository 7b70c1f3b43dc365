"""Streams of a standby's api: every event that the primary commits, once and in order."""

import json
import random
import threading

import psycopg

from tests.api.conftest import Client
from tests.standby.conftest import Copied
from tests.support.live_market import append


async def test_events_come_from_the_standby(
    near: Client, connection: psycopg.Connection
) -> None:
    async with near.stream() as stream:
        await stream.opened()
        append(connection, 1, 2, 3)
        events = await stream.take(3)
        assert [json.loads(event.data)["n"] for event in events] == [1, 2, 3]


async def test_no_event_is_lost_while_writers_write(
    near: Client, copied: Copied, connection: psycopg.Connection
) -> None:
    chance, total = random.Random(1), 600

    def write() -> None:
        with psycopg.connect(copied.primary, autocommit=True) as own:
            left = total // 2
            while left:
                size = min(left, chance.randint(1, 40))
                append(own, *range(size))
                left -= size

    async with near.stream() as stream:
        await stream.opened()
        writers = [threading.Thread(target=write) for _ in range(2)]
        for writer in writers:
            writer.start()
        events = await stream.take(total)
        for writer in writers:
            writer.join()
    logged = connection.execute("SELECT id, payload::text FROM fo.event ORDER BY id")
    told = [(int(e.last_id.split(":")[1]), e.data) for e in events]
    assert told == logged.fetchall()
