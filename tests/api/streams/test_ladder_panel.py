"""Ladders: what a panel says of changes of OI is what SQL says at the same event."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.api.conftest import Client, Serve
from tests.support.live_market import (
    FRONT,
    NEXT,
    STRIKES,
    append,
    open_store,
    quote,
    refresh,
)
from tests.support.panel_reader import Held, Key, read_up_to
from tests.support.played import play, recorded

OVERS = {
    "": None,
    "_5min": timedelta(minutes=5),
    "_15min": timedelta(minutes=15),
    "_60min": timedelta(minutes=60),
}
FIGURES = [f"{name}{over}" for name in ("oi_change", "buildup") for over in OVERS]
FIELDS = ["quote_time", *FIGURES, "forward", "forward_source", "strike_gap"]
DAY = 24 * 60
Rows = dict[Key, dict[float, dict[str, Any]]]


def said(connection: psycopg.Connection, symbol: str) -> Rows:
    """All rows of a ladder, by the functions that readers of SQL call."""
    refresh(connection)
    found: Rows = {}
    with connection.cursor(row_factory=dict_row) as cursor:
        quoted = cursor.execute(
            "SELECT expiry::text, strike, quote_time FROM analytics.chain(%s)", [symbol]
        )
        for row in quoted.fetchall():
            own = found.setdefault((symbol, row.pop("expiry")), {})
            own[row["strike"]] = {**row, "quote_time": row["quote_time"].isoformat()}
        for suffix, over in OVERS.items():
            changed = cursor.execute(
                "SELECT expiry::text, strike, call_oi_change, call_buildup,"
                " put_oi_change, put_buildup"
                " FROM analytics.oi_change(%s, p_over => %s)",
                [symbol, over],
            )
            for row in changed.fetchall():
                own = found[symbol, row.pop("expiry")]
                strike = row.pop("strike")
                own[strike] |= {f"{name}{suffix}": row[name] for name in row}
    return found


async def test_changes_are_those_of_sql_at_each_event(
    client: Client, connection: psycopg.Connection
) -> None:
    store = open_store(connection)
    quote(store, 0, seed=1)
    quote(store, 374, seed=2)  # the day before
    quote(store, DAY * 3, seed=3)  # the next session
    held = Held()
    fields = ",".join(FIELDS)
    async with client.stream(f"?symbol=NIFTY&fields={fields}&interval=0") as stream:
        await read_up_to(stream, held, 0)
        assert held.rows == said(connection, "NIFTY")
        for number, minute in enumerate((1, 5, 6, 14.5, 17, 61, 62, 80), 4):
            # Some strikes are not quoted: what they are compared with moves all the same.
            strikes = STRIKES[number % 3 :]
            last = quote(store, DAY * 3 + minute, strikes=strikes, seed=number)
            await read_up_to(stream, held, last.event_id)
            assert held.rows == said(connection, "NIFTY"), minute
        # A late quote changes what all are compared with, and no live row.
        last = quote(store, DAY * 3 + 19, seed=99)
        await read_up_to(stream, held, last.event_id)
        assert held.rows == said(connection, "NIFTY")
    assert held.snapshots == 1
    some = held.rows[FRONT][24500]
    assert some["call_oi_change"] and some["put_oi_change_15min"]


async def test_other_topics_pass_in_order(
    client: Client, connection: psycopg.Connection
) -> None:
    store = open_store(connection)
    quote(store, 0)
    held = Held()
    query = "?symbol=NIFTY&fields=oi_change_5min,ltp&interval=0&topic=ops"
    async with client.stream(query) as stream:
        await read_up_to(stream, held, 0)
        append(connection, 1)
        quote(store, 6, seed=5)
        last = append(connection, 2)
        await read_up_to(stream, held, last)
        assert [other["n"] for other in held.others] == [1, 2]
        expected = said(connection, "NIFTY")
        for key in (FRONT, NEXT):
            for strike, row in held.rows[key].items():
                name = "call_oi_change_5min"
                assert row[name] == expected[key][strike][name]


async def test_chain_says_its_forward_and_gap(
    client: Client, connection: psycopg.Connection
) -> None:
    """Figures of the whole chain come without a query, and only where they are asked for."""
    store = open_store(connection)
    quote(store, 0)
    async with client.stream(
        "?symbol=NIFTY&expiry=front&fields=forward,strike_gap&interval=0"
    ) as stream:
        [frame] = await read_up_to(stream, Held(), 0)
        last = quote(store, 1, underlying=24620, seed=4).event_id
        *_, changed = await read_up_to(stream, Held(), last - 1)
    [row] = connection.execute(
        "SELECT forward, strike_gap FROM fo.option_quote"
        " WHERE expiry = '2025-09-02' ORDER BY quote_time DESC, strike LIMIT 1"
    )
    [chain] = changed["chains"]
    assert (chain["forward"], chain["strike_gap"]) == row
    assert frame["chains"][0]["forward"] != chain["forward"]
    assert "forward_source" not in chain


async def test_ladder_of_a_recorded_session(
    dsn: str, connection: psycopg.Connection, data: Path, serve: Serve
) -> None:
    batches = recorded(data)[:40]
    play(dsn, batches[:10])
    held = Held()
    query = f"?symbol=BANKNIFTY&fields={','.join(FIELDS)}&interval=50"
    async with serve() as client, client.stream(query) as stream:
        playing = asyncio.create_task(asyncio.to_thread(play, dsn, batches[10:]))
        await read_up_to(stream, held, 0)
        last = await playing
        await read_up_to(stream, held, last)
    expected = said(connection, "BANKNIFTY")
    assert held.rows == expected
    assert sum(len(rows) for rows in expected.values()) > 100
