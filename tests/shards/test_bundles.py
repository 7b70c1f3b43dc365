"""The bundle of a page is of its symbol's server, and what it says of all symbols of all."""

import json

import pytest

from tests.api.conftest import Client
from tests.shards.conftest import HOME, SHARD
from tests.support.sse_reader import Stream


@pytest.mark.parametrize("symbol", [HOME, SHARD])
async def test_first_page_has_the_symbols_of_all_servers(
    client: Client, symbol: str
) -> None:
    path = f"/v1/events/dashboard?symbol={symbol}"
    async with client.session.get(path) as response:
        event = await Stream(response).next()
    body = json.loads(event.data)
    assert body["bootstrap"] == (await client.get("/v1/bootstrap"))[1]
    shown = [market["symbol"] for market in body["bootstrap"]["symbols"]]
    assert shown == [SHARD, HOME]
    path = f"/v1/metrics/expiry_metrics?symbol={symbol}"
    assert body["expiry_metrics"]["rows"] == (await client.get(path))[1]["rows"]
    assert body["expiry_metrics"]["rows"]
