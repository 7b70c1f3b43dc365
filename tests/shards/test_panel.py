"""One panel of symbols of two servers: one state, changes of both, and ids of both."""

import contextlib
import json

import pytest

from tests.api.conftest import Client
from tests.shards.conftest import HOME, SHARD, Side, all_said, bank, quoted, served
from tests.support.live_market import refresh
from tests.support.merged_reader import MergedHeld, read_to
from tests.support.sse_reader import Dispatched

BOTH = f"?symbol={HOME}&symbol={SHARD}"
LIVE = f"{BOTH}&fields=ltp,oi&interval=0"
PASSING = f"{LIVE}&topic=task"


async def test_state_and_changes_of_both(client: Client, sides: list[Side]) -> None:
    held = MergedHeld()
    async with client.stream(LIVE) as stream:
        held.apply(await stream.next())
        assert held.rows == all_said(sides)
        for number in range(1, 5):
            side = sides[number % 2]
            await read_to(stream, held, side.quote(number, seed=number))
            assert held.rows == all_said(sides)
    assert held.snapshots == 1
    assert held.position.count(":") == 3


async def test_state_is_that_of_the_answer_without_a_stream(client: Client) -> None:
    async with client.stream(LIVE) as stream:
        event = await stream.next()
    _, body = await client.get(f"/v1/panel{BOTH}&fields=ltp,oi")
    del body["event"]
    assert json.loads(event.data) == body


@pytest.mark.parametrize("is_same", [True, False])
async def test_reader_comes_back_to_what_it_missed(
    client: Client, sides: list[Side], dsn: str, other_dsn: str, *, is_same: bool
) -> None:
    """Or, from another process of ours, to the whole state: it has no changes from before."""
    home, other = sides
    async with contextlib.AsyncExitStack() as stack:
        second = await stack.enter_async_context(served(dsn, bank(other_dsn)))
        held = MergedHeld()
        async with client.stream(PASSING) as stream:
            await read_to(stream, held, home.append(1) | other.append(2))
        home.quote(1, seed=1)
        other.append(3)
        home.append(4)
        home.quote(2, seed=2)
        other.quote(2, seed=3)
        reader = client if is_same else second
        async with reader.stream(PASSING, Last_Event_ID=held.position) as stream:
            await read_to(stream, held, home.append(5) | other.append(6))
    assert sorted(each["n"] for each in held.others) == [1, 2, 3, 4, 5, 6]
    assert held.rows == all_said(sides)
    assert (held.snapshots, held.resets) == (1 if is_same else 2, [])


async def test_restored_server_resets_its_symbols_alone(
    client: Client, sides: list[Side]
) -> None:
    home, other = sides
    held = MergedHeld()
    async with client.stream(PASSING) as stream:
        await read_to(stream, held, home.append(1))
        other = other.restore()
        home.append(2)
        await read_to(stream, held, home.append(3))
        await read_to(stream, held, other.quote(1, seed=5))
        assert held.rows == all_said([home, other])
        await read_to(stream, held, home.quote(2, seed=2))
    assert held.rows == all_said([home, other])
    assert [(each["reason"], each["server"]) for each in held.resets] == [
        ("other_epoch", "bank")
    ]
    assert [each["n"] for each in held.others] == [1, 2, 3]


async def test_reader_that_was_away_is_reset_for_a_restored_server(
    client: Client, sides: list[Side]
) -> None:
    home, other = sides
    held = MergedHeld()
    async with client.stream(PASSING) as stream:
        await read_to(stream, held, home.append(1) | other.append(2))
    other = other.restore()
    home.quote(1, seed=1)
    other.quote(1, seed=5)
    await client.get("/health")  # answers once the hubs have what the logs have
    async with client.stream(PASSING, Last_Event_ID=held.position) as stream:
        frames = await read_to(stream, held, home.append(3) | other.append(4))
    assert frames[0]["server"] == "bank" and frames[1]["topic"] == "snapshot"
    assert len(held.resets) == 1
    assert held.rows == all_said([home, other])
    assert sorted(each["n"] for each in held.others) == [1, 2, 3, 4]


async def test_id_that_a_log_has_not_reached(client: Client, sides: list[Side]) -> None:
    home, other = sides
    _, page = await client.get("/v1/bootstrap")
    placement = page["event"].rpartition(",")[2]
    at = f"{home.epoch}:99999,{other.epoch}:1,{placement}"
    held = MergedHeld()
    async with client.stream(LIVE, Last_Event_ID=at) as stream:
        await read_to(stream, held, other.quote(1, seed=1))
    assert [(each["reason"], each["server"]) for each in held.resets] == [
        ("ahead", "home")
    ]
    assert held.rows == all_said(sides)


@pytest.mark.parametrize("timeframe", ["1min", "live&fields=oi_change,ltp"])
async def test_figures_that_are_read_again(
    client: Client, sides: list[Side], timeframe: str
) -> None:
    held = MergedHeld()
    query = f"{BOTH}&interval=0&topic=task&timeframe={timeframe}"
    async with client.stream(query) as stream:
        held.apply(await stream.next())
        last = {}
        for number, side in enumerate(sides):
            side.quote(5, seed=number)
            refresh(side.connection)
            last |= side.append(number)
        await read_to(stream, held, last)
    _, body = await client.get(f"/v1/panel{query.replace('&interval=0', '')}")
    whole = MergedHeld()
    whole.apply(Dispatched("snapshot", json.dumps(body), body["event"]))
    assert held.rows == whole.rows


async def test_panel_waits_for_a_server_that_is_away(dsn: str, other_dsn: str) -> None:
    quoted(dsn, 0, HOME)
    nowhere = bank(f"{other_dsn} host=127.0.0.1 port=1")
    async with served(dsn, nowhere) as client:
        status, body = await client.get(f"/v1/stream{LIVE}")
        assert (status, body["error"]["code"]) == (503, "server_away")
