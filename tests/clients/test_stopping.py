"""A client that is stopped closes its connection, at once and without a word."""

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from pgstrike_client import Client, Timing
from pgstrike_client.connection import PREFIX
from tests.support.client_reading import (
    KEY,
    QUICK,
    Read,
    Wish,
    both_clients,
    needs_node,
    node,
)
from tests.support.misbehaving import SILENCE, Misbehaving, Reply, Send, event

PAGE = Reply(200, "<html>", {"Content-Type": "text/html"})
LONG = {"first_wait": 3000.0, "longest_wait": 3000.0, "poll": 3000.0, "stall": 3000.0}


@both_clients
@pytest.mark.parametrize("mode", ["streaming", "waiting", "polling"])
@pytest.mark.parametrize("late", [False, True])
async def test_stopped_in_any_mode_it_ends_at_once(
    read: Read, mode: str, late: bool
) -> None:
    first = {
        "streaming": Send("id: a:1\n\n", "stay silent"),
        "waiting": Reply(503),
        "polling": PAGE,
    }[mode]
    server = Misbehaving([first])
    wish = Wish(
        count=9,
        timing=LONG,
        with_snapshot=mode == "polling",
        after="a:1",
        stop_in=mode,
        stop_late=late,
    )
    async with server.running() as url:
        found = await read(url, wish)
        if mode == "streaming":
            async with asyncio.timeout(20):
                await server.gone.wait()
    assert found.modes == [mode] and found.error is None
    assert len(server.streams) == 1


@both_clients
async def test_leaving_the_loop_closes_the_connection(read: Read) -> None:
    server = Misbehaving([Send(event(1), "stay silent")])
    async with server.running() as url:
        assert (await read(url, Wish())).got == [("chain", "a:1")]
        async with asyncio.timeout(20):
            await server.gone.wait()


async def test_leaving_the_loop_closes_it_though_the_client_goes_on() -> None:
    server = Misbehaving([Send(event(1), "stay silent")])
    async with asyncio.timeout(20), server.running() as url, Client(url) as client:
        async for _ in client.stream():
            break
        await server.gone.wait()


@pytest.mark.parametrize("act", [SILENCE, Reply(503), PAGE, Send(event(1), "beat")])
async def test_closing_the_client_ends_the_streams_that_others_read(
    act: Send | Reply,
) -> None:
    server = Misbehaving([act])
    before = asyncio.all_tasks()
    asked = asyncio.Event()

    async def read(client: Client) -> None:
        stream = client.stream(
            on_mode=lambda _: asked.set(),
            snapshot=lambda: client.metric("chain", symbol="NIFTY"),
            after="a:0",
        )
        async for _ in stream:
            asked.set()

    async with asyncio.timeout(20), server.running() as url:
        timing = Timing(**{**QUICK, **LONG})
        async with Client(url, key=KEY, timing=timing) as client:
            reading = asyncio.create_task(read(client))
            await (server.asked if act is SILENCE else asked).wait()
        await reading
    assert asyncio.all_tasks() == before


async def test_one_client_holds_more_streams_than_aiohttp_allows() -> None:
    count = 120
    server = Misbehaving([Send(event(1), "stay silent")] * count)
    async with asyncio.timeout(60), server.running() as url, Client(url) as client:
        streams = [aiter(client.stream()) for _ in range(count)]
        events = await asyncio.gather(*(anext(stream) for stream in streams))
        assert [each.id for each in events] == ["a:1"] * count
        for stream in streams:
            await stream.aclose()


@needs_node
async def test_request_aborted_in_javascript_raises_the_reason() -> None:
    async def hang(_: web.Request) -> web.Response:
        return await asyncio.Future()

    app = web.Application()
    app.router.add_get(f"{PREFIX}/metrics", hang)
    async with TestServer(app) as server:
        assert await node("abort", str(server.make_url(""))) == ["TimeoutError", True]
