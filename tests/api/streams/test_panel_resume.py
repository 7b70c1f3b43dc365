"""Panels that come back: what they missed, or the state again and why."""

import psycopg
import pytest

from tests.api.conftest import Client, Serve
from tests.support.live_market import (
    EXPIRIES,
    STRIKES,
    append,
    epoch,
    open_store,
    quote,
)
from tests.support.panel_reader import Held, read_up_to, said

NIFTY = "?symbol=NIFTY"
ALL_STRIKES = tuple(float(strike) for strike in range(24000, 25050, 50))
FRONT, NEXT = (("NIFTY", expiry.isoformat()) for expiry in EXPIRIES)


async def test_panel_resumes_with_what_it_missed(
    client: Client, connection: psycopg.Connection
) -> None:
    store = open_store(connection)
    quote(store, 0, strikes=ALL_STRIKES)
    held = Held()
    query = f"{NIFTY}&strikes=atm:2&fields=ltp,oi&interval=0"
    async with client.stream(query) as stream:
        await read_up_to(stream, held, 0)
    for minute in range(1, 6):
        underlying = 24510 + 40 * minute
        last = quote(
            store, minute, strikes=ALL_STRIKES, underlying=underlying, seed=minute
        ).event_id
    await client.get("/health")  # answers once the hub has what the log has
    async with client.stream(query, Last_Event_ID=f"{held.epoch}:{held.id}") as stream:
        frames = await read_up_to(stream, held, last)
    assert [frame["topic"] for frame in frames] == ["chain"]
    expected = said(connection)
    for key in (FRONT, NEXT):
        within = range(24600, 24801, 50)
        assert held.rows[key] == {strike: expected[key][strike] for strike in within}


async def test_panel_resumes_what_was_passed_on(
    client: Client, connection: psycopg.Connection
) -> None:
    store = open_store(connection)
    quote(store, 0)
    held = Held()
    query = f"{NIFTY}&fields=ltp,oi&interval=0&topic=task"
    async with client.stream(query) as stream:
        await read_up_to(stream, held, 0)
    append(connection, 1, topic="task")
    quote(store, 1, seed=1)
    append(connection, 2, 3, topic="task")
    last = quote(store, 2, seed=2).event_id
    await client.get("/health")  # answers once the hub has what the log has
    async with client.stream(query, Last_Event_ID=f"{held.epoch}:{held.id}") as stream:
        append(connection, 4, topic="task")
        await read_up_to(stream, held, last + 1)
    assert [other["n"] for other in held.others] == [1, 2, 3, 4]
    assert held.rows == said(connection)
    assert held.snapshots == 1


async def test_restarted_server_tells_the_state(
    serve: Serve, connection: psycopg.Connection
) -> None:
    store = open_store(connection)
    quote(store, 0)
    held = Held()
    query = f"{NIFTY}&fields=ltp,oi&interval=0"
    async with serve() as client, client.stream(query) as stream:
        await read_up_to(stream, held, 0)
    last = quote(store, 1, strikes=STRIKES[2:], seed=1).event_id
    at = f"{held.epoch}:{held.id}"
    async with serve() as client, client.stream(query, Last_Event_ID=at) as stream:
        await read_up_to(stream, held, last)
    assert held.snapshots == 2
    assert held.rows == said(connection)


async def test_restarted_server_passes_on_what_was_missed(
    serve: Serve, connection: psycopg.Connection
) -> None:
    """Its state is new, and the events between are not in it."""
    store = open_store(connection)
    quote(store, 0)
    held = Held()
    query = f"{NIFTY}&fields=ltp,oi&interval=0&topic=task"
    async with serve() as client, client.stream(query) as stream:
        await read_up_to(stream, held, 0)
    append(connection, 1, 2, topic="task")
    quote(store, 1, seed=1)
    last = append(connection, 3, topic="task")
    at = f"{held.epoch}:{held.id}"
    async with serve() as client, client.stream(query, Last_Event_ID=at) as stream:
        await read_up_to(stream, held, last)
    assert [other["n"] for other in held.others] == [1, 2, 3]
    assert held.rows == said(connection)


@pytest.mark.parametrize(
    ("after", "reason"), [("00000000:1", "other_epoch"), ("{epoch}:999", "ahead")]
)
async def test_reset_is_followed_by_the_state(
    client: Client, connection: psycopg.Connection, after: str, reason: str
) -> None:
    store = open_store(connection)
    quote(store, 0)
    at, held = after.format(epoch=epoch(connection)), Held()
    query = f"{NIFTY}&fields=ltp,oi&interval=0"
    async with client.stream(query, Last_Event_ID=at) as stream:
        reset = await stream.next()
        # Cut here, a reader has no state: it must come back without an id.
        assert (reset.type, reset.last_id) == ("reset", "")
        held.apply(reset)
        await read_up_to(stream, held, 0)
        assert (held.reset_by, held.snapshots) == (reason, 1)
        await read_up_to(stream, held, quote(store, 1, seed=1).event_id)
        assert held.rows == said(connection)


async def test_raised_epoch_tells_the_state_anew(
    client: Client, connection: psycopg.Connection
) -> None:
    store = open_store(connection)
    quote(store, 0)
    held = Held()
    query = f"{NIFTY}&fields=ltp,oi&interval=0&topic=task"
    async with client.stream(query) as stream:
        await read_up_to(stream, held, 0)
        connection.execute("UPDATE job.event_counter SET generation = generation + 1")
        quote(store, 1, strikes=STRIKES[1:], seed=1)
        last = append(connection, 1, topic="task")
        held.apply(await stream.next())
        assert held.reset_by == "other_epoch"
        await read_up_to(stream, held, last)
        assert held.rows == said(connection)
        await read_up_to(stream, held, quote(store, 2, seed=2).event_id)
        assert held.rows == said(connection)
    assert held.snapshots == 2
