"""GET /fo/stream: frames, filters, heartbeats, and how a stream ends."""

import asyncio
import json
from contextlib import AsyncExitStack

import aiohttp
import psycopg
import pytest

from pgstrike.api.http_server import serving
from tests.api.conftest import KEY, Client, Serve, settings
from tests.support.live_market import append, epoch, open_store, quote
from tests.support.sse_reader import Parser, Stream


async def test_frame_is_the_event(
    client: Client, connection: psycopg.Connection
) -> None:
    async with client.stream() as stream:
        await stream.opened()
        append(connection, 1)
        [event] = await stream.take(1)
    [(id, payload)] = connection.execute("SELECT id, payload::text FROM fo.event")
    assert event.type == "ops"
    assert event.last_id == f"{epoch(connection)}:{id}"
    assert event.data == payload


async def test_headers_say_stream(client: Client) -> None:
    async with client.stream() as stream:
        headers = stream.response.headers
        assert headers["Content-Type"] == "text/event-stream"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Accel-Buffering"] == "no"
        assert headers["Vary"] == "Accept-Encoding"
        await stream.opened()
        assert stream.parser.retry is not None and 1000 <= stream.parser.retry <= 3000


async def test_events_of_a_commit_are_in_order(
    client: Client, connection: psycopg.Connection
) -> None:
    async with client.stream() as one, client.stream() as other:
        await one.opened()
        await other.opened()
        append(connection, *range(300))
        append(connection, *range(300, 400))
        for stream in (one, other):
            events = await stream.take(400)
            assert [json.loads(event.data)["n"] for event in events] == [*range(400)]


async def test_stored_batch_is_streamed(
    client: Client, connection: psycopg.Connection
) -> None:
    async with client.stream("?topic=chain&symbol=NIFTY") as stream:
        await stream.opened()
        quote(open_store(connection), 0)
        events = [json.loads(event.data) for event in await stream.take(2)]
    assert [event["expiry"] for event in events] == ["2025-09-02", "2025-09-09"]


FILTERS = [
    ("", [1, 2, 3, 4, 5, 6]),
    ("?topic=chain", [1, 2, 3, 4]),
    ("?topic=rollup&topic=snapshot", [5, 6]),
    ("?symbol=NIFTY", [1, 2, 3, 5, 6]),
    ("?symbol=BANKNIFTY", [4, 6]),
    ("?symbol=NIFTY&symbol=BANKNIFTY&topic=chain", [1, 2, 3, 4]),
    ("?expiry=2025-09-02", [1, 3, 4, 5, 6]),
    ("?symbol=NIFTY&expiry=2025-09-09&expiry=2025-09-16", [2, 3, 5, 6]),
]


async def test_filters_pass(client: Client, connection: psycopg.Connection) -> None:
    async with AsyncExitStack() as stack:
        streams = []
        for query, _ in FILTERS:
            end = "&topic=task" if "topic" in query else ""
            stream = await stack.enter_async_context(client.stream(query + end))
            await stream.opened()
            streams.append(stream)
        append(connection, 1, topic="chain", symbol="NIFTY", expiry="2025-09-02")
        append(connection, 2, topic="chain", symbol="NIFTY", expiry="2025-09-09")
        append(connection, 3, topic="chain", symbol="NIFTY")
        append(connection, 4, topic="chain", symbol="BANKNIFTY", expiry="2025-09-02")
        append(connection, 5, topic="rollup", symbol="NIFTY")
        append(connection, 6, topic="snapshot")
        append(connection, 7, topic="task")
        for stream, (query, expected) in zip(streams, FILTERS, strict=True):
            events = await stream.take(len(expected) + 1)
            found = [json.loads(event.data)["n"] for event in events]
            assert found == [*expected, 7], query


async def test_heartbeat_moves_the_position(
    serve: Serve, connection: psycopg.Connection
) -> None:
    async with (
        serve(heartbeat_seconds=0.05) as client,
        client.stream("?topic=task") as stream,
    ):
        await stream.opened()
        last = append(connection, 1, 2, 3)
        await stream.stands_at(f"{epoch(connection)}:{last}")
        assert "heartbeat" in stream.parser.comments


async def test_reader_that_goes_is_forgotten(client: Client) -> None:
    async with client.stream() as stream:
        await stream.opened()
        assert (await client.get("/health"))[1]["streams"] == 1
        stream.response.close()
    while (await client.get("/health"))[1]["streams"]:
        pass


async def has_heard(session: aiohttp.ClientSession, address: str, last: int) -> bool:
    async with session.get(f"{address}/health") as answer:
        return str((await answer.json())["events"]["hub"]).endswith(f":{last}")


async def test_stopping_server_drains(dsn: str, connection: psycopg.Connection) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        async with serving(settings(), dsn) as address:
            stream = Stream(await session.get(f"{address}/fo/stream"))
            await stream.opened()
            last = append(connection, *range(100))
            # What the server has not heard of when it stops, the next one tells.
            while not await has_heard(session, address, last):
                pass
            assert json.loads((await stream.next()).data)["n"] == 0
        # The server is gone; the reader still gets whole frames, and a proper end.
        for number in range(1, 100):
            assert json.loads((await stream.next()).data)["n"] == number
        with pytest.raises(StopAsyncIteration):
            await stream.next()


async def test_streams_are_counted(serve: Serve) -> None:
    async with serve(streams=2) as client:
        async with client.stream() as one, client.stream("?symbol=NIFTY&fields=iv"):
            await one.opened()
            async with client.session.get("/fo/stream") as refused:
                assert refused.status == 503
                assert int(refused.headers["Retry-After"]) > 0
                assert (await refused.json())["error"]["code"] == "too_many_streams"
        while (await client.get("/health"))[1]["streams"]:
            pass
        async with client.stream() as again:
            await again.opened()


async def test_refused_stream_is_not_counted(serve: Serve) -> None:
    async with serve(streams=1) as client:
        for query in ("?topic=x", "?after=x", "?symbol=x", "?symbol=NIFTY&fields=x"):
            assert (await client.get(f"/fo/stream{query}"))[0] == 400
        async with client.stream() as stream:
            await stream.opened()


async def test_reader_of_http_1_0_is_sent_no_chunks(
    client: Client, connection: psycopg.Connection
) -> None:
    """A proxy may speak it to us."""
    base = client.session._build_url("/fo/stream")
    reader, writer = await asyncio.open_connection(base.host, base.port)
    request = f"GET /fo/stream HTTP/1.0\r\nAuthorization: Bearer {KEY}\r\n\r\n"
    writer.write(request.encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert b"Transfer-Encoding" not in head
    assert (await reader.readuntil(b"\n\n")).startswith(b"retry: ")
    await reader.readuntil(b"\n\n")
    append(connection, *range(5))
    parser = Parser()
    found = parser.feed(b"".join([await reader.readuntil(b"\n\n") for _ in range(5)]))
    assert [json.loads(event.data)["n"] for event in found] == [*range(5)]
    writer.close()
    await writer.wait_closed()
