"""What is answered from memory is what psql answers, and to each key its own."""

import asyncio
import json
from datetime import timedelta
from time import monotonic
from typing import Any

import psycopg
import pytest

from pgstrike.api.access.keys import LOOK_SECONDS
from pgstrike.db.timing import STATEMENTS
from tests.api.conftest import Client, Serve
from tests.conftest import Stock
from tests.support.grants import add_key
from tests.support.live_market import (
    OPEN,
    append,
    epoch,
    open_store,
    quote,
    refresh,
)

PCR = "/v1/metrics/pcr?symbol=NIFTY"
CHAIN = "/v1/chain?symbol=NIFTY"
PAST = f"{PCR}&at={(OPEN + timedelta(minutes=5)).isoformat().replace('+', '%2B')}"
PATIENCE = 20


def market_of_two(connection: psycopg.Connection) -> None:
    """Two snapshots of two symbols."""
    store = open_store(connection)
    for symbol in ("NIFTY", "BANKNIFTY"):
        quote(store, 0, symbol=symbol)
        quote(store, 10, symbol=symbol, seed=1)
    refresh(connection)
    add_key(connection, "admin", "an-admin", is_admin=True)
    add_key(connection, "bank", "of-bank", symbols=["BANKNIFTY"])
    add_key(connection, "twin", "of-twin", symbols=["BANKNIFTY"])
    add_key(connection, "figures", "of-metrics", topics=["metrics"])
    add_key(connection, "desk", "of-desk")


@pytest.fixture
def stock() -> Stock:
    return market_of_two


@pytest.fixture
async def client(serve: Serve) -> Any:
    async with serve(probe_seconds=60) as client:  # no probe in between
        yield client


def asked() -> int:
    return STATEMENTS.durations["metric"].count


def id_of(answer: dict[str, Any]) -> int:
    return int(answer["event"].split(":")[1])


async def rows(client: Client, path: str, **headers: str) -> Any:
    status, answer = await client.get(path, **headers)
    assert status == 200, answer
    return answer["rows"]


def expected(connection: psycopg.Connection, call: str) -> Any:
    [(found,)] = connection.execute(
        f"SELECT coalesce(json_agg(json_build_array(row.*)), '[]')"
        f" FROM analytics.{call} AS row".encode()
    )
    return [list(row[0].values()) for row in found]


async def until(client: Client, path: str, found: Any) -> None:
    """An event is told when it is committed, and takes a moment to come."""
    async with asyncio.timeout(PATIENCE):
        while await rows(client, path) != found:
            pass


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


async def test_setting_bounds_what_is_kept(
    serve: Serve, market: psycopg.Connection
) -> None:
    async with serve(cache_bytes=0) as client:
        before = asked()
        for _ in range(3):
            await client.get(PCR)
        assert asked() == before + 3
