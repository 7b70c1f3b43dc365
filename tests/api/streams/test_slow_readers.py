"""Readers that lag or freeze: told what counts, cut in time, and no burden to others."""

import asyncio
import contextlib
import gc
import json
import os
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from time import monotonic

import psycopg
import pytest

from tests.api.conftest import Client, Serve
from tests.support.frozen import FrozenReader, address_of
from tests.support.heard import included
from tests.support.live_market import FRONT, append, epoch, open_store, quote
from tests.support.logged import warned
from tests.support.panel_reader import Held, read_up_to, said
from tests.support.sse_reader import Parser, Stream

pytestmark = pytest.mark.one_engine

FLOOD = """
    SELECT ops.append_events(
        array_fill('ops'::text, ARRAY[%(count)s]), array_fill(NULL::text, ARRAY[%(count)s]),
        array_fill(NULL::date, ARRAY[%(count)s]),
        array_fill(json_build_object('topic', 'ops', 'padding', repeat('x', 7000))::text,
                   ARRAY[%(count)s])
    )
"""


def flood(connection: psycopg.Connection, count: int) -> int:
    row = connection.execute(FLOOD, {"count": count}).fetchone()
    assert row is not None
    return int(row[0])


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def resident_kb() -> int:
    text = Path("/proc/self/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0])


async def test_frozen_reader_is_sent_a_reset_and_cut(
    client: Client, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pgstrike.api.http.stream.STALL_SECONDS", 1)
    async with FrozenReader(address_of(client), "") as frozen:
        with warned("pgstrike.api.http.stream") as cut:
            last = flood(connection, 120)
            async with asyncio.timeout(30):
                await cut.wait()
        await asyncio.wait_for(frozen.read_all(), 30)
    *events, reset = Parser().feed(frozen.body())
    assert [event.last_id for event in events] == [
        f"{epoch(connection)}:{id}" for id in range(1, len(events) + 1)
    ]
    assert len(events) < 120
    assert reset.type == "reset"
    assert json.loads(reset.data) == {
        "reason": "too_slow",
        "after": f"{epoch(connection)}:{last}",
    }


async def test_frozen_reader_that_stays_so_is_dropped(
    client: Client, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pgstrike.api.http.stream.STALL_SECONDS", 0.2)
    await client.get("/health")
    files = open_files()
    async with FrozenReader(address_of(client), "") as frozen:
        assert open_files() == files + 2  # its own, and the server's
        flood(connection, 120)
        async with asyncio.timeout(30):
            while (await client.get("/health"))[1][
                "streams"
            ] or open_files() > files + 1:
                pass
            with contextlib.suppress(ConnectionResetError):
                await frozen.read_all()


async def test_reader_that_goes_while_it_is_cut_is_no_failure(
    client: Client,
    connection: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("pgstrike.api.http.stream.STALL_SECONDS", 0.5)
    async with FrozenReader(address_of(client), "") as frozen:
        with warned("pgstrike.api.http.stream") as cut:
            flood(connection, 120)
            async with asyncio.timeout(30):
                await cut.wait()
    assert frozen.socket.fileno() == -1  # closed, with bytes unread: a reset
    async with asyncio.timeout(30):
        while (await client.get("/health"))[1]["streams"]:
            pass
    gc.collect()
    assert [record.getMessage() for record in caplog.records] == [
        "reader_cut remote=127.0.0.1 cause=stalled"
    ]


async def test_slow_reader_that_takes_something_is_not_cut(
    client: Client, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pgstrike.api.http.stream.STALL_SECONDS", 0.5)
    async with FrozenReader(address_of(client), "") as slow:
        last = flood(connection, 30)
        end = f"id: {epoch(connection)}:{last}\n".encode()
        while end not in slow.received:
            await slow.read_some(4096)
            await asyncio.sleep(0.03)
        while not slow.received.endswith(b"\n\n\r\n"):
            await slow.read_some()
    assert [event.type for event in Parser().feed(slow.body())] == ["ops"] * 30


async def test_panel_that_lags_is_told_once_what_it_missed(
    client: Client, connection: psycopg.Connection
) -> None:
    store = open_store(connection)
    strikes = tuple(float(strike) for strike in range(20000, 30000, 50))
    quote(store, 0, strikes=strikes)
    held = Held()
    async with client.stream("?symbol=NIFTY&expiry=front&interval=0") as stream:
        await read_up_to(stream, held, 0)
        transport = stream.pause()
        for minute in range(1, 31):
            stored = await asyncio.to_thread(
                quote, store, minute, strikes=strikes, seed=minute
            )
        await client.get("/health")  # answers once the hub has what the log has
        transport.resume_reading()
        frames = await read_up_to(stream, held, stored.event_id)
    [(events,)] = connection.execute(
        "SELECT count(*) FROM fo.event WHERE expiry = %s AND payload ->> 'clock' > %s",
        [FRONT[1], "2025-08-29T03:45:30"],
    )
    assert len(frames) < events
    assert held.snapshots == 1
    figures = {
        strike: {name: row[name] for name in ("strike", "call_ltp", "put_oi")}
        for strike, row in held.rows[FRONT].items()
    }
    expected = said(connection)[FRONT]
    assert figures == {
        strike: {name: row[name] for name in ("strike", "call_ltp", "put_oi")}
        for strike, row in expected.items()
    }


async def test_slow_reader_is_reset(
    serve: Serve, connection: psycopg.Connection
) -> None:
    async with (
        serve(queue_events=50) as client,
        client.stream(Accept_Encoding="identity") as stream,
    ):
        await stream.opened()
        transport = stream.pause()
        last = [flood(connection, 300) for _ in range(10)][-1]
        newest = f"{epoch(connection)}:{last}"
        await included(client, f"/v1/bootstrap?after={newest}")
        transport.resume_reading()
        await follows_a_reset(stream, connection, last)


async def follows_a_reset(
    stream: Stream, connection: psycopg.Connection, last: int
) -> None:
    """Everything in order up to a reset, nothing missing after the last one."""
    expected, resets = 1, 0
    while expected <= last:
        event = await stream.next()
        id = int(event.last_id.split(":")[1])
        if event.type == "reset":
            assert json.loads(event.data) == {
                "reason": "too_slow",
                "after": event.last_id,
            }
            resets += 1
        else:
            assert id == expected
        expected = id + 1
    assert resets
    append(connection, 1)
    assert (await stream.next()).last_id == f"{epoch(connection)}:{last + 1}"


async def test_quick_reader_is_not_reset_by_many_events_at_once(
    serve: Serve, connection: psycopg.Connection
) -> None:
    """The events of a commit wait until those before them were told."""
    async with serve(queue_events=4) as client, client.stream() as stream:
        await stream.opened()
        append(connection, *range(500))
        events = await stream.take(500)
    assert [json.loads(event.data).get("n") for event in events] == [*range(500)]


@pytest.mark.long
async def test_hundred_frozen_readers_are_no_burden(
    client: Client, connection: psycopg.Connection, measured: Callable[[str], None]
) -> None:
    """While each of them has a full socket, another reader is told everything."""
    async with AsyncExitStack() as stack:
        for _ in range(100):
            await stack.enter_async_context(FrozenReader(address_of(client), ""))
        stream = await stack.enter_async_context(client.stream("?topic=ops"))
        await stream.opened()
        flood(connection, 20)
        await stream.take(20)
        before, began = resident_kb(), monotonic()
        for _ in range(20):
            last = flood(connection, 50)
            assert (await stream.take(50))[-1].last_id.endswith(f":{last}")
        grown = resident_kb() - before
    measured(
        f"100 frozen readers: {grown / 1024:.0f} MB more while another is told 1,000 events"
        f" of 7 kB in {monotonic() - began:.1f} s"
    )
    assert grown < 100 * 1024
