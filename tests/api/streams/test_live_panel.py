"""Panels: a reader's own state, then what changes in it; Postgres says what is right."""

import json
from datetime import date
from typing import Any

import psycopg
import pytest

from tests.api.conftest import Client
from tests.support.live_market import (
    DEATH,
    EXPIRIES,
    FRONT,
    NEXT,
    OPEN,
    STRIKES,
    append,
    open_store,
    quote,
    refresh,
)
from tests.support.panel_reader import Held, Key, read_up_to, said

NIFTY = "?symbol=NIFTY"
ALL_STRIKES = tuple(float(strike) for strike in range(24000, 24700, 50))


async def test_state_comes_first_and_then_what_changes(
    client: Client, connection: psycopg.Connection
) -> None:
    store = open_store(connection)
    quote(store, 0)
    held = Held()
    async with client.stream(f"{NIFTY}&fields=ltp,oi&interval=0") as stream:
        await read_up_to(stream, held, 0)
        assert held.rows == said(connection)
        assert held.clock == OPEN.isoformat()
        for minute in range(1, 4):
            last = quote(store, minute, strikes=STRIKES[minute:], seed=minute).event_id
            await read_up_to(stream, held, last)
            assert held.rows == said(connection)
    assert held.snapshots == 1


async def test_delta_holds_only_what_changed(
    client: Client, connection: psycopg.Connection
) -> None:
    store = open_store(connection)
    quote(store, 0)
    held = Held()
    query = f"{NIFTY}&expiry=2025-09-02&fields=call_ltp,put_oi&interval=0"
    async with client.stream(query) as stream:
        await read_up_to(stream, held, 0)
        before = json.loads(json.dumps(held.rows[FRONT][24500]))
        last = quote(store, 1, strikes=(24500.0,), seed=3).event_id
        [frame, *_] = await read_up_to(stream, held, last - 1)
    after = held.rows[FRONT][24500]
    changed = {name: after[name] for name in before if after[name] != before[name]}
    assert frame["chains"] == [
        {
            "symbol": "NIFTY",
            "expiry": "2025-09-02",
            "quote_time": "2025-08-29T03:46:00+00:00",
            "underlying": 24510,
            "rows": [{"strike": 24500, **changed}],
        }
    ]


async def test_empty_market_is_an_empty_state(
    client: Client, connection: psycopg.Connection
) -> None:
    held = Held()
    async with client.stream(f"{NIFTY}&fields=ltp,oi&interval=0") as stream:
        body = held.apply(await stream.next())
        assert body == {
            "topic": "snapshot",
            "timeframe": "live",
            "clock": None,
            "chains": [],
        }
        last = quote(open_store(connection), 0).event_id
        await read_up_to(stream, held, last)
        assert held.rows == said(connection)


@pytest.mark.parametrize("levels", [0, 1, 3])
async def test_window_follows_the_money(
    client: Client, connection: psycopg.Connection, levels: int
) -> None:
    store = open_store(connection)
    quote(store, 0, strikes=ALL_STRIKES, underlying=24510)
    held = Held()
    query = f"{NIFTY}&strikes=atm:{levels}&fields=oi&interval=0"
    async with client.stream(query) as stream:
        await read_up_to(stream, held, 0)
        # Halfway is the lower strike's; the edges of the list; a jump, and nothing at all.
        for minute, underlying in enumerate(
            (24525, 24526, 24000, 25500, 24300, 24300), 1
        ):
            last = quote(
                store, minute, strikes=ALL_STRIKES, underlying=underlying, seed=minute
            ).event_id
            await read_up_to(stream, held, last)
            refresh(connection)
            expected = connection.execute(
                "SELECT 'NIFTY', expiry::text, strike, call, put"
                " FROM analytics.strike_distribution('NIFTY', p_around => %s)",
                [levels],
            )
            rows: dict[Key, dict[float, dict[str, Any]]] = {FRONT: {}, NEXT: {}}
            for symbol, expiry, strike, call, put in expected:
                figures = {"strike": strike, "call_oi": call, "put_oi": put}
                rows[symbol, expiry][strike] = figures
            assert held.rows == rows
            assert set(held.underlyings.values()) == {underlying}


async def test_range_of_strikes_includes_its_ends(
    client: Client, connection: psycopg.Connection
) -> None:
    quote(open_store(connection), 0)
    held = Held()
    async with client.stream(f"{NIFTY}&strikes=24450..24550") as stream:
        await read_up_to(stream, held, 0)
    assert [*held.rows[NEXT]] == [24450, 24500, 24550]


async def test_front_rolls_when_its_chain_dies(
    client: Client, connection: psycopg.Connection
) -> None:
    store = open_store(connection)
    quote(store, 0)
    held, following = Held(), Held()
    query = f"{NIFTY}&fields=ltp,oi&interval=0"
    async with (
        client.stream(f"{query}&expiry=front") as stream,
        client.stream(f"{query}&expiry=next") as other,
    ):
        await read_up_to(stream, held, 0)
        await read_up_to(other, following, 0)
        assert ([*held.rows], [*following.rows]) == ([FRONT], [NEXT])
        last = quote(store, DEATH, expiries=EXPIRIES[1:], seed=1).event_id
        await read_up_to(stream, held, last)
        await read_up_to(other, following, last)
        assert held.rows == said(connection)
        assert [*held.rows] == [NEXT]
        assert following.rows == {}


