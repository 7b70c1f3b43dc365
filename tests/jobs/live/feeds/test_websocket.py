"""A WebSocket of NDJSON: lines over frames, wrong lines, and connections that break."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.lines import MAX_LINE
from pgstrike.jobs.live.feeds.websocket import GRID, LineJoiner, gathered, open_feed
from pgstrike.jobs.live.plugin import Asked, Frame, RefusedError
from pgstrike.jobs.live.wire import LiveWire
from pgstrike.jobs.quote import QuoteBatch
from tests.support.feeds import json_line

Script = Callable[[web.WebSocketResponse], Awaitable[None]]


def asked(url: str, **options: str) -> Asked:
    return Asked("ws", ["NIFTY"], {"url": url, **options}, lambda name: "the-secret")


@contextlib.asynccontextmanager
async def serving(script: Script, token: str | None = None) -> AsyncIterator[str]:
    async def handle(request: web.Request) -> web.WebSocketResponse:
        if token and request.headers.get("Authorization") != f"Bearer {token}":
            raise web.HTTPForbidden
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await script(socket)
        return socket

    app = web.Application()
    app.router.add_get("/quotes", handle)
    async with TestServer(app) as server:
        yield str(server.make_url("/quotes")).replace("http", "ws")


async def all_of(url: str, **options: str) -> tuple[list[float], list[str]]:
    """The strikes and the reasons of rejects, until the socket ends."""
    strikes: list[float] = []
    reasons: list[str] = []
    feed = open_feed(asked(url, **options))
    async with asyncio.timeout(20), LiveWire() as wire:
        async for batch in feed.updates(wire, await feed.contracts(wire)):
            assert isinstance(batch, QuoteBatch)
            strikes += batch.rows["strike"].tolist()
            reasons += [each.reason for each in batch.rejects]
    return strikes, reasons


def lines(*strikes: float) -> bytes:
    return "".join(json_line(strike=each) + "\n" for each in strikes).encode()


async def test_half_lines_over_frames_are_joined() -> None:
    whole = lines(24_600, 24_650, 24_700) + json_line(strike=24_750).encode()

    async def script(socket: web.WebSocketResponse) -> None:
        for at in range(0, len(whole), 7):
            await socket.send_bytes(whole[at : at + 7])

    async with serving(script) as url:
        assert await all_of(url) == ([24_600, 24_650, 24_700, 24_750], [])


async def test_line_that_cannot_be_read_is_a_reject_and_no_end() -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        await socket.send_bytes(lines(24_600) + b"{wrong\n\xff\n")
        await socket.send_str(lines(-1, 24_650).decode())

    async with serving(script) as url:
        strikes, reasons = await all_of(url)
    assert strikes == [24_600, 24_650]
    assert sorted(reasons) == ["bad_strike", "malformed", "malformed"]


async def test_token_goes_in_a_header_and_a_wrong_one_is_refused() -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        await socket.send_bytes(lines(24_600))

    async with serving(script, "the-secret") as url:
        assert await all_of(url, login="yes") == ([24_600], [])
        with pytest.raises(RefusedError):
            await all_of(url)


async def test_broken_connection_is_an_error_after_what_came() -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        await socket.send_bytes(lines(24_600))
        assert socket._req is not None and socket._req.transport is not None
        await asyncio.sleep(0)
        socket._req.transport.close()

    seen: list[float] = []
    async with serving(script) as url, LiveWire() as wire:
        with pytest.raises(OSError, match="broke"):
            async for batch in open_feed(asked(url)).updates(wire, ()):
                assert isinstance(batch, QuoteBatch)
                seen += batch.rows["strike"].tolist()
    assert seen == [24_600]


async def test_silence_ends_a_batch() -> None:
    """Lines are given on while the socket stays open."""
    is_seen = asyncio.Event()

    async def script(socket: web.WebSocketResponse) -> None:
        await socket.send_bytes(lines(24_600))
        await is_seen.wait()
        async for message in socket:
            assert message.type is not WSMsgType.ERROR

    async with serving(script) as url, LiveWire() as wire, asyncio.timeout(20):
        batches = open_feed(asked(url)).updates(wire, ())
        assert len((await anext(batches)).rows) == 1  # type: ignore[union-attr]
        is_seen.set()
        await batches.aclose()  # type: ignore[attr-defined]


async def test_frames_are_grouped_by_when_they_were_read() -> None:
    """As played from a recording: at once, and in the groups of the live run."""

    async def frames() -> AsyncIterator[Frame]:
        for at in (0, 1, GRID - 1, GRID, 2 * GRID - 1, 2 * GRID):
            yield Frame(at, b"x")

    found = [[each.read_at for each in group] async for group in gathered(frames())]
    assert found == [[0, 1, GRID - 1], [GRID, 2 * GRID - 1], [2 * GRID]]


async def test_slow_consumer_holds_up_the_reading() -> None:
    read = 0

    async def frames() -> AsyncIterator[Frame]:
        nonlocal read
        while True:
            read += 1
            yield Frame(read * GRID, b"x" * 1000)
            await asyncio.sleep(0)

    groups = gathered(frames())
    await anext(groups)
    for _ in range(100):
        await asyncio.sleep(0)
    assert read <= 3
    await groups.aclose()


def test_endless_line_is_held_cut() -> None:
    joiner = LineJoiner()
    for _ in range(40):
        assert joiner.add(b"x" * 100_000) == []
    assert len(joiner.rest()) == MAX_LINE + 1
    [line, other] = joiner.add(b"\n{}\n")
    assert len(line) == MAX_LINE + 1 and other == b"{}"


def test_feed_without_address_says_so() -> None:
    with pytest.raises(FeedError, match="url="):
        open_feed(asked("http://x"))


async def test_lines_come_through_the_wire_of_the_product() -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        await socket.send_bytes(lines(24_600)[:50])
        await socket.send_bytes(lines(24_600, 24_650)[50:])

    async with serving(script, "the-secret") as url, LiveWire() as wire:
        found = open_feed(asked(url, login="yes")).updates(wire, ())
        strikes = [s for each in [b async for b in found] for s in strikes_of(each)]
        assert strikes == [24_600, 24_650]
        with pytest.raises(RefusedError):
            await anext(open_feed(asked(url)).updates(wire, ()))


def strikes_of(batch: object) -> list[float]:
    assert isinstance(batch, QuoteBatch)
    return [float(strike) for strike in batch.rows["strike"]]
