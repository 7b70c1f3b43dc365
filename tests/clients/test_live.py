"""The client in Python against the server itself."""

import asyncio
from datetime import datetime
from itertools import pairwise

import psycopg
import pytest

from pgstrike_client import Client
from tests.api.conftest import KEY
from tests.api.conftest import Client as Served
from tests.support.live_market import EXPIRIES, open_store, quote, refresh

pytestmark = pytest.mark.one_engine

BATCHES = 5


async def test_snapshot_then_every_batch_once(
    client: Served, connection: psycopg.Connection
) -> None:
    """Also those between the snapshot and the stream."""
    store = open_store(connection)
    quote(store, 0, expiries=EXPIRIES)
    refresh(connection)
    async with asyncio.timeout(30), Client(client.address, key=KEY) as reader:
        events = aiter(
            reader.stream(
                symbol="NIFTY",
                topic="chain",
                snapshot=lambda: reader.strike_distribution("NIFTY", indicator="ltp"),
            )
        )
        first = await anext(events)
        assert first.type == "snapshot" and first.body["event"] == first.id
        for minute in range(1, 1 + BATCHES):
            await asyncio.to_thread(quote, store, minute, expiries=EXPIRIES)
        found = [await anext(events) for _ in range(BATCHES * len(EXPIRIES))]
        await events.aclose()
    seen = [(event.body["clock"], event.body["expiry"]) for event in found]
    assert len(seen) == len(set(seen)) and seen == sorted(seen)
    ids = [int(event.id.partition(":")[2]) for event in (first, *found)]
    assert all(one < next for one, next in pairwise(ids))


async def test_answers_are_those_of_sql(
    client: Served, connection: psycopg.Connection
) -> None:
    store = open_store(connection)
    quote(store, 0, expiries=EXPIRIES)
    refresh(connection)
    [(strike, clock)] = connection.execute(
        "SELECT max_pain.max_pain, instrument.clock"
        " FROM analytics.max_pain('NIFTY', %s), analytics.instrument AS instrument"
        " WHERE instrument.symbol = 'NIFTY'",
        [EXPIRIES[0]],
    ).fetchall()
    async with Client(client.address + "/", key=KEY) as reader:
        found = await reader.metric("max_pain", symbol="NIFTY", expiry=EXPIRIES[0])
        then = await reader.metric("max_pain", symbol="NIFTY", at=clock)
        by_strike = await reader.strike_distribution(
            "NIFTY", expiry=EXPIRIES, strikes="atm:1"
        )
        series = await reader.moneyness_series(
            "NIFTY", start=clock, end=datetime.now(clock.tzinfo)
        )
        metrics = {metric.name: metric for metric in await reader.metrics()}
    [record] = found.records()
    assert record["expiry"] == EXPIRIES[0].isoformat() and found.clock == clock
    assert record["max_pain"] == strike
    assert [row[0] for row in then.rows] == [expiry.isoformat() for expiry in EXPIRIES]
    assert len(by_strike.rows) == 3 * len(EXPIRIES)
    assert series.columns[:3] == ("bucket_time", "expiry", "moneyness_level")
    assert metrics["max_pain"].columns == found.columns
    assert [each.name for each in metrics["oi_change"].parameters][-1] == "since"
    assert metrics["max_pain"].about