async def test_chain_that_leaves_alive_is_told(
    client: Client, connection: psycopg.Connection
) -> None:
    """An expiry that is listed before the next one takes its place."""
    store = open_store(connection)
    quote(store, 0)
    held = Held()
    query = f"{NIFTY}&expiry=next&fields=ltp,oi&interval=0"
    async with client.stream(query) as stream:
        await read_up_to(stream, held, 0)
        listed = date(2025, 9, 4)
        last = quote(store, 1, expiries=(listed,)).event_id
        [frame] = await read_up_to(stream, held, last)
    assert {chain["expiry"]: chain.get("left") for chain in frame["chains"]} == {
        "2025-09-04": None,
        "2025-09-09": True,
    }
    assert [*held.rows] == [("NIFTY", "2025-09-04")]


async def test_clock_alone_is_told(
    client: Client, connection: psycopg.Connection
) -> None:
    store = open_store(connection)
    quote(store, 0)
    held = Held()
    query = f"{NIFTY}&expiry=2025-09-09&interval=0"
    async with client.stream(query) as stream:
        await read_up_to(stream, held, 0)
        last = quote(store, 1, expiries=EXPIRIES[:1]).event_id
        [frame] = await read_up_to(stream, held, last)
    assert frame == {
        "topic": "chain",
        "clock": "2025-08-29T03:46:00+00:00",
        "chains": [],
    }


async def test_several_symbols_are_one_panel(
    client: Client, connection: psycopg.Connection
) -> None:
    store = open_store(connection)
    quote(store, 0)
    quote(store, 3, symbol="BANKNIFTY", strikes=(50000.0, 50100.0))
    held = Held()
    query = "?symbol=NIFTY&symbol=BANKNIFTY&fields=ltp,oi&interval=0"
    async with client.stream(query) as stream:
        await read_up_to(stream, held, 0)
        assert held.rows == said(connection)
        assert held.clock == "2025-08-29T03:48:00+00:00"
        last = quote(store, 4, symbol="BANKNIFTY", strikes=(50000.0,), seed=2).event_id
        await read_up_to(stream, held, last)
        assert held.rows == said(connection)


async def test_interval_coalesces(
    client: Client, connection: psycopg.Connection
) -> None:
    store = open_store(connection)
    quote(store, 0)
    held = Held()
    query = f"{NIFTY}&fields=ltp,oi&interval=1000"
    async with client.stream(query) as stream:
        await read_up_to(stream, held, 0)
        for minute in range(1, 21):
            last = quote(store, minute, seed=minute).event_id
        frames = await read_up_to(stream, held, last)
        assert held.rows == said(connection)
    # Twenty batches of two events; the first may have come at once.
    assert len(frames) < 20


async def test_other_topics_pass_in_order(
    client: Client, connection: psycopg.Connection
) -> None:
    store = open_store(connection)
    quote(store, 0)
    held = Held()
    query = (
        f"{NIFTY}&fields=ltp,oi&interval=60000&topic=task&topic=metrics&expiry=front"
    )
    async with client.stream(query) as stream:
        await read_up_to(stream, held, 0)
        append(connection, 1, topic="task")
        quote(store, 1, seed=1)
        append(connection, 2, topic="metrics", symbol="NIFTY", expiry="2025-09-02")
        append(connection, 3, topic="metrics", symbol="NIFTY", expiry="2025-09-09")
        append(connection, 4, topic="metrics", symbol="BANKNIFTY")
        append(connection, 5, topic="ops")
        quote(store, 2, seed=2)
        last = append(connection, 6, topic="metrics", symbol="NIFTY")
        frames = await read_up_to(stream, held, last)
    order = [frame.get("n", "chain") for frame in frames]
    assert [n for n in order if n != "chain"] == [1, 2, 6]
    # Before an event is told, so is everything that came before it.
    assert order == [1, "chain", 2, "chain", 6]
    assert held.rows == {FRONT: said(connection)[FRONT]}


async def test_clients_of_one_panel_share_a_feed(
    client: Client, connection: psycopg.Connection
) -> None:
    quote(open_store(connection), 0)
    same = [
        f"{NIFTY}&fields=put_oi,call_oi&expiry=front&expiry=2025-09-16",
        "?expiry=2025-09-16&expiry=front&fields=oi&interval=200&symbol=NIFTY",
        f"{NIFTY}&timeframe=live&fields=call_oi&fields=put_oi&expiry=2025-09-16"
        "&expiry=front&topic=chain",
    ]
    async with (
        client.stream(same[0]) as one,
        client.stream(same[1]) as two,
        client.stream(same[2]) as three,
        client.stream(f"{NIFTY}&fields=oi") as other,
    ):
        frames = [await stream.next() for stream in (one, two, three, other)]
        assert frames[0] == frames[1] == frames[2] != frames[3]
        health = (await client.get("/health"))[1]
        assert (health["streams"], health["feeds"]) == (4, 2)
