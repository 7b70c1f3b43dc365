"""A request that came before is answered as it was the first time, or goes the long way."""

import asyncio
import re
from collections.abc import AsyncIterator

import psycopg
import pytest
from aiohttp.http_parser import RawRequestMessage

from pgstrike.api.access.keys import LOOK_SECONDS
from pgstrike.api.server import quick
from tests.api.conftest import Client, Serve
from tests.conftest import Stock
from tests.support.grants import add_key, add_market
from tests.support.http_wire import PATIENCE, wire
from tests.support.live_market import open_store, quote, refresh

OWN = re.compile(rb"(X-Request-Id|Date): [^\r]+")


def two_symbols(connection: psycopg.Connection) -> None:
    """Two symbols, and a key of somebody."""
    add_market(connection)
    add_key(connection, "desk", "of-desk")


@pytest.fixture
def stock() -> Stock:
    return two_symbols


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each request, whether it was answered at once."""
    said: list[bool] = []
    find = quick.QuickAnswers.find

    def noted(
        self: quick.QuickAnswers, message: RawRequestMessage, *more: float
    ) -> bytes | None:
        answer = find(self, message, *more)
        said.append(answer is not None)
        return answer

    monkeypatch.setattr(quick.QuickAnswers, "find", noted)
    return said


@pytest.fixture
async def quiet(serve: Serve, market: psycopg.Connection) -> AsyncIterator[Client]:
    async with serve(probe_seconds=60) as client:
        yield client


def alike(answer: tuple[bytes, bytes]) -> tuple[set[bytes], bytes]:
    """The lines of the head and the body, without what each answer has of its own."""
    return set(OWN.sub(b"", answer[0]).split(b"\r\n")), answer[1]


async def test_answer_is_that_of_the_long_way(
    quiet: Client, market: psycopg.Connection, found: list[bool]
) -> None:
    forms: tuple[dict[str, str], ...] = (
        {},
        {"Accept_Encoding": "gzip"},
        {"Accept": "text/csv"},
    )
    async with wire(quiet) as one:
        for headers in forms:
            long = await one.ask(**headers)
            short = [await one.ask(**headers) for _ in range(3)]
            assert all(alike(each) == alike(long) for each in short)
            ids = {re.search(rb"X-Request-Id: (\w+)", each[0])[0] for each in short}  # type: ignore[index]
            assert len(ids) == 3
        etag = re.search(rb'Etag: ("[^\r]+")', long[0])
        assert etag
        unchanged = [
            await one.ask(Accept="text/csv", If_None_Match=etag[1].decode())
            for _ in range(2)
        ]
        assert unchanged[0][0].startswith(b"HTTP/1.1 304 ")
        assert alike(unchanged[0]) == alike(unchanged[1])
    assert found == [False, True, True, True] * 3 + [False, True]


async def test_what_else_comes_on_the_connection_keeps_its_order(
    quiet: Client, market: psycopg.Connection, found: list[bool]
) -> None:
    async with wire(quiet) as one:
        long = await one.ask()
        one.send(method="HEAD")
        one.send("/live")
        one.send()
        one.send()
        head, _ = await one.answer(has_body=False)
        assert head.startswith(b"HTTP/1.1 200 ")
        assert (await one.answer())[1] == b'{"status": "ok"}'
        assert [(await one.answer())[1] for _ in range(2)] == [long[1]] * 2
        assert (await one.ask())[1] == long[1]
    assert found[-1]


async def test_event_and_key_count_each_time(
    quiet: Client, market: psycopg.Connection, found: list[bool]
) -> None:
    key = {"Authorization": "Bearer of-desk"}
    async with wire(quiet) as one:
        before = [await one.ask(**key) for _ in range(2)]
        assert found[-1]
        quote(open_store(market), 10, seed=1)
        refresh(market)
        async with asyncio.timeout(PATIENCE):
            # Until the last event of the refresh was told.
            while (now := await one.ask(**key))[1] == before[0][1] or not found[-1]:
                pass
        assert b'"clock":"2025-08-29T03:55:00+00:00"' in now[1]
        market.execute("UPDATE job.api_key SET revoked_at = now()")
        async with asyncio.timeout(LOOK_SECONDS / 2):
            while (await one.ask(**key))[0].startswith(b"HTTP/1.1 200 "):
                pass
        assert not found[-1]


async def test_limits_hold(serve: Serve, market: psycopg.Connection) -> None:
    async with (
        serve(requests_per_second=1, probe_seconds=60) as client,
        wire(client) as one,
    ):
        answers = [(await one.ask())[0].split()[1] for _ in range(4)]
    assert answers == [b"200", b"200", b"429", b"429"]


async def test_silent_connection_is_closed(
    serve: Serve, market: psycopg.Connection, found: list[bool]
) -> None:
    async with serve(idle_seconds=0.5, probe_seconds=60) as client, wire(client) as one:
        await one.ask()
        await one.ask()
        assert found[-1]
        async with asyncio.timeout(PATIENCE):
            assert await one.reader.read() == b""
