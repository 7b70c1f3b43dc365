"""A listener that loses its backend while others write: nothing lost, nothing twice."""

import asyncio
import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from tests.api.conftest import Client
from tests.support.live_market import append, epoch

NOTIFY = "SELECT pg_notify((SELECT channel FROM job.installation), %s)"
TERMINATE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE application_name = 'pgstrike api listener' AND datname = current_database()"
)


@contextmanager
def listener_away(dsn: str, connection: psycopg.Connection) -> Iterator[None]:
    """Terminate the listener's backend, and let it not come back before this is left."""
    allow = "ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}"
    name = sql.Identifier(connection.info.dbname)
    with psycopg.connect(dsn, dbname="postgres", autocommit=True) as other:
        other.execute(sql.SQL(allow).format(name, sql.SQL("false")))
        assert connection.execute(TERMINATE).fetchall() == [(True,)]
        yield
        other.execute(sql.SQL(allow).format(name, sql.SQL("true")))


async def test_gap_is_read_from_the_log(
    client: Client, dsn: str, connection: psycopg.Connection
) -> None:
    async with client.stream() as stream:
        await stream.opened()
        for start in (0, 400):
            append(connection, *range(start, start + 50))
            with listener_away(dsn, connection):
                append(connection, *range(start + 50, start + 300))
            append(connection, *range(start + 300, start + 400))
            events = await stream.take(400)
            found = [json.loads(event.data)["n"] for event in events]
            assert found == [*range(start, start + 400)]
            ids = [int(event.last_id.split(":")[1]) for event in events]
            assert ids == [*range(start + 1, start + 401)]


async def test_writers_go_on_while_listener_dies(
    client: Client, dsn: str, connection: psycopg.Connection
) -> None:
    total = 400

    def write() -> None:
        with psycopg.connect(dsn, autocommit=True) as own:
            for number in range(total // 2):
                append(own, number)

    writers = [threading.Thread(target=write) for _ in range(2)]
    async with client.stream() as stream:
        await stream.opened()
        for writer in writers:
            writer.start()
        ids = []
        for number in range(total):
            if number % 50 == 25:
                connection.execute(TERMINATE)
            ids.append(int((await stream.next()).last_id.split(":")[1]))
        for writer in writers:
            writer.join()
    assert ids == [*range(1, total + 1)]


async def read_all(client: Client, start: str, last: int, seed: int) -> list[int]:
    """Read up to an id, dropping the connection at random; the ids as they came."""
    chance, at, ids = random.Random(seed), start, [0]
    while ids[-1] < last:
        async with client.stream(f"?after={at}") as stream:
            for _ in range(chance.randrange(1, 60)):
                event = await stream.next()
                assert event.type == "ops"
                at = event.last_id
                ids.append(int(at.split(":")[1]))
                if ids[-1] == last:
                    break
    return ids[1:]


async def test_readers_drop_while_listener_dies(
    client: Client, dsn: str, connection: psycopg.Connection
) -> None:
    def write() -> None:
        with psycopg.connect(dsn, autocommit=True) as own:
            for number in range(150):
                append(own, number)
                if number % 40 == 20:
                    own.execute(TERMINATE)
                if number % 7 == 3:
                    with own.transaction(force_rollback=True):
                        append(own, number)

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    start = f"{epoch(connection)}:0"
    found = await asyncio.gather(
        *(read_all(client, start, 300, seed) for seed in range(5))
    )
    for writer in writers:
        writer.join()
    assert found == [[*range(1, 301)]] * 5


async def test_pruned_gap_resets(
    client: Client, dsn: str, connection: psycopg.Connection
) -> None:
    async with client.stream() as stream:
        await stream.opened()
        with listener_away(dsn, connection):
            last = append(connection, 1, 2, 3)
            connection.execute("DELETE FROM fo.event WHERE id <= 2")
        event = await stream.next()
        here = f"{epoch(connection)}:{last}"
        assert json.loads(event.data) == {"reason": "too_old", "after": here}


async def test_dead_listener_is_told_by_health(
    client: Client, dsn: str, connection: psycopg.Connection
) -> None:
    assert (await client.get("/health"))[0] == 200
    with listener_away(dsn, connection):
        append(connection, 1)
        status, body = await client.get("/health")
        assert (status, body["status"]) == (503, "degraded")
        assert body["listener"]["connected"] is False
        assert body["events"]["hub"] != body["events"]["log"]
    async with client.stream(f"?after={epoch(connection)}:0") as stream:
        await stream.take(1)
    # The probe of the new connection has still to come back.
    while (await client.get("/health"))[0] != 200:  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def test_foreign_notification_is_ignored(
    client: Client, connection: psycopg.Connection
) -> None:
    async with client.stream() as stream:
        await stream.opened()
        for noise in ("", "{}", "[]", "null", "not json", '{"id":1}'):
            connection.execute(NOTIFY, [noise])
        append(connection, 1)
        assert json.loads((await stream.next()).data)["n"] == 1


async def test_forged_event_is_not_sent(
    client: Client, connection: psycopg.Connection
) -> None:
    forged = json.dumps({"id": 7, "epoch": epoch(connection), "topic": "ops", "n": 0})
    async with client.stream() as stream:
        await stream.opened()
        connection.execute(NOTIFY, [forged])
        append(connection, 1)
        assert json.loads((await stream.next()).data)["n"] == 1
