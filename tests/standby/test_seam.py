"""An answer of a standby is at or after the event that is asked for, or is refused in time."""

import asyncio
import json

import psycopg
import pytest

from tests.api.conftest import Client, served
from tests.standby.conftest import Copied
from tests.support.live_market import append, epoch, one_snapshot, open_store, quote

CHAIN = "/v1/bootstrap"
PATIENCE = 20.0


async def test_answer_waits_for_the_event_and_is_refused_in_time(
    copied: Copied, connection: psycopg.Connection
) -> None:
    one_snapshot(connection)
    await asyncio.to_thread(copied.pair.replayed)
    async with served(
        copied.standby,
        source="standby",
        primary_dsn=copied.primary,
        after_seconds=0.3,
    ) as near:
        with copied.pair.replay_paused():
            quote(open_store(connection), 1)
            after = newest(connection)
            for path, headers in (
                (f"{CHAIN}?after={after}", {}),
                (CHAIN, {"If-Match": f'"{after}"'}),
                (f"/v1/events?after={after}", {}),
                (f"/v1/stream?after={after}", {}),
                ("/v1/stream", {"Last-Event-ID": after}),
            ):
                async with near.session.get(path, headers=headers) as response:
                    assert response.status == 503, (path, headers)
                    assert (await response.json())["error"]["code"] == "not_yet"
                    assert response.headers["Retry-After"] == "1"
            assert (await near.get(CHAIN))[0] == 200
            asking = asyncio.create_task(near.get(f"{CHAIN}?after={after}"))
        status, body = await asking
        assert (status, body["event"]) == (200, after)


def newest(connection: psycopg.Connection) -> str:
    row = connection.execute("SELECT last_id FROM job.event_counter").fetchone()
    assert row is not None
    return f"{epoch(connection)}:{row[0]}"


async def test_stream_goes_on_from_an_answer_of_the_primary(
    copied: Copied, connection: psycopg.Connection, near: Client
) -> None:
    async with served(copied.primary) as far:
        append(connection, 1)
        with copied.pair.replay_paused():
            last = append(connection, 2, 3)
            status, body = await far.get(f"{CHAIN}?after={epoch(connection)}:{last}")
            assert status == 200
            opening = asyncio.create_task(read_next(near, body["event"]))
        append(connection, 4)
        assert await opening == 4


async def read_next(client: Client, after: str) -> int:
    async with client.stream(f"?after={after}") as stream:
        [event] = await stream.take(1)
        assert event.type == "ops", event
        return int(json.loads(event.data)["n"])


async def test_kept_answer_is_as_new_as_the_standby(
    copied: Copied, connection: psycopg.Connection, near: Client
) -> None:
    """No wait between the replay and the question: a look comes with each."""
    store = open_store(connection)
    for minute in range(40):
        quote(store, minute)
        await asyncio.to_thread(copied.pair.replayed)
        _, body = await near.get(CHAIN)
        assert body["event"] == newest(connection)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE fo.exchange SET currency = 'USD' WHERE exchange = 'NSE'",
        "SELECT ops.tell_change('data')",
    ],
)
async def test_changes_without_an_event_are_seen(
    copied: Copied, connection: psycopg.Connection, near: Client, change: str
) -> None:
    asked = "/v1/expiries?symbol=NIFTY"
    one_snapshot(connection)
    await asyncio.to_thread(copied.pair.replayed)
    async with asyncio.timeout(PATIENCE):
        while not await is_hit(near, asked):
            pass  # on a busy machine a look may take too long, and nothing is kept
    connection.execute(change.encode())
    await asyncio.to_thread(copied.pair.replayed)
    assert not await is_hit(near, asked)


async def is_hit(client: Client, asked: str) -> bool:
    """Whether the answer came from memory."""
    counts = []
    for path in ("/v1/cache", asked, "/v1/cache"):
        status, body = await client.get(path)
        assert status == 200, body
        counts.append(body.get("hit"))
    return bool(counts[2] > counts[0])
