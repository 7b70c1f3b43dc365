"""Panels of bars; Postgres says what is right."""

import psycopg

from tests.api.conftest import Client
from tests.support.live_market import EXPIRIES, FRONT, open_store, quote, refresh
from tests.support.panel_reader import Held, read_up_to, said

NIFTY = "?symbol=NIFTY"
ALL_STRIKES = tuple(float(strike) for strike in range(24000, 24700, 50))


async def test_bars_come_with_their_snapshot(
    client: Client, connection: psycopg.Connection
) -> None:
    store = open_store(connection)
    quote(store, 0)
    refresh(connection)
    held = Held()
    query = f"{NIFTY}&timeframe=5min&fields=close,oi,oi_change&interval=0"
    async with client.stream(query) as stream:
        await read_up_to(stream, held, 0)
        for minute in (1, 5, 6, 12):
            quote(store, minute, seed=minute)
            expected = said(connection, "close oi oi_change", "5min")
            [(last,)] = connection.execute("SELECT max(id) FROM fo.event")
            await read_up_to(stream, held, last)
            assert held.rows == expected
    assert held.snapshots == 1


async def test_bars_around_the_money_are_those_of_sql(
    client: Client, connection: psycopg.Connection
) -> None:
    quote(open_store(connection), 0, strikes=ALL_STRIKES, underlying=24226)
    refresh(connection)
    held = Held()
    query = f"{NIFTY}&timeframe=1min&strikes=atm:2&expiry=front"
    async with client.stream(query) as stream:
        await read_up_to(stream, held, 0)
    expected = connection.execute(
        "SELECT strike FROM analytics.strike_distribution('NIFTY', '1min', %s, 'oi', 2)",
        [[EXPIRIES[0]]],
    )
    assert [*held.rows[FRONT]] == [strike for (strike,) in expected]
