"""Symbols with signs in them, through every door: SQL, REST, streams, keys, logins."""

import asyncio

import psycopg
import pytest

from pgstrike.api.access import api_keys
from pgstrike_client import Client
from tests.api.conftest import KEY, Serve
from tests.api.conftest import Client as Served
from tests.conftest import Stock
from tests.support.live_market import EXPIRIES, open_store, quote, refresh

SYMBOLS = ("BRK.B", "^SPX", "M&M", "BAJAJ-AUTO", ".NDX", "A^B_C.D&E-F")


def odd_symbols(connection: psycopg.Connection) -> None:
    store = open_store(connection)
    for symbol in SYMBOLS:
        connection.execute(
            "INSERT INTO fo.instrument (symbol, exchange) VALUES (%s, 'NSE')", [symbol]
        )
        quote(store, 0, symbol=symbol)
    refresh(connection)


@pytest.fixture
def stock() -> Stock:
    return odd_symbols


@pytest.fixture
def market(stock: Stock, connection: psycopg.Connection) -> psycopg.Connection:
    return connection


@pytest.mark.parametrize("symbol", SYMBOLS)
async def test_symbol_is_asked_for_and_followed(
    client: Served, market: psycopg.Connection, symbol: str
) -> None:
    async with asyncio.timeout(30), Client(client.address, key=KEY) as reader:
        found = await reader.metric("max_pain", symbol=symbol, expiry=EXPIRIES[0])
        assert len(found.rows) == 1
        async for panel in reader.panel(symbol, fields=["ltp"], strikes="atm:1"):
            assert {key[0] for key in panel.chains} == {symbol}
            break
        async for event in reader.stream(symbol=symbol, topic="chain", after="0:0"):
            assert event.type == "reset" or event.body["symbol"] == symbol
            break


@pytest.mark.parametrize("symbol", SYMBOLS)
async def test_key_may_name_the_symbol(
    serve: Serve, market: psycopg.Connection, symbol: str
) -> None:
    wanted = api_keys.Wanted(
        f"only_{SYMBOLS.index(symbol)}", [symbol], None, False, None
    )
    key = api_keys.create(wanted, market)
    async with (
        asyncio.timeout(30),
        serve() as client,  # afterwards: a new key is in force half a second later
        Client(client.address, key=key) as reader,
    ):
        found = await reader.metric("chain", symbol=symbol)
        assert len(found.rows) == 10
    market.execute("SELECT set_config('pgstrike.key', %s, FALSE)", [wanted.name])
    seen = market.execute(
        "SELECT array_agg(DISTINCT symbol), count(*) FROM analytics.option_quote"
    ).fetchone()
    assert seen == ([symbol], 10)


@pytest.mark.parametrize("symbol", ["", "nifty", "-A", "A B", "A'B", "A/B", "A" * 33])
def test_what_is_no_symbol_is_refused(
    connection: psycopg.Connection, symbol: str
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(
            "INSERT INTO fo.instrument (symbol, exchange) VALUES (%s, 'NSE')", [symbol]
        )
