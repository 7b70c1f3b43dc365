"""Compressed streams, read by curl and by Chromium: each event as it arrives."""

import asyncio
import contextlib
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pgstrike.api.http_server import serving
from pgstrike.api.wire.frames import Coding, coding_of
from tests.api.conftest import settings
from tests.support.browser import browsing, needs_chromium
from tests.support.live_market import append, open_store, quote

pytestmark = pytest.mark.one_engine

CURL = shutil.which("curl")
COMPRESSED = ("gzip", "zstd")
PATIENCE = 60


@contextlib.asynccontextmanager
async def curl(url: str, coding: str) -> AsyncIterator[asyncio.subprocess.Process]:
    assert CURL is not None
    process = await asyncio.create_subprocess_exec(
        CURL,
        *("--silent", "--show-error", "--no-buffer", "--compressed"),
        *("--header", f"Accept-Encoding: {coding}"),
        url,
        stdout=asyncio.subprocess.PIPE,
        limit=2**20,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def next_data(process: asyncio.subprocess.Process) -> Any:
    """The data of the next event that has any."""
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        while line := await process.stdout.readline():
            if line.startswith(b"data:"):
                return json.loads(line.removeprefix(b"data:"))
    raise AssertionError("the stream ended")


async def position(process: asyncio.subprocess.Process) -> None:
    """Return when the stream stands somewhere."""
    assert process.stdout is not None
    while not (await process.stdout.readline()).startswith(b"id:"):
        pass


@pytest.mark.skipif(CURL is None, reason="there is no curl on this machine")
@pytest.mark.parametrize("coding", COMPRESSED)
async def test_curl_reads_each_event_as_it_arrives(
    dsn: str, connection: psycopg.Connection, coding: str
) -> None:
    """Also one that joins later; and when the server ends the stream, that is its end."""
    async with contextlib.AsyncExitStack() as stack:
        async with serving(settings(key=None), dsn) as address:
            url = f"{address}/fo/stream?topic=task"
            one = await stack.enter_async_context(curl(url, coding))
            await position(one)
            for number in range(3):
                append(connection, number, topic="task")
                assert (await next_data(one))["n"] == number
            late = await stack.enter_async_context(curl(url, coding))
            await position(late)
            for number in range(3, 6):
                append(connection, number, topic="task")
                for process in (one, late):
                    assert (await next_data(process))["n"] == number
        for process in (one, late):
            assert await asyncio.wait_for(process.wait(), PATIENCE) == 0


@pytest.mark.skipif(CURL is None, reason="there is no curl on this machine")
@pytest.mark.parametrize("coding", COMPRESSED)
async def test_curl_reads_a_panel(
    dsn: str, connection: psycopg.Connection, coding: str
) -> None:
    store = open_store(connection)
    quote(store, 0)
    async with serving(settings(key=None), dsn) as address:
        url = f"{address}/fo/stream?symbol=NIFTY&fields=oi&expiry=front&interval=0"
        async with curl(url, coding) as process:
            state = await next_data(process)
            assert (state["topic"], len(state["chains"][0]["rows"])) == ("snapshot", 5)
            quote(store, 1, strikes=(24500.0,), seed=1)
            [chain] = (await next_data(process))["chains"]
            assert [row["strike"] for row in chain["rows"]] == [24500]


PAGE = """<!doctype html><script>
const events = new EventSource("/fo/stream?topic=task");
const tell = (text) => fetch("/told?" + text);
events.addEventListener("open", () => tell("open"));
events.addEventListener("task", (event) => tell(JSON.parse(event.data).n));
</script>"""


@needs_chromium
@pytest.mark.parametrize("coding", COMPRESSED)
async def test_chromium_reads_each_event_as_it_arrives(
    dsn: str,
    connection: psycopg.Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    coding: Coding,
) -> None:
    accepted: list[str] = []

    def chosen(header: str) -> Coding:
        accepted.append(coding_of(header.replace("zstd", coding)))
        return accepted[-1]

    monkeypatch.setattr("pgstrike.api.http.stream.coding_of", chosen)
    async with browsing(PAGE, dsn, tmp_path, monkeypatch, key=None) as told:
        assert await told.get() == "open"
        for number in range(4):
            append(connection, number, topic="task")
            assert await told.get() == str(number)
    assert accepted == [coding]
