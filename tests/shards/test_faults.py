"""One server that fails, or begins anew, is nothing to the symbols of the other."""

import asyncio
import json
from time import monotonic

import psycopg
import pytest

from tests.api.conftest import Client
from tests.shards.conftest import HOME, SHARD, bank, quoted, served
from tests.support.live_market import append, epoch
from tests.support.network import network

QUICK_SECONDS = 2.0  # on a busy machine; nobody waits for a connection so long


def epoch_of(dsn: str) -> str:
    with psycopg.connect(dsn) as connection:
        return epoch(connection)


def restore(dsn: str) -> None:
    """As a database that was restored: its log is on another line of history."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("UPDATE job.event_counter SET generation = generation + 1")


async def test_restored_server_resets_its_symbols_alone(
    client: Client, dsn: str, other_dsn: str
) -> None:
    async with client.stream() as everything, client.stream(f"?symbol={HOME}") as home:
        restore(other_dsn)
        with psycopg.connect(other_dsn, autocommit=True) as connection:
            append(connection, 1, symbol=SHARD)
        [reset] = await everything.take(1)
        assert reset.type == "reset"
        assert json.loads(reset.data)["server"] == "bank"
        with psycopg.connect(dsn, autocommit=True) as connection:
            append(connection, 2, symbol=HOME)
        [event] = await everything.take(1)
        assert '"n":2' in event.data
        [event] = await home.take(1)
        assert '"n":2' in event.data


async def test_reader_that_was_away_is_reset_for_a_restored_server(
    client: Client, dsn: str, other_dsn: str
) -> None:
    async with client.stream() as stream:
        for name in (dsn, other_dsn):
            with psycopg.connect(name, autocommit=True) as connection:
                append(connection, 0)
        last = (await stream.take(2))[-1].last_id
        with psycopg.connect(dsn, autocommit=True) as connection:
            append(connection, 1, symbol=HOME)
        restore(other_dsn)
        with psycopg.connect(other_dsn, autocommit=True) as connection:
            append(connection, 2, symbol=SHARD)
        await stream.take(2)
    async with client.stream(Last_Event_ID=last) as stream:
        told = await stream.take(2)
    assert '"n":1' in told[0].data
    assert told[1].type == "reset" and json.loads(told[1].data)["server"] == "bank"


async def test_server_that_is_away_at_the_start(dsn: str, other_dsn: str) -> None:
    quoted(dsn, 0, HOME)
    nowhere = bank(f"{other_dsn} host=127.0.0.1 port=1")
    async with served(dsn, nowhere) as client:
        status, body = await client.get(f"/v1/chain?symbol={SHARD}&expiry=front")
        assert (status, body["error"]["code"]) == (503, "server_away")
        status, _ = await client.get(f"/v1/chain?symbol={HOME}&expiry=front")
        assert status == 200
        _, body = await client.get("/v1/bootstrap")
        assert body["away"] == [{"server": "bank", "symbols": [SHARD]}]
        assert [market["symbol"] for market in body["symbols"]] == [HOME]
        status, body = await client.get("/health")
        assert status == 503 and body["servers"] == {"bank": {"status": "down"}}
        _, page = await client.get("/v1/events?limit=1")
        assert ",0:0," in page["event"]
        theirs = await asyncio.to_thread(epoch_of, other_dsn)
        home, _, placement = page["event"].split(",")
        _, page = await client.get(f"/v1/events?after={home},{theirs}:5,{placement}")
        assert page["event"].endswith(f",{theirs}:5,{placement}")
        async with client.stream() as stream:
            with psycopg.connect(dsn, autocommit=True) as connection:
                append(connection, 1)
            [event] = await stream.take(1)
            assert '"n":1' in event.data


@pytest.mark.one_engine
async def test_server_that_goes_and_comes_back(dsn: str, other_dsn: str) -> None:
    quoted(dsn, 0, HOME)
    quoted(other_dsn, 0, SHARD)
    asked = f"/v1/chain?symbol={SHARD}&expiry=front"
    async with (
        network(other_dsn) as (between, through),
        served(dsn, bank(through)) as client,
        client.stream() as stream,
    ):
        there, between.socket_path = between.socket_path, "/nowhere"
        between.cut()
        for _ in range(2):  # the first finds out
            began = monotonic()
            status, body = await client.get(asked)
            assert (status, body["error"]["code"]) == (503, "server_away")
            assert "bank" in body["error"]["message"]
        assert monotonic() - began < QUICK_SECONDS
        status, _ = await client.get(f"/v1/chain?symbol={HOME}&expiry=front")
        assert status == 200
        _, body = await client.get("/v1/bootstrap")
        assert body["away"] == [{"server": "bank", "symbols": [SHARD]}]
        with psycopg.connect(dsn, autocommit=True) as connection:
            append(connection, 1)
        [event] = await stream.take(1)
        assert '"n":1' in event.data
        with psycopg.connect(other_dsn, autocommit=True) as connection:
            append(connection, 2)
        between.socket_path = there
        [event] = await stream.take(1)
        assert '"n":2' in event.data
        async with asyncio.timeout(10):  # the listener may be back before the pool is
            while (await client.get(asked))[0] != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
