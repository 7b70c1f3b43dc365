"""The client in Python against the server itself."""

import asyncio
import json

import psycopg

from api.client import stream
from tests.api.conftest import Client
from tests.api.market import EXPIRIES, open_store, quote, refresh

ANSWER = "/fo/strike-distribution?symbol=NIFTY&indicator=ltp"
BATCHES = 5


async def test_snapshot_then_every_batch_once(
    client: Client, connection: psycopg.Connection
) -> None:
    """Also those between the snapshot and the stream."""
    store = open_store(connection)
    quote(store, 0, expiries=EXPIRIES)
    refresh(connection)
    query = {"topic": "chain", "symbol": "NIFTY"}
    events = aiter(stream(client.session, query=query, snapshot=ANSWER))
    async with asyncio.timeout(20):
        first = await anext(events)
        assert first.type == "snapshot" and json.loads(first.data)["event"] == first.id
        for minute in range(1, 1 + BATCHES):
            await asyncio.to_thread(quote, store, minute, expiries=EXPIRIES)
        found = [await anext(events) for _ in range(BATCHES * len(EXPIRIES))]
    await events.aclose()  # type: ignore[attr-defined]
    payloads = [json.loads(event.data) for event in found]
    seen = [(payload["clock"], payload["expiry"]) for payload in payloads]
    assert len(seen) == len(set(seen)) and seen == sorted(seen)
    ids = [int(event.id.partition(":")[2]) for event in (first, *found)]
    assert ids == sorted(set(ids))
