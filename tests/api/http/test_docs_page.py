"""GET /docs in Chromium: the page describes every path, and tries it."""

import asyncio
import json
from pathlib import Path
from typing import Any, TypeAlias

import aiohttp
import psycopg
import pytest

from tests.api.conftest import Serve
from tests.support.browser import CHROMIUM, PATIENCE, needs_chromium
from tests.support.live_market import open_store, quote, refresh

pytestmark = pytest.mark.one_engine

Socket: TypeAlias = aiohttp.ClientWebSocketResponse
# What a reader does: open a metric, send its example, and see the answer.
SEND = """
while (!document.querySelector("details")) await new Promise((done) => setTimeout(done, 20));
const entry = document.getElementById("get_v1_metrics_max_pain");
entry.open = true;
await new Promise((done) => setTimeout(done));
entry.querySelector("button").click();
while (!entry.querySelector(".rows")) await new Promise((done) => setTimeout(done, 20));
return [entry.innerText, document.querySelectorAll("details").length, localStorage.length];
"""


@needs_chromium
async def test_page_describes_and_tries_every_path(
    serve: Serve, connection: psycopg.Connection, tmp_path: Path
) -> None:
    quote(open_store(connection), 0)
    refresh(connection)
    async with serve(key=None) as client:
        _, document = await client.get("/openapi.json")
        text, entries, stored = await tried(client.address, tmp_path)
    listed = sum(len(set(methods) - {"head"}) for methods in document["paths"].values())
    assert entries == listed > 50
    assert stored == 0
    for word in ("Max pain: the strike S", "SELECT * FROM analytics.max_pain('NIFTY')",
                 "200 OK", "currency", "curl -H", "2025-09-02"):  # fmt: skip
        assert word in text


async def tried(address: str, folder: Path) -> tuple[str, int, int]:
    """What the page shows after SEND, by Chromium's own protocol."""
    assert CHROMIUM is not None
    process = await asyncio.create_subprocess_exec(
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
        "--disable-background-networking", f"--user-data-dir={folder}", "about:blank",
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(PATIENCE), aiohttp.ClientSession() as session:
            port = await debugging_port(process)
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                [page] = [x for x in await answer.json() if x["type"] == "page"]
            async with session.ws_connect(page["webSocketDebuggerUrl"]) as socket:
                await call(socket, "Page.enable")
                await call(socket, "Page.navigate", url=f"{address}/docs")
                while "Page.loadEventFired" not in await socket.receive_str():
                    pass
                said = await call(
                    socket,
                    "Runtime.evaluate",
                    expression=f"(async () => {{{SEND}}})()",
                    awaitPromise=True,
                    returnByValue=True,
                )
        text, entries, stored = said["result"]["value"]
        return text, entries, stored
    finally:
        process.kill()
        await process.communicate()


async def call(socket: Socket, method: str, **parameters: Any) -> dict[str, Any]:
    """The result of a method; events that come before it are passed over."""
    await socket.send_json({"id": 1, "method": method, "params": parameters})
    while "result" not in (answer := json.loads(await socket.receive_str())):
        assert "error" not in answer, answer
    return dict(answer["result"])


async def debugging_port(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    while b"DevTools listening" not in (line := await process.stderr.readline()):
        assert line, "Chromium ended"
    return line.decode().split(":")[-1].split("/")[0]
