"""The aiohttp client against a server that misbehaves on purpose."""

import asyncio
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from api.client import RequestError, Timing, stream
from tests.api.misbehaving import RETRY, Misbehaving, event

QUICK = Timing(first_wait=0.01, longest_wait=0.02, stall=0.2, poll=0.01)
HTML = {"text": "<html>a proxy's page</html>", "content_type": "text/html"}


async def read(
    server: Misbehaving, count: int, **options: Any
) -> tuple[list[tuple[str, str]], list[str]]:
    modes: list[str] = []
    got: list[tuple[str, str]] = []
    options = {"timing": QUICK, "on_mode": modes.append, **options}
    async with (
        asyncio.timeout(30),
        server.running() as address,
        aiohttp.ClientSession(address) as session,
    ):
        async for message in stream(session, **options):
            got.append((message.type, message.id))
            if len(got) == count:
                break
    return got, modes


async def test_cut_in_a_frame_is_resumed_after_the_last_whole_one() -> None:
    server = Misbehaving(RETRY + event(1) + event(2)[:-5], event(2) + event(3))
    got, modes = await read(server, 3, after="a:0")
    assert got == [("chain", "a:1"), ("chain", "a:2"), ("chain", "a:3")]
    assert server.asked == ["a:0", "a:1"]
    assert modes == ["streaming", "waiting", "connecting", "streaming"]


async def test_repeated_and_garbled_events_are_not_handed_on() -> None:
    garbage = "\0\ufffdgarbage\n\ndata: no id\n\nid: a:9\0\ndata: x\n\n"
    server = Misbehaving(event(1) + event(1) + garbage + event(2), event(1) + event(3))
    got, _ = await read(server, 3)
    assert [id for _, id in got] == ["a:1", "a:2", "a:3"]


@pytest.mark.parametrize("status", [503, 429])
async def test_retry_after_is_waited(status: int) -> None:
    busy = web.Response(status=status, headers={"Retry-After": "1"})
    server = Misbehaving(busy, event(1))
    got, modes = await read(server, 1)
    assert got == [("chain", "a:1")]
    assert server.times[1] - server.times[0] >= 1
    assert modes[0] == "waiting"


async def test_retry_field_sets_the_wait() -> None:
    server = Misbehaving("retry: 500\n\n" + event(1), event(2))
    await read(server, 2)
    assert server.times[1] - server.times[0] >= 0.5


async def test_reset_becomes_a_snapshot_and_what_follows_it() -> None:
    reset = "id: b:5\nevent: reset\ndata: {}\n\n"
    server = Misbehaving(reset, event(101, "b"))
    got, _ = await read(server, 2, snapshot="/snapshot", after="a:1")
    assert got == [("snapshot", "b:100"), ("chain", "b:101")]
    assert server.asked == ["a:1", "b:100"]


async def test_reset_is_handed_on_where_there_is_no_snapshot() -> None:
    reset = "id: b:5\nevent: reset\ndata: {}\n\n"
    got, _ = await read(Misbehaving(reset + event(6, "b")), 2, after="a:9")
    assert got == [("reset", "b:5"), ("chain", "b:6")]


async def test_stall_without_heartbeat_is_noticed() -> None:
    server = Misbehaving(event(1), event(2), stalls=True)
    got, _ = await read(server, 2)
    assert [id for _, id in got] == ["a:1", "a:2"]


@pytest.mark.parametrize("acts", [[web.Response], [str, str, str]])
async def test_where_streaming_is_impossible_it_polls(acts: list[Any]) -> None:
    made = [web.Response(**HTML) if act is web.Response else "" for act in acts]
    server = Misbehaving(*made, stalls=True)
    got, modes = await read(server, 3, snapshot="/snapshot")
    assert got == [("snapshot", f"b:{at}00") for at in (1, 2, 3)]
    assert modes[-1] == "polling"


async def test_streaming_is_tried_again_after_polling() -> None:
    server = Misbehaving(web.Response(**HTML), event(9999999, "b"))
    timing = QUICK._replace(try_stream=0.05)
    modes: list[str] = []
    async with (
        asyncio.timeout(30),
        server.running() as address,
        aiohttp.ClientSession(address) as session,
    ):
        reading = stream(
            session, snapshot="/snapshot", timing=timing, on_mode=modes.append
        )
        async for message in reading:
            if message.type == "chain":
                break
    assert modes == ["polling", "connecting", "streaming"]


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_refusal_is_raised_at_once_with_its_message(status: int) -> None:
    body = {"error": {"code": "x", "message": "Send the key."}}
    server = Misbehaving(web.json_response(body, status=status))
    with pytest.raises(RequestError, match=r"Send the key\.") as raised:
        await read(server, 1)
    assert raised.value.status == status
    assert len(server.asked) == 1
