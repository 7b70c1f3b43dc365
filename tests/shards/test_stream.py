"""The stream over two servers: one sequence, whose ids have a position of each."""

import json

import psycopg

from tests.api.conftest import Client
from tests.shards.conftest import HOME, SHARD
from tests.support.live_market import append


async def test_chain_of_each_server(client: Client) -> None:
    for symbol in (HOME, SHARD):
        status, body = await client.get(f"/v1/chain?symbol={symbol}&expiry=front")
        assert status == 200 and len(body["rows"]) == 5, body


async def test_stream_has_events_of_both(
    client: Client, dsn: str, other_dsn: str
) -> None:
    async with client.stream() as stream:
        for number in range(4):
            name = (dsn, other_dsn)[number % 2]
            with psycopg.connect(name, autocommit=True) as connection:
                append(connection, number)
            [event] = await stream.take(1)
            assert f'"n":{number}' in event.data
            assert event.last_id.count(":") == 3  # and which symbols live where


async def test_stream_goes_on_where_it_ended(
    client: Client, dsn: str, other_dsn: str
) -> None:
    async with client.stream() as stream:
        with psycopg.connect(dsn, autocommit=True) as connection:
            append(connection, 0)
        [event] = await stream.take(1)
    for name, numbers in ((dsn, (1, 2)), (other_dsn, (11, 12))):
        with psycopg.connect(name, autocommit=True) as connection:
            append(connection, *numbers)
    async with client.stream(Last_Event_ID=event.last_id) as stream:
        told = [json.loads(each.data)["n"] for each in await stream.take(4)]
    # Each server's are in order; which server is the first to be heard is open.
    assert sorted(told, key=lambda n: n > 10) == [1, 2, 11, 12]


async def test_answer_about_one_server_is_gone_on_from(
    client: Client, dsn: str, other_dsn: str
) -> None:
    """Or who reads one symbol and streams all would be reset without an end."""
    _, chain = await client.get(f"/v1/chain?symbol={HOME}&expiry=front")
    with psycopg.connect(dsn, autocommit=True) as connection:
        append(connection, 1, 2)
    async with client.stream(f"?topic=ops&after={chain['event']}") as stream:
        events = await stream.take(2)
        assert ['"n":1' in events[0].data, '"n":2' in events[1].data] == [True, True]
        with psycopg.connect(other_dsn, autocommit=True) as connection:
            append(connection, 12)
        [event] = await stream.take(1)
        assert '"n":12' in event.data
