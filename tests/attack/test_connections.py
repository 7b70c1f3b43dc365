"""Connections that ask for nothing: many, slow, too long; and what is left for others."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from pgstrike.api.addresses import TrustedProxies
from pgstrike.api.http.route import Caller, Route
from pgstrike.api.http.routes import ROUTES
from tests.api.conftest import KEY, Client, Serve
from tests.support.api_process import HEADERS, Api, Wire, connected, running_api
from tests.support.frozen import address_of
from tests.support.logged import warned

pytestmark = pytest.mark.one_engine

Times = Callable[[int, int], int]
HALF = b"GET /health HTTP/1.1\r\nHost: here\r\n"
WHOLE = HALF + b"\r\n"
PATIENCE = 30


@contextlib.asynccontextmanager
async def half_open(api: Api, count: int, sources: int) -> AsyncIterator[None]:
    """So many requests that never come to their end, from so many addresses."""
    async with contextlib.AsyncExitStack() as stack:
        for number in range(count):
            source = f"127.0.0.{1 + number % sources}"
            with contextlib.suppress(OSError):
                opened = connected(api.host, api.port, HALF, source=source)
                await stack.enter_async_context(opened)
        yield


@pytest.mark.parametrize("sources", [1, 40])
async def test_half_open_requests_keep_nobody_out(
    dsn: str,
    tmp_path: Path,
    times: Times,
    measured: Callable[[str], None],
    sources: int,
) -> None:
    count, files = times(400, 1300), times(256, 1024)
    with running_api(dsn, tmp_path, files=files) as api:
        async with (
            aiohttp.ClientSession(api.url, headers=HEADERS) as session,
            session.get("/fo/stream?topic=ops") as held,
        ):
            async with half_open(api, count, sources):
                answered = sum([await answers(api, session) for _ in range(20)])
                used = api.open_files()
            assert not held.content.at_eof()
        log = api.log.read_text()
    measured(
        f"connections: {count} half-open from {sources} addresses at {files} files:"
        f" {answered} of 40 requests answered, {used} files used, {len(log)} B of log"
    )
    assert answered == 40
    assert used < files
    assert "Traceback" not in log and len(log.splitlines()) < 10


async def answers(api: Api, session: aiohttp.ClientSession) -> int:
    """How many of two requests are answered: on a kept connection, and on a new one."""
    url = f"{api.url}/fo/metrics"
    async with session.get("/fo/metrics") as kept:
        pass
    async with aiohttp.ClientSession(headers=HEADERS) as fresh, fresh.get(url) as new:
        return (kept.status == 200) + (new.status == 200)


async def test_flood_when_files_run_out_is_one_line(
    dsn: str, tmp_path: Path, times: Times, measured: Callable[[str], None]
) -> None:
    """Where the setting allows more connections than there are files."""
    count = times(400, 1300)
    limits = {
        "PGSTRIKE_MAX_CONNECTIONS": "5000",
        "PGSTRIKE_MAX_CONNECTIONS_PER_ADDRESS": "0",
    }
    with running_api(dsn, tmp_path, files=times(256, 1024), **limits) as api:
        async with half_open(api, count, 1):
            async with asyncio.timeout(PATIENCE):
                while b"accept_failed" not in api.log.read_bytes():  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            async with aiohttp.ClientSession(api.url, headers=HEADERS) as session:
                assert await answers(api, session) == 2
        log = api.log.read_text()
    measured(f"connections: {count} half-open, no files left: {len(log)} B of log")
    assert "Traceback" not in log and len(log.splitlines()) < 10


def to(client: Client, sent: bytes) -> AbstractAsyncContextManager[Wire]:
    url = address_of(client)
    return connected(str(url.host), url.port or 0, sent)


async def test_slow_head_is_cut_however_it_comes(serve: Serve) -> None:
    async with serve(header_seconds=0.3) as client, to(client, HALF) as wire:
        dripping = asyncio.create_task(drip(wire.writer))
        await refused_with(wire, 408, "request_timeout")
        dripping.cancel()
        await asyncio.gather(dripping, return_exceptions=True)


async def drip(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"X-Drip: 1\r\n")
        await asyncio.sleep(0.05)


async def refused_with(wire: Wire, status: int, code: str) -> None:
    """The connection's last bytes are an error in our form."""
    got = await rest_of(wire)
    head, _, body = got.partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode()), got
    error = json.loads(body)["error"]
    assert error["code"] == code and error["message"]


