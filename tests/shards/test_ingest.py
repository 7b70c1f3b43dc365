"""Lines over HTTP are stored on the server of their symbol."""

import asyncio
from typing import Any

import psycopg

from tests.api.conftest import Client
from tests.shards.conftest import HOME, SHARD
from tests.support.incoming import storing

LINE = (
    '{{"quote_time": "2025-08-29T05:00:00Z", "symbol": "{}", "expiry": "2025-09-02", '
    '"strike": 24500, "call": {{"ltp": 7.5}}}}\n'
)


async def sent(client: Client, *symbols: str) -> tuple[int, Any]:
    body = "".join(map(LINE.format, symbols)).encode()
    headers = {"Content-Type": "application/x-ndjson"}
    async with client.session.post("/v1/ingest", data=body, headers=headers) as found:
        return found.status, await found.json()


def prices(dsn: str) -> list[Any]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            "SELECT symbol FROM fo.option_quote WHERE call_ltp = 7.5"
        ).fetchall()


async def test_lines_go_to_the_server_of_their_symbol(
    client: Client, dsn: str, other_dsn: str
) -> None:
    with storing(dsn), storing(other_dsn):
        for symbol in (HOME, SHARD):
            status, body = await sent(client, symbol)
            assert (status, body["stored"]) == (200, 1), body
        status, body = await sent(client, HOME, SHARD)
        assert (status, body["error"]["code"]) == (400, "several_servers")
    found = await asyncio.gather(
        *(asyncio.to_thread(prices, name) for name in (dsn, other_dsn))
    )
    assert found == [[(HOME,)], [(SHARD,)]]
