"""The client for browsers, run by Node, against a server that misbehaves on purpose."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.api.misbehaving import RETRY, Misbehaving, event
from tests.unit.test_sse_parser import CASES

NODE = shutil.which("node")
SCRIPT = Path(__file__).with_name("run_client.mjs")
QUICK = {"firstWait": 10, "longestWait": 20, "stall": 500, "poll": 10}
RESET = "id: b:5\nevent: reset\ndata: {}\n\n"

pytestmark = pytest.mark.skipif(NODE is None, reason="there is no node on this machine")


async def node(kind: str, given: Any) -> Any:
    assert NODE is not None
    process = await asyncio.create_subprocess_exec(
        NODE, str(SCRIPT), kind, json.dumps(given), stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(60):
            printed, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0
    return json.loads(printed)


async def read(server: Misbehaving, count: int, **options: Any) -> Any:
    async with server.running() as address:
        if "snapshot" in options:
            options["snapshot"] = address + options["snapshot"]
        options["timing"] = QUICK
        url = f"{address}/fo/stream"
        return await node("read", {"url": url, "count": count, "options": options})


async def test_parser_dispatches_the_same_however_it_is_cut() -> None:
    pieces, expected = [], []
    for sent, messages in CASES:
        for at in range(len(sent) + 1):
            pieces.append([sent[:at].hex(), sent[at:].hex()])
            expected.append([list(message) for message in messages])
    assert await node("parse", pieces) == expected


async def test_cut_in_a_frame_is_resumed_after_the_last_whole_one() -> None:
    server = Misbehaving(RETRY + event(1) + event(2)[:-5], event(2) + event(3))
    found = await read(server, 3, after="a:0")
    assert [id for _, id in found["got"]] == ["a:1", "a:2", "a:3"]
    assert server.asked == ["a:0", "a:1"]
    assert found["modes"] == ["streaming", "waiting", "connecting", "streaming"]


async def test_repeated_and_garbled_events_are_not_handed_on() -> None:
    garbage = "\0\ufffdgarbage\n\ndata: no id\n\nid: a:9\0\ndata: x\n\n"
    server = Misbehaving(event(1) + event(1) + garbage + event(2), event(1) + event(3))
    found = await read(server, 3)
    assert [id for _, id in found["got"]] == ["a:1", "a:2", "a:3"]


async def test_retry_after_is_waited() -> None:
    busy = web.Response(status=503, headers={"Retry-After": "1"})
    server = Misbehaving(busy, event(1))
    assert (await read(server, 1))["got"] == [["chain", "a:1"]]
    assert server.times[1] - server.times[0] >= 1


async def test_reset_becomes_a_snapshot_and_what_follows_it() -> None:
    server = Misbehaving(RESET, event(101, "b"))
    found = await read(server, 2, snapshot="/snapshot", after="a:1")
    assert found["got"] == [["snapshot", "b:100"], ["chain", "b:101"]]
    assert server.asked == ["a:1", "b:100"]


async def test_stall_without_heartbeat_is_noticed() -> None:
    found = await read(Misbehaving(event(1), event(2), stalls=True), 2)
    assert [id for _, id in found["got"]] == ["a:1", "a:2"]


async def test_where_streaming_is_impossible_it_polls() -> None:
    html = web.Response(text="<html>a proxy's page</html>", content_type="text/html")
    found = await read(Misbehaving(html), 3, snapshot="/snapshot")
    assert found["got"] == [["snapshot", f"b:{at}00"] for at in (1, 2, 3)]
    assert found["modes"] == ["polling"]


@pytest.mark.parametrize("status", [400, 401, 404])
async def test_refusal_is_raised_at_once_with_its_message(status: int) -> None:
    body = {"error": {"code": "x", "message": "Send the key."}}
    server = Misbehaving(web.json_response(body, status=status))
    assert (await read(server, 1))["error"] == [status, "Send the key."]
    assert len(server.asked) == 1
