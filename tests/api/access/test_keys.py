"""Keys as rows: what a key may have, over REST and in streams, and how it ends."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import psycopg
import pytest

from pgstrike.api.streams.resume import start_of
from tests.api.conftest import KEY, Serve
from tests.conftest import Stock
from tests.support.grants import SENT, add_key, add_market, holding
from tests.support.live_market import append

PANEL = "?symbol=NIFTY&fields=ltp&interval=0"
ENDS_SECONDS = 5  # a revoked key's streams
Grant = Callable[..., None]


@pytest.fixture
def stock() -> Stock:
    return add_market


@pytest.fixture
def market(stock: Stock, connection: psycopg.Connection) -> psycopg.Connection:
    return connection


@pytest.fixture
def grant(market: psycopg.Connection) -> Grant:
    """Make a key with some rights."""

    def made(name: str = "reader", sent: str = SENT, **rights: Any) -> None:
        add_key(market, name, sent, **rights)

    return made


async def test_rest_shows_the_symbols_of_the_key(serve: Serve, grant: Grant) -> None:
    grant(symbols=["NIFTY"])
    async with holding(serve) as client:
        for path in ("strike-distribution", "moneyness-series", "metrics/pcr"):
            assert (await client.get(f"/fo/{path}?symbol=NIFTY"))[0] == 200
            status, body = await client.get(f"/fo/{path}?symbol=BANKNIFTY")
            assert (status, body["error"]["code"]) == (400, "unknown_symbol"), path
            assert "BANKNIFTY" not in body["error"]["message"].partition(".")[2]


async def test_connections_of_the_pool_are_shared_by_keys_and_their_rights_are_not(
    serve: Serve, grant: Grant
) -> None:
    for number, symbol in enumerate(("NIFTY", "BANKNIFTY")):
        grant(f"reader{number}", f"key{number}", symbols=[symbol])
    async with serve() as client:

        async def ask(number: int, symbol: str) -> int:
            headers = {"Authorization": f"Bearer key{number}"}
            path = f"/fo/metrics/pcr?symbol={symbol}"
            async with client.session.get(path, headers=headers) as answer:
                return answer.status

        asked = [(number, s) for number in (0, 1) for s in ("NIFTY", "BANKNIFTY")] * 10
        answered = await asyncio.gather(*(ask(*each) for each in asked))
        assert answered == [200, 400, 400, 200] * 10


async def test_server_needs_no_more_than_its_own_role(
    serve: Serve, market: psycopg.Connection
) -> None:
    """A login that is not the owner, nor may write anything."""
    market.execute("CREATE ROLE a_server LOGIN IN ROLE pgstrike_server")
    try:
        async with serve(login="a_server") as client, client.stream() as stream:
            status, _ = await client.get("/fo/strike-distribution?symbol=NIFTY")
            assert status == 200
            append(market, 1)
            assert json.loads((await stream.next()).data)["n"] == 1
            async with client.stream(PANEL) as panel:
                assert json.loads((await panel.next()).data)["chains"]
    finally:
        market.execute("DROP ROLE a_server")


async def test_raw_stream_brings_the_symbols_and_topics_of_the_key(
    serve: Serve, grant: Grant, connection: psycopg.Connection
) -> None:
    grant(symbols=["NIFTY"], topics=["ops", "task"])
    async with holding(serve) as client, client.stream() as stream:
        await stream.opened()
        append(connection, 1, topic="ops", symbol="BANKNIFTY")
        append(connection, 2, topic="chain", symbol="NIFTY")
        append(connection, 3, topic="ops", symbol="NIFTY")
        append(connection, 4, topic="task")
        assert [json.loads((await stream.next()).data)["n"] for _ in "12"] == [3, 4]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("?symbol=BANKNIFTY", 400, "unknown_symbol"),
        ("?symbol=BANKNIFTY&fields=ltp", 400, "unknown_symbol"),
        ("?topic=ops", 403, "topic_not_allowed"),
        ("?symbol=NIFTY&fields=ltp", 403, "topic_not_allowed"),
    ],
)
async def test_stream_of_what_the_key_is_not_for_is_refused(
    serve: Serve, grant: Grant, query: str, status: int, code: str
) -> None:
    grant(symbols=["NIFTY"], topics=["metrics"])
    async with holding(serve) as client:
        answered, body = await client.get(f"/fo/stream{query}")
        assert (answered, body["error"]["code"]) == (status, code)


async def test_feeds_are_shared_only_with_the_same_rights(
    serve: Serve, grant: Grant, connection: psycopg.Connection
) -> None:
    grant("one", "key-one", symbols=["NIFTY"])
    grant("two", "key-two", symbols=["BANKNIFTY"])
    async with (
        serve() as client,
        client.stream("?topic=ops", Authorization="Bearer key-one") as one,
        client.stream("?topic=ops", Authorization="Bearer key-two") as two,
    ):
        await one.opened()
        await two.opened()
        append(connection, 1, topic="ops", symbol="BANKNIFTY")
        append(connection, 2, topic="ops", symbol="NIFTY")
        assert json.loads((await one.next()).data)["n"] == 2
        assert json.loads((await two.next()).data)["n"] == 1


@pytest.mark.parametrize("query", ["", PANEL])
@pytest.mark.parametrize(
    "change", ["revoked_at = clock_timestamp()", "symbols = '{BANKNIFTY}'"]
)
async def test_key_that_is_revoked_or_changed_loses_its_streams(
    serve: Serve, grant: Grant, market: psycopg.Connection, query: str, change: str
) -> None:
    grant()
    async with holding(serve) as client, client.stream(query) as stream:
        if query:
            await stream.next()  # its state
        else:
            await stream.opened()
        market.execute(f"UPDATE job.api_key SET {change}".encode())
        async with asyncio.timeout(ENDS_SECONDS):
            assert await stream.ended()
        if "revoked" in change:
            status, body = await client.get("/fo/stream")
            assert (status, body["error"]["code"]) == (401, "wrong_key")


async def test_stranger_keeps_no_stream_from_ending(
    serve: Serve, grant: Grant, market: psycopg.Connection
) -> None:
    """A key that is not known has the keys looked at, out of turn."""
    grant()
    async with holding(serve) as client, client.stream() as stream:
        await stream.opened()
        market.execute("UPDATE job.api_key SET revoked_at = clock_timestamp()")
        ended = asyncio.create_task(stream.ended())
        async with asyncio.timeout(ENDS_SECONDS):
            while not ended.done():
                await client.get("/fo/metrics", Authorization="Bearer another")
                await asyncio.wait([ended], timeout=0.1)
        assert ended.result()


async def test_key_that_is_revoked_while_its_stream_is_opened(
    serve: Serve,
    grant: Grant,
    market: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    grant()
    async with holding(serve) as client:

        async def opened_late(*arguments: Any) -> Any:
            market.execute("UPDATE job.api_key SET revoked_at = clock_timestamp()")
            while (await client.get("/fo/metrics"))[0] != 401:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            return await start_of(*arguments)

        monkeypatch.setattr("pgstrike.api.http.stream.start_of", opened_late)
        async with asyncio.timeout(2 * ENDS_SECONDS), client.stream() as stream:
            await stream.opened()
            assert await stream.ended()


async def test_key_that_was_made_a_moment_ago_is_known(
    serve: Serve, grant: Grant
) -> None:
    async with holding(serve) as client:
        assert (await client.get("/fo/metrics/pcr?symbol=NIFTY"))[0] == 401
        grant()
        for _ in range(100):
            if (await client.get("/fo/metrics/pcr?symbol=NIFTY"))[0] == 200:
                return
            await asyncio.sleep(0.05)
    raise AssertionError("the key is not known after 5 s")


@pytest.mark.parametrize("rights", [{"streams": 1}, {}])
async def test_streams_of_a_key_are_capped(
    serve: Serve, grant: Grant, rights: dict[str, int]
) -> None:
    grant(**rights)
    async with holding(serve, key_streams=1) as client:
        async with client.stream() as stream:
            await stream.opened()
            async with client.session.get("/fo/stream") as refused:
                assert refused.status == 503
                assert int(refused.headers["Retry-After"]) > 0
                assert "has 1 streams" in await refused.text()
            owners = {"Authorization": f"Bearer {KEY}"}
            async with client.session.get("/fo/stream", headers=owners) as other:
                assert other.status == 200
        while True:  # the server notices the end of a connection by itself
            async with client.session.get("/fo/stream") as again:
                if again.status == 200:
                    return


async def test_different_subscriptions_of_a_key_are_capped(
    serve: Serve, grant: Grant
) -> None:
    """As many streams as one likes may share one."""
    grant()
    query = "?symbol=NIFTY&topic={}"
    async with holding(serve, key_subscriptions=2) as client, AsyncExitStack() as stack:
        for topic in ("ops", "task", "ops"):
            await stack.enter_async_context(client.stream(query.format(topic)))
        path = f"/fo/stream{query.format('metrics')}"
        async with client.session.get(path) as refused:
            assert refused.status == 503
            assert "2 different subscriptions" in await refused.text()
        owners = {"Authorization": f"Bearer {KEY}"}
        async with client.session.get(path, headers=owners) as other:
            assert other.status == 200


async def test_least_interval_is_for_ordinary_keys(serve: Serve, grant: Grant) -> None:
    grant()
    async with holding(serve, interval_least_ms=500) as client:
        path = "/fo/stream?symbol=NIFTY&interval="
        status, body = await client.get(f"{path}499")
        assert (status, body["error"]["code"]) == (400, "bad_interval")
        async with client.stream("?symbol=NIFTY&interval=500") as stream:
            await stream.next()
        owners = {"Authorization": f"Bearer {KEY}"}
        async with client.session.get(f"{path}0", headers=owners) as prompt:
            assert prompt.status == 200


async def test_requests_of_a_key_are_limited(serve: Serve, grant: Grant) -> None:
    """Also to less than one in a second; the first one always passes."""
    grant()
    async with holding(serve, requests_per_second=0.01) as client:
        path = "/fo/metrics/pcr?symbol=NIFTY"
        assert (await client.get(path))[0] == 200
        async with client.session.get(path) as refused:
            assert refused.status == 429
            assert 90 < int(refused.headers["Retry-After"]) <= 100
        async with client.stream() as stream:
            await stream.opened()
        assert (await client.get("/health"))[0] == 429


async def test_health_tells_an_administrator_more(serve: Serve, grant: Grant) -> None:
    grant("reader", "of-a-reader")
    grant("admin", "of-an-admin", is_admin=True)
    for key, keys in (("of-a-reader", {"status"}), ("nobody's", {"status"})):
        async with holding(serve, key) as client:
            assert set((await client.get("/health"))[1]) == keys
    async with holding(serve, "of-an-admin") as client:
        assert {"status", "streams", "symbols"} <= set((await client.get("/health"))[1])
