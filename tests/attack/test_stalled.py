"""Readers that ask for much and take nothing: what they cost, and what is left of it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path

import aiohttp
import psycopg
import pytest

from tests.api.conftest import KEY
from tests.support.api_process import HEADERS, Api, running_api
from tests.support.live_market import open_store, quote

pytestmark = pytest.mark.one_engine

STRIKES = tuple(float(strike) for strike in range(20000, 30000, 50))
PANEL = (
    "GET /fo/stream?symbol=NIFTY&interval=0 HTTP/1.1\r\nHost: h\r\n"
    f"Authorization: Bearer {KEY}\r\n\r\n"
).encode()
PATIENCE = 120
# A move takes 0.1 MB of memory. Many more would hide what the readers take.
MOVES = 60


@contextlib.asynccontextmanager
async def stalled(api: Api, wanted: int) -> AsyncIterator[None]:
    """So many streams whose sockets hold a few kB, and are never read."""
    loop = asyncio.get_running_loop()
    with contextlib.ExitStack() as stack:
        for _ in range(wanted):
            own = stack.enter_context(socket.socket())
            own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            own.setblocking(False)
            await loop.sock_connect(own, (api.host, api.port))
            await loop.sock_sendall(own, PANEL)
        yield


async def streams(session: aiohttp.ClientSession) -> int:
    async with session.get("/health") as answer:
        return int((await answer.json())["streams"])


@pytest.mark.long
async def test_stalled_readers_give_their_memory_back(
    dsn: str,
    connection: psycopg.Connection,
    tmp_path: Path,
    times: Callable[[int, int], int],
    measured: Callable[[str], None],
) -> None:
    wanted, minutes, store = times(150, 800), count(), open_store(connection)

    def move() -> None:
        """Every reader's state is another."""
        quote(store, next(minutes), strikes=STRIKES, seed=7)

    move()
    with running_api(dsn, tmp_path, files=4096) as api:
        async with aiohttp.ClientSession(api.url, headers=HEADERS) as session:
            async with stalled(api, 5):
                await until(session, lambda held: held == 0)
            before = peak = api.resident_mb()
            async with stalled(api, wanted):
                async with asyncio.timeout(PATIENCE):
                    for _ in range(MOVES):
                        await asyncio.to_thread(move)
                        peak = max(peak, api.resident_mb())
                    while await streams(session):
                        peak = max(peak, api.resident_mb())
                        await asyncio.sleep(0.05)
            async with asyncio.timeout(PATIENCE):
                while (after := api.resident_mb()) > before + left(wanted):  # noqa: ASYNC110
                    await asyncio.sleep(0.2)
    measured(
        f"stalled: {before:.0f} MB before {wanted} readers that take nothing, {peak:.0f} MB"
        f" with them, {after:.0f} MB after they were cut"
    )
    assert peak < before + allowed(wanted)


def allowed(readers: int) -> float:
    """MB more: what all share, and what each has of its own."""
    return 50 + readers * 0.1


def left(readers: int) -> float:
    """MB more: events in memory, and a server that has once had so many connections."""
    return 20 + readers * 0.03


async def until(session: aiohttp.ClientSession, holds: Callable[[int], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds(await streams(session)):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
