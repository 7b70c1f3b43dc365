"""A symbol that has moved to another server: who may have missed its events is reset."""

import json

import psycopg
import pytest

from tests.api.conftest import Client
from tests.shards.conftest import HOME, SHARD, bank, quoted, served
from tests.support.live_market import append

MOVED = "FINNIFTY"  # from home to the shard


async def resets_of(
    client: Client, query: str, last: str, count: int
) -> list[str | None]:
    """The servers of the resets that a reader is told first when it comes back."""
    async with client.stream(query, Last_Event_ID=last) as stream:
        events = await stream.take(count)
    assert {event.type for event in events} == {"reset"}
    return [json.loads(event.data).get("server") for event in events]


async def last_id(dsn: str, other_dsn: str, query: str = "") -> str:
    """Of a reader of both servers, before the symbol moves."""
    async with served(dsn, bank(other_dsn)) as client, client.stream(query) as stream:
        with psycopg.connect(dsn, autocommit=True) as connection:
            append(connection, 1)
        return (await stream.take(1))[-1].last_id


@pytest.fixture
def moved(dsn: str, other_dsn: str) -> None:
    quoted(dsn, 0, HOME, MOVED)
    quoted(other_dsn, 0, SHARD, MOVED)


@pytest.mark.usefixtures("moved")
@pytest.mark.parametrize(
    ("query", "servers"),
    [
        ("", ["home", "bank"]),
        (f"?symbol={HOME}&symbol={MOVED}", ["home", "bank"]),
        (f"?symbol={MOVED}&symbol={SHARD}", [None]),  # of one server by now
    ],
)
async def test_reader_of_several_servers_is_reset(
    dsn: str, other_dsn: str, query: str, servers: list[str | None]
) -> None:
    last = await last_id(dsn, other_dsn)
    with psycopg.connect(dsn, autocommit=True) as connection:
        append(connection, 2, symbol=MOVED)  # that it would miss
    async with served(dsn, bank(other_dsn, SHARD, MOVED)) as client:
        assert await resets_of(client, query, last, len(servers)) == servers


@pytest.mark.usefixtures("moved")
async def test_reader_of_the_symbol_alone_is_reset(dsn: str, other_dsn: str) -> None:
    both = await last_id(dsn, other_dsn)
    own = await last_id(dsn, other_dsn, f"?symbol={MOVED}")
    assert "," in both and "," not in own
    async with served(dsn, bank(other_dsn, SHARD, MOVED)) as client:
        for last in (both, own):
            with psycopg.connect(other_dsn, autocommit=True) as connection:
                async with client.stream(
                    f"?symbol={MOVED}", Last_Event_ID=last
                ) as stream:
                    append(connection, 3, symbol=MOVED)
                    [first] = await stream.take(1)
            assert first.type == "reset"
        status, body = await client.get(f"/v1/events?after={both}")
        assert (status, body["error"]["code"]) == (400, "other_epoch")


@pytest.mark.usefixtures("moved")
async def test_panel_has_its_whole_state_after_a_reset(
    dsn: str, other_dsn: str
) -> None:
    query = f"?symbol={HOME}&symbol={SHARD}&symbol={MOVED}&fields=ltp"
    last = await last_id(dsn, other_dsn)
    async with served(dsn, bank(other_dsn, SHARD, MOVED)) as client:
        async with client.stream(query, Last_Event_ID=last) as stream:
            told = await stream.take(3)
        assert [event.type for event in told] == ["reset", "reset", "snapshot"]
        # The placement has not changed since.
        async with client.stream(query, Last_Event_ID=told[-1].last_id) as stream:
            quoted(other_dsn, 1, MOVED, seed=1)
            [event] = await stream.take(1)
            assert event.type == "chain"


@pytest.mark.usefixtures("moved")
async def test_first_shard_once_home_has_another_epoch(
    dsn: str, other_dsn: str
) -> None:
    """The step of docs/scale.md: ids of one server do not say what lived where."""
    async with served(dsn) as client, client.stream() as stream:
        with psycopg.connect(dsn, autocommit=True) as connection:
            append(connection, 1)
            [event] = await stream.take(1)
            connection.execute(
                "UPDATE job.event_counter SET generation = generation + 1"
            )
    async with served(dsn, bank(other_dsn)) as client:
        assert await resets_of(client, "", event.last_id, 2) == ["home", "bank"]
