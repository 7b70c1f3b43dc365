"""The clients' panels: what the frames add up to, through resets, rolls and reconnections."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
import pytest

from api.client import Stream, stream
from api.client_panel import Panel
from jobs.store import Store
from tests.api.conftest import KEY, Client
from tests.api.market import EXPIRIES, open_store, quote
from tests.api.misbehaving import Misbehaving
from tests.api.test_client import QUICK
from tests.api.test_panel import DEATH, said

NODE = shutil.which("node")
SCRIPT = Path(__file__).with_name("run_client.mjs")
QUERY = {"symbol": "NIFTY", "fields": "ltp,oi", "interval": "0", "strikes": "atm:1"}


def write_market(store: Store) -> int:
    """What happens while a panel is watched. Returns the last event's id."""
    for minute, underlying in enumerate((24510, 24460, 24540), 1):
        quote(store, minute, underlying=underlying, seed=minute)
    store.connection.execute("UPDATE job.event_counter SET generation = generation + 1")
    quote(store, 5, seed=5)
    quote(store, DEATH, expiries=EXPIRIES[1:], seed=6, underlying=24460)
    return quote(store, DEATH + 24 * 60, expiries=EXPIRIES[1:], seed=7).event_id


def expected(connection: psycopg.Connection) -> dict[tuple[str, str], Any]:
    found = said(connection)
    assert [key[1] for key in found] == [EXPIRIES[1].isoformat()]
    return {
        key: {strike: rows[strike] for strike in (24450, 24500, 24550)}
        for key, rows in found.items()
    }


async def test_panel_holds_what_sql_says(
    client: Client, connection: psycopg.Connection
) -> None:
    store = open_store(connection)
    quote(store, 0)
    panel, types, last = Panel(), [], None
    async with asyncio.timeout(30):
        async for message in stream(client.session, query=QUERY):
            if not panel.apply(message):
                types.append(message.type)
            last = last or write_market(store)
            if int(message.id.rpartition(":")[2] or 0) >= last:
                break
    assert {key: chain.rows for key, chain in panel.chains.items()} == expected(
        connection
    )
    assert types == ["reset"]
    assert panel.clock == "2025-09-03T10:00:00+00:00"
    [chain] = panel.chains.values()
    assert (chain.quote_time, chain.underlying) == (panel.clock, 24510)


@pytest.mark.skipif(NODE is None, reason="there is no node on this machine")
async def test_panel_in_a_browser_holds_what_sql_says(
    client: Client, connection: psycopg.Connection
) -> None:
    assert NODE is not None
    store = open_store(connection)
    quote(store, 0)
    url = client.session._build_url("/fo/stream").with_query(QUERY)
    given = {"url": str(url), "headers": {"Authorization": f"Bearer {KEY}"}}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        NODE, str(SCRIPT), "panel", json.dumps(given), stdin=pipe, stdout=pipe
    )
    assert process.stdin is not None and process.stdout is not None
    async with asyncio.timeout(60):
        assert await process.stdout.readline() == b"begun\n"
        last = await asyncio.to_thread(write_market, store)
        process.stdin.write(str(last).encode())
        *others, text = (await process.stdout.read()).splitlines()
        assert await process.wait() == 0
    assert others == [b"reset"]
    body = json.loads(text)
    assert body["clock"] == "2025-09-03T10:00:00+00:00"
    found = {
        (chain["symbol"], chain["expiry"]): dict(chain["rows"])
        for chain in body["chains"]
    }
    assert found == expected(connection)
    [chain] = body["chains"]
    assert (chain["quoteTime"], chain["underlying"]) == (body["clock"], 24510)


SNAPSHOT = '{"topic":"snapshot","clock":null,"chains":[]}'


async def test_state_counts_though_it_is_no_newer() -> None:
    """A panel that cannot be resumed may be told its state as of the id it had."""
    server = Misbehaving(f"id: a:7\nevent: snapshot\ndata: {SNAPSHOT}\n\n")
    async with (
        asyncio.timeout(30),
        server.running() as address,
        aiohttp.ClientSession(address) as session,
    ):
        async for message in stream(session, query=QUERY, after="a:7", timing=QUICK):
            assert (message.type, message.id) == ("snapshot", "a:7")
            break


async def test_reset_without_an_id_starts_anew() -> None:
    reset = 'id:\nevent: reset\ndata: {"reason":"ahead"}\n\n'
    state = f"id: a:3\nevent: snapshot\ndata: {SNAPSHOT}\n\n"
    server = Misbehaving(reset, state)
    types = []
    async with (
        asyncio.timeout(30),
        server.running() as address,
        aiohttp.ClientSession(address) as session,
    ):
        async for message in stream(session, query=QUERY, after="a:9", timing=QUICK):
            types.append(message.type)
            if len(types) == 2:
                break
    assert types == ["reset", "snapshot"]
    assert server.asked == ["a:9", None]


def test_panel_takes_no_snapshot() -> None:
    for query in (QUERY, [*QUERY.items()]):
        with pytest.raises(ValueError, match="brings its state"):
            Stream(None, query=query, snapshot="/x")  # type: ignore[arg-type]
