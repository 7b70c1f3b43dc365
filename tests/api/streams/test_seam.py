"""Read, then stream: what a reader rebuilds is what the snapshot says in the end."""

import json
import threading
from typing import Any

import psycopg
import pytest

from tests.api.conftest import Client
from tests.support.live_market import EXPIRIES, open_store, quote, refresh

BATCHES = 40
Chain = dict[tuple[str, float], tuple[Any, Any]]


async def read_snapshot(client: Client) -> tuple[Chain, str]:
    status, answer = await client.get(
        "/fo/strike-distribution?symbol=NIFTY&indicator=ltp"
    )
    assert status == 200
    chain = {(row[0], row[1]): (row[5], row[6]) for row in answer["rows"]}
    return chain, answer["event"]


def apply(chain: Chain, event: dict[str, Any]) -> None:
    """Replay one chain event onto what was read."""
    for row in event.get("rows", []):
        named = dict(zip(event["columns"], row, strict=True))
        key = (event["expiry"], named["strike"])
        chain[key] = (named["call_ltp"], named["put_ltp"])


def write(dsn: str, refreshing: bool) -> None:
    """Batches, and now and then a refresh in between; some strikes are not in all."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        store = open_store(connection)
        for number in range(BATCHES):
            strikes = (24400.0, 24500.0, 24600.0 + 50 * (number % 7))
            quote(store, 1 + number, strikes=strikes, seed=number)
            if refreshing and number % 10 == 5:
                refresh(connection)


@pytest.mark.parametrize("refreshing", [False, True])
async def test_snapshot_and_stream_meet(
    client: Client, dsn: str, connection: psycopg.Connection, refreshing: bool
) -> None:
    quote(open_store(connection), 0, expiries=EXPIRIES)
    refresh(connection)
    writer = threading.Thread(target=write, args=(dsn, refreshing))
    writer.start()
    try:
        chain, after = await read_snapshot(client)
        async with client.stream(f"?topic=chain&symbol=NIFTY&after={after}") as stream:
            clock = ""
            while not clock.startswith(f"2025-08-29T04:{BATCHES - 15:02}"):
                event = await stream.next()
                assert event.type == "chain"
                clock = json.loads(event.data)["clock"]
                apply(chain, json.loads(event.data))
            # The last batch is one event for each expiry.
            apply(chain, json.loads((await stream.next()).data))
    finally:
        writer.join()
    refresh(connection)
    assert chain == (await read_snapshot(client))[0]
