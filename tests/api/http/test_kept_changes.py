"""Answers from memory while the market changes, and those that wait for an event."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from tests.api.conftest import Client, Serve
from tests.conftest import Stock
from tests.support.kept_answers import (
    CHAIN,
    PAST,
    PATIENCE,
    PCR,
    asked,
    expected,
    market_of_two,
    rows,
)
from tests.support.live_market import OPEN, append, epoch, open_store, quote, refresh


@pytest.fixture
def stock() -> Stock:
    return market_of_two


@pytest.fixture
async def client(serve: Serve) -> Any:
    async with serve(probe_seconds=60) as client:  # no probe in between
        yield client


def id_of(answer: dict[str, Any]) -> int:
    return int(answer["event"].split(":")[1])


async def until(client: Client, path: str, found: Any) -> None:
    """An event is told when it is committed, and takes a moment to come."""
    async with asyncio.timeout(PATIENCE):
        while await rows(client, path) != found:
            pass


async def test_answers_follow_the_stream(
    client: Client, market: psycopg.Connection
) -> None:
    """Once the stream of this process told an event, no answer is older."""
    store = open_store(market)
    async with client.stream("?topic=snapshot") as stream:
        for minute in range(11, 31):
            quote(store, minute, seed=minute)
            refresh(market)
            event = await stream.next()
            while event.type != "snapshot":
                event = await stream.next()
            _, answer = await client.get(PCR)
            assert id_of(answer) >= json.loads(event.data)["event"]
            assert answer["rows"] == expected(market, "pcr('NIFTY')")
            assert (await client.get(PCR))[1] == answer


async def test_late_quote_changes_a_past_that_is_kept(
    client: Client, market: psycopg.Connection
) -> None:
    at = OPEN + timedelta(minutes=5)
    call = f"pcr('NIFTY', NULL, '{at.isoformat()}')"
    before = await rows(client, PAST)
    assert before == expected(market, call)
    quote(open_store(market), 3, seed=9)
    assert expected(market, call) != before
    await until(client, PAST, expected(market, call))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE fo.instrument SET tick = 0.1",
        "INSERT INTO fo.contract_terms (symbol, expiry, since, lot, source)"
        " VALUES ('NIFTY', '2025-09-02', '2020-01-01Z', 77, 'user')",
        "DELETE FROM fo.lot_revision",
        "UPDATE fo.exchange SET currency = 'USD'",
        "DELETE FROM fo.session WHERE session = '2025-08-29'",
        "SELECT ops.forget_contracts('NIFTY', '2025-09-02', '2020-01-01Z', '2021-01-01Z')",
        "SELECT ops.tell_change('data')",
    ],
)
async def test_change_without_an_event_is_told(
    client: Client, market: psycopg.Connection, change: str
) -> None:
    await client.get(CHAIN)
    before = asked()
    market.execute(change.encode())
    async with asyncio.timeout(PATIENCE):
        while asked() == before:
            await client.get(CHAIN)


async def test_feed_that_goes_stale_is_said(
    client: Client, market: psycopg.Connection
) -> None:
    market.execute(
        "UPDATE fo.instrument SET moved_at = '2025-08-29T03:55:00Z' WHERE symbol = 'NIFTY'"
    )
    _, fresh = await client.get(CHAIN)
    assert fresh["stale_since"] is None
    told = market.execute("SELECT ops.watch_feeds('2025-08-29T04:01:00Z')").fetchone()
    assert told == (2,)
    async with asyncio.timeout(PATIENCE):
        while (stale := (await client.get(CHAIN))[1])["stale_since"] is None:
            pass
    assert stale["stale_since"] == "2025-08-29T03:55:00+00:00"
    assert stale["rows"] == fresh["rows"]


async def test_without_a_listener_nothing_is_from_memory(
    client: Client, market: psycopg.Connection
) -> None:
    await client.get(PCR)
    market.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE application_name = 'pgstrike api listener'"
        " AND datname = current_database()"
    )
    quote(open_store(market), 11, seed=5)
    refresh(market)
    assert await rows(client, PCR) == expected(market, "pcr('NIFTY')")


async def test_answer_waits_for_an_event_that_the_reader_knows_of(
    client: Client, market: psycopg.Connection
) -> None:
    store, name = open_store(market), epoch(market)
    for minute in range(11, 21):
        quote(store, minute, seed=minute)
        refresh(market)
        newest = append(market, minute)
        seen = market.execute("SELECT event_id FROM fo.snapshot_version").fetchone()
        assert seen is not None
        _, answer = await client.get(f"{PCR}&after={name}:{seen[0]}")
        assert id_of(answer) >= seen[0]
        assert answer["rows"] == expected(market, "pcr('NIFTY')")
        status, page = await client.get(f"/v1/bootstrap?after={name}:{newest}")
        assert status == 200, page


async def test_quiet_market_includes_the_event_of_its_own_snapshot(
    client: Client, market: psycopg.Connection
) -> None:
    """What was read first says the newest event, and nothing follows it."""
    _, first = await client.get("/v1/bootstrap")
    status, answer = await client.get(f"{CHAIN}&after={first['event']}")
    assert (status, answer["event"]) == (200, first["event"]), answer
    quote(open_store(market), 11, seed=5)  # the snapshot does not have it yet
    later = first
    async with asyncio.timeout(PATIENCE):  # the event takes a moment to come
        while later["event"] == first["event"]:
            _, later = await client.get("/v1/bootstrap")
    status, answer = await client.get(f"{CHAIN}&after={later['event']}")
    assert (status, answer["error"]["code"]) == (503, "not_yet")


async def test_event_that_does_not_come_is_not_yet(
    client: Client, market: psycopg.Connection
) -> None:
    path = f"{PCR}&after={epoch(market)}:9999999"
    async with client.session.get(path) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert (await answer.json())["error"]["code"] == "not_yet"
    status, answer = await client.get(f"{PCR}&after=ffffffff:1")
    assert (status, answer["error"]["code"]) == (400, "other_epoch")