async def rest_of(wire: Wire) -> bytes:
    """What comes until the other side ends it; a reset is an end as well."""
    got = b""
    async with asyncio.timeout(PATIENCE):
        with contextlib.suppress(ConnectionResetError):
            while chunk := await wire.reader.read(65536):
                got += chunk
    return got


async def test_silent_connection_is_closed_without_a_word(serve: Serve) -> None:
    async with serve(header_seconds=0.2) as client, to(client, b"") as wire:
        assert await rest_of(wire) == b""


async def test_kept_connection_is_closed_when_it_idles(serve: Serve) -> None:
    async with serve(idle_seconds=0.3) as client, to(client, WHOLE) as wire:
        assert (await rest_of(wire)).startswith(b"HTTP/1.1 200 OK")


async def test_head_that_never_ends_is_refused(serve: Serve) -> None:
    lines = [f"X-{number}: {'x' * 1000}\r\n".encode() for number in range(33)]
    async with serve() as client, to(client, HALF + b"".join(lines)) as wire:
        await refused_with(wire, 431, "head_too_long")


async def test_body_that_does_not_come_is_not_waited_for(serve: Serve) -> None:
    head = f"POST /session HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {KEY}\r\n"
    sent = f"{head}Content-Length: 100\r\n\r\nxxx".encode()
    async with serve(header_seconds=0.3) as client, to(client, sent) as wire:
        assert (await rest_of(wire)).startswith(b"HTTP/1.1 200 OK")


async def test_large_body_is_refused(serve: Serve) -> None:
    async with serve() as client:
        for body in (b"x" * 200_000, pieces()):
            async with client.session.post("/session", data=body) as answer:
                assert answer.status == 413
                assert (await answer.json())["error"]["code"] == "body_too_long"


async def pieces() -> AsyncIterator[bytes]:
    yield b"x" * 1000


async def test_of_an_address_the_one_that_waits_longest_goes(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pgstrike.api.server.connection_limits.GRACE_SECONDS", 0)
    async with (
        serve(address_connections=2) as client,
        contextlib.AsyncExitStack() as stack,
    ):
        held = [await stack.enter_async_context(to(client, HALF)) for _ in range(5)]
        for wire in held[:3]:
            assert await rest_of(wire) == b""
        for wire in held[3:]:
            await answered(wire)


async def answered(wire: Wire) -> None:
    wire.writer.write(b"\r\n")
    async with asyncio.timeout(PATIENCE):
        assert (await wire.reader.readline()).startswith(b"HTTP/1.1 200")


async def test_readers_with_a_key_are_not_counted_per_address(serve: Serve) -> None:
    async with (
        serve(address_connections=2) as client,
        contextlib.AsyncExitStack() as stack,
    ):
        for _ in range(6):
            stream = await stack.enter_async_context(client.stream())
            await stream.opened()
        assert (await client.get("/health"))[0] == 200


async def test_proxies_are_not_counted_per_address(serve: Serve) -> None:
    proxies = TrustedProxies.from_text("127.0.0.0/8")
    async with (
        serve(address_connections=2, trusted_proxies=proxies) as client,
        contextlib.AsyncExitStack() as stack,
    ):
        held = [await stack.enter_async_context(to(client, HALF)) for _ in range(8)]
        for wire in held:
            await answered(wire)


async def much(request: web.Request) -> web.Response:
    return web.Response(body=b"x" * 50_000_000)


async def test_answer_that_nobody_takes_is_given_up(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pgstrike.api.server.http_connection.SENDING_SECONDS", 0.3)
    row = Route("GET", "/much", much, Caller.KEY, "More than a socket takes.")
    monkeypatch.setattr("pgstrike.api.app.ROUTES", (*ROUTES, row))
    sent = f"GET /much HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {KEY}\r\n\r\n"
    with warned("pgstrike.api.server.http_connection") as given_up:
        async with serve() as client, to(client, sent.encode()) as wire:
            async with asyncio.timeout(PATIENCE):
                await given_up.wait()
            assert len(await rest_of(wire)) < 50_000_000
