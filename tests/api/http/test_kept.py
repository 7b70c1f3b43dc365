"""What is answered from memory is what psql answers, and to each key its own."""

import asyncio
from time import monotonic
from typing import Any

import psycopg
import pytest

from pgstrike.api.access.keys import LOOK_SECONDS
from tests.api.conftest import Client, Serve
from tests.conftest import Stock
from tests.support.kept_answers import CHAIN, PAST, PATIENCE, PCR, asked, market_of_two
from tests.support.live_market import open_store, quote, refresh


@pytest.fixture
def stock() -> Stock:
    return market_of_two


@pytest.fixture
async def client(serve: Serve) -> Any:
    async with serve(probe_seconds=60) as client:  # no probe in between
        yield client


async def test_nothing_changes_and_nothing_is_asked(
    client: Client, market: psycopg.Connection
) -> None:
    for path in (PCR, CHAIN, PAST):
        before = asked()
        answers = [await client.get(path) for _ in range(20)]
        assert asked() == before + 1
        assert all(answer == answers[0] for answer in answers)
        # The same, said in other words and another order.
        other = path.replace("NIFTY", "NIFTY&expiry=all&limit=10")
        again = "&".join([path, "limit=10", "expiry=all"])
        assert await client.get(other) == await client.get(again)
        assert asked() == before + 2
    _, cache = await client.get("/v1/cache")
    assert cache["miss"] == cache["count"] == 6
    assert cache["hit"] == 3 * 20
    assert 0 < cache["bytes"] < cache["most_bytes"] == 100_000_000


async def test_batches_and_empty_changes_tell_of_no_other_change(
    client: Client, market: psycopg.Connection
) -> None:
    """What is told so forgets every kept answer, of each symbol."""
    [(channel,)] = market.execute("SELECT channel FROM job.installation")
    market.execute(f'LISTEN "{channel}"'.encode())
    quote(open_store(market), 20, seed=2)
    quote(open_store(market), 25, seed=3)
    refresh(market)
    market.execute("UPDATE fo.instrument SET tick = tick")
    market.execute("DELETE FROM fo.session WHERE FALSE")
    market.execute("UPDATE job.api_key SET topics = topics")
    market.execute("UPDATE job.api_key SET topics = '{chain}' WHERE name = 'bank'")
    heard = []
    for told in market.notifies(timeout=PATIENCE):
        heard.append(told.payload)
        if told.payload.endswith(" changed"):
            break
    assert heard[-1] == "rights changed" and len(heard) > 3


async def test_fifty_wait_for_a_look_at_changed_keys(
    client: Client, market: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their own key is what it was, so they are answered from memory after it."""
    monkeypatch.setattr("pgstrike.api.access.keys.SETTLE_SECONDS", 30)
    await client.get(CHAIN)
    before = asked()
    for limit in range(1, 11):
        market.execute("UPDATE job.api_key SET streams = %s", [limit])
        answers = await asyncio.gather(*(client.get(CHAIN) for _ in range(50)))
        assert {status for status, _ in answers} == {200}
    assert asked() == before


async def test_fifty_at_once_are_one_query(
    client: Client, market: psycopg.Connection
) -> None:
    before = asked()
    answers = await asyncio.gather(*(client.get(CHAIN) for _ in range(50)))
    assert all(answer == answers[0] for answer in answers)
    assert asked() == before + 1


async def test_forms_and_codings_are_of_one_query(
    client: Client, market: psycopg.Connection
) -> None:
    before = asked()
    tags = set()
    for path in (CHAIN, f"{CHAIN}&format=csv", f"{CHAIN}&format=arrow"):
        for coding in ("identity", "gzip"):
            for method in ("GET", "HEAD", "GET"):
                headers = {"Accept-Encoding": coding}
                async with client.session.request(
                    method, path, headers=headers
                ) as answer:
                    assert answer.status == 200
                    assert answer.headers.get("Content-Encoding", "identity") == coding
                    assert answer.headers["Vary"] == "Accept, Accept-Encoding"
                    tags.add(answer.headers["ETag"])
                    known = {**headers, "If-None-Match": answer.headers["ETag"]}
            async with client.session.get(path, headers=known) as unchanged:
                assert (unchanged.status, await unchanged.read()) == (304, b"")
    assert len(tags) == 6
    assert asked() == before + 1


async def test_each_key_is_given_its_own(
    client: Client, market: psycopg.Connection
) -> None:
    """The administrator asks first; then each URL is asked twice with each key."""
    expects = {"an-admin": (200, 200), "of-bank": (400, 200), "of-metrics": (403, 403)}
    for sent, (of_nifty, of_bank) in expects.items():
        key = {"Authorization": f"Bearer {sent}"}
        for _ in range(2):
            assert (await client.get(PCR, **key))[0] == of_nifty
            other = PCR.replace("NIFTY", "BANKNIFTY")
            assert (await client.get(other, **key))[0] == of_bank
            _, page = await client.get("/v1/bootstrap", **key)
            shown = {each["symbol"] for each in page["symbols"]}
            assert ("NIFTY" in shown) is (sent != "of-bank")
    before = asked()
    twin = {"Authorization": "Bearer of-twin"}
    assert (await client.get(PCR.replace("NIFTY", "BANKNIFTY"), **twin))[0] == 200
    assert asked() == before  # what the other one with these rights was given
    _, page = await client.get("/v1/bootstrap", **twin)
    assert page["key"]["name"] == "twin"
    assert (await client.get("/v1/cache", **twin))[0] == 403


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ("UPDATE job.api_key SET revoked_at = now()", 401),
        ("UPDATE job.api_key SET symbols = '{BANKNIFTY}'", 400),
        ("UPDATE job.api_key SET topics = '{metrics}'", 403),
    ],
)
async def test_changed_rights_hold_before_the_next_look(
    client: Client, market: psycopg.Connection, change: str, refused: int
) -> None:
    key = {"Authorization": "Bearer of-desk"}
    for _ in range(2):
        assert (await client.get(PCR, **key))[0] == 200
    market.execute(change.encode())
    began = monotonic()
    while (status := (await client.get(PCR, **key))[0]) == 200:
        assert monotonic() - began < LOOK_SECONDS / 2
    async with asyncio.timeout(PATIENCE):
        while status != refused:  # a revoked key is first one without rights
            status = (await client.get(PCR, **key))[0]


async def test_setting_bounds_what_is_kept(
    serve: Serve, market: psycopg.Connection
) -> None:
    async with serve(cache_bytes=0) as client:
        before = asked()
        for _ in range(3):
            await client.get(PCR)
        assert asked() == before + 3
