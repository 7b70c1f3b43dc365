"""Both clients' panels of two servers, one of which is restored meanwhile."""

import asyncio
import json
from typing import Any

import pytest

from pgstrike_client import Client, Event
from tests.api.conftest import KEY
from tests.api.conftest import Client as Served
from tests.shards.conftest import HOME, SHARD, Side, all_said
from tests.support.client_reading import NODE, SCRIPT, needs_node
from tests.support.merged_reader import stands_of

pytestmark = pytest.mark.one_engine


def write_markets(sides: list[Side]) -> dict[str, int]:
    """What happens while a panel is watched. Returns the last event of each epoch."""
    home, other = sides
    home.quote(1, seed=1)
    other.quote(1, seed=2)
    sides[1] = other = other.restore()
    return home.quote(2, seed=3) | other.quote(2, seed=4)


async def test_panel_in_python_holds_what_both_servers_say(
    client: Served, sides: list[Side]
) -> None:
    others: list[Event] = []
    last: dict[str, int] = {}
    async with asyncio.timeout(30), Client(client.address, key=KEY) as reader:
        async for panel in reader.panel(
            [HOME, SHARD], fields=["ltp", "oi"], on_event=others.append
        ):
            last = last or await asyncio.to_thread(write_markets, sides)
            assert panel.event is not None
            stands = stands_of(panel.event.id)
            if all(stands.get(epoch, -1) >= id for epoch, id in last.items()):
                break
    assert {key: chain.rows for key, chain in panel.chains.items()} == all_said(sides)
    assert [event.body["server"] for event in others] == ["bank"]


@needs_node
async def test_panel_in_javascript_holds_what_both_servers_say(
    client: Served, sides: list[Side]
) -> None:
    assert NODE is not None
    query = {"symbol": [HOME, SHARD], "fields": "ltp,oi"}
    given = {"url": client.address, "key": KEY, "query": query}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        NODE, str(SCRIPT), "panel", json.dumps(given), stdin=pipe, stdout=pipe
    )
    assert process.stdin is not None and process.stdout is not None
    async with asyncio.timeout(60):
        assert await process.stdout.readline() == b"begun\n"
        last = await asyncio.to_thread(write_markets, sides)
        process.stdin.write(json.dumps(last).encode())
        body: dict[str, Any] = json.loads(await process.stdout.read())
        assert await process.wait() == 0
    assert body["kinds"] == ["reset"]
    found = {
        (chain["symbol"], chain["expiry"]): dict(chain["rows"])
        for chain in body["chains"]
    }
    assert found == all_said(sides)
