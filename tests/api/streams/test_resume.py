"""Resuming: without a hole, without a repetition, or with a reset that says why."""

import json

import psycopg
import pytest

from tests.api.conftest import Client, Serve
from tests.support.live_market import append, epoch
from tests.support.sse_reader import Dispatched


def numbers(events: list[Dispatched]) -> list[int]:
    return [json.loads(event.data)["n"] for event in events]


async def test_resume_by_header(client: Client, connection: psycopg.Connection) -> None:
    async with client.stream() as stream:
        await stream.opened()
        append(connection, 1, 2, 3)
        seen = await stream.take(2)
    append(connection, 4, 5)
    async with client.stream(Last_Event_ID=seen[-1].last_id) as stream:
        append(connection, 6)
        assert numbers(await stream.take(4)) == [3, 4, 5, 6]


async def test_resume_before_first_event(
    client: Client, connection: psycopg.Connection
) -> None:
    async with client.stream() as stream:
        await stream.opened()
        left_at = stream.parser.last_id
    append(connection, 1)
    async with client.stream(Last_Event_ID=left_at) as stream:
        assert numbers(await stream.take(1)) == [1]


async def test_header_wins(client: Client, connection: psycopg.Connection) -> None:
    append(connection, 1, 2, 3)
    here = epoch(connection)
    async with client.stream(f"?after={here}:1", Last_Event_ID=f"{here}:2") as stream:
        assert numbers(await stream.take(1)) == [3]


@pytest.mark.parametrize("count", [3, 450])  # from memory after a start; by pages
async def test_resume_from_the_log(
    serve: Serve, connection: psycopg.Connection, count: int
) -> None:
    append(connection, *range(count))
    async with (
        serve() as client,
        client.stream(f"?after={epoch(connection)}:0") as stream,
    ):
        append(connection, count)
        assert numbers(await stream.take(count + 1)) == [*range(count + 1)]


async def test_resume_filters_the_past(
    serve: Serve, connection: psycopg.Connection
) -> None:
    append(connection, 1, topic="chain", symbol="BANKNIFTY")
    append(connection, 2, topic="chain", symbol="NIFTY")
    query = f"?symbol=NIFTY&after={epoch(connection)}:0"
    async with serve() as client:
        append(connection, 3, topic="chain", symbol="BANKNIFTY")
        append(connection, 4, topic="chain", symbol="NIFTY")
        async with client.stream(query) as stream:
            assert numbers(await stream.take(2)) == [2, 4]


async def test_every_drop_is_resumed(
    client: Client, connection: psycopg.Connection
) -> None:
    seen: list[int] = []
    at = f"{epoch(connection)}:0"
    for start in range(0, 200, 20):
        append(connection, *range(start, start + 20))
        async with client.stream(f"?after={at}") as stream:
            # Fewer than there are: the rest is for the next connection.
            events = await stream.take(17)
        seen += numbers(events)
        at = events[-1].last_id
    async with client.stream(f"?after={at}") as stream:
        seen += numbers(await stream.take(30))
    assert seen == [*range(200)]


async def test_after_newest_starts_now(
    client: Client, connection: psycopg.Connection
) -> None:
    last = append(connection, 1, 2)
    async with client.stream(f"?after={epoch(connection)}:{last}") as stream:
        await stream.opened()
        append(connection, 3)
        assert numbers(await stream.take(1)) == [3]


async def expect_reset(client: Client, after: str, reason: str, newest: str) -> None:
    await client.get("/health")  # answers once the hub has what the log has
    async with client.stream(f"?after={after}") as stream:
        event = await stream.next()
        assert event.type == "reset"
        assert json.loads(event.data) == {"reason": reason, "after": newest}
        assert event.last_id == newest


async def test_other_epoch_resets(
    client: Client, connection: psycopg.Connection
) -> None:
    append(connection, 1)
    await expect_reset(client, "00000000:1", "other_epoch", f"{epoch(connection)}:1")


async def test_id_ahead_resets(client: Client, connection: psycopg.Connection) -> None:
    append(connection, 1)
    here = epoch(connection)
    for ahead in (2, 10**18):
        await expect_reset(client, f"{here}:{ahead}", "ahead", f"{here}:1")


async def test_pruned_id_resets(serve: Serve, connection: psycopg.Connection) -> None:
    append(connection, *range(10))
    connection.execute("DELETE FROM fo.event WHERE id <= 5")
    here = epoch(connection)
    async with serve() as client:
        await expect_reset(client, f"{here}:4", "too_old", f"{here}:10")
        async with client.stream(f"?after={here}:5") as stream:
            assert numbers(await stream.take(5)) == [5, 6, 7, 8, 9]


async def test_hole_in_the_log_resets(
    serve: Serve, connection: psycopg.Connection
) -> None:
    append(connection, *range(10))
    connection.execute("DELETE FROM fo.event WHERE id = 5")
    here = epoch(connection)
    async with serve() as client:
        await expect_reset(client, f"{here}:2", "too_old", f"{here}:10")


async def test_stream_goes_on_after_reset(
    client: Client, connection: psycopg.Connection
) -> None:
    append(connection, 1)
    await client.get("/health")  # answers once the hub has what the log has
    async with client.stream("?after=00000000:1") as stream:
        assert (await stream.next()).type == "reset"
        append(connection, 2)
        assert numbers(await stream.take(1)) == [2]


async def test_raised_epoch_resets_everybody(
    client: Client, connection: psycopg.Connection
) -> None:
    async with client.stream() as one, client.stream("?topic=chain") as other:
        await one.opened()
        await other.opened()
        append(connection, 1)
        await one.next()
        connection.execute("UPDATE job.event_counter SET generation = generation + 1")
        append(connection, 2)
        here = epoch(connection)
        for stream in (one, other):
            event = await stream.next()
            assert event.type == "reset"
            assert json.loads(event.data) == {
                "reason": "other_epoch",
                "after": f"{here}:2",
            }
        append(connection, 3, topic="chain")
        for stream in (one, other):
            assert (await stream.next()).last_id == f"{here}:3"


async def test_malformed_after_is_refused(client: Client) -> None:
    for after in ("12", "ab:", "ab:x", "ab:1:2", "ab:-1", ":1"):
        for query, headers in ((f"?after={after}", {}), ("", {"Last-Event-ID": after})):
            status, body = await client.get(f"/fo/stream{query}", **headers)
            assert (status, body["error"]["code"]) == (400, "bad_after"), after


async def test_empty_header_starts_now(client: Client) -> None:
    async with client.stream(Last_Event_ID="") as stream:
        await stream.opened()
