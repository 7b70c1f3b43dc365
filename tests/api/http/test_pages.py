"""Pages of an answer: each goes on where the one before ended, whatever comes between."""

from datetime import timedelta
from urllib.parse import quote as quoted

import psycopg
import pytest

from tests.api.conftest import Client
from tests.conftest import Stock
from tests.support.heard import until_heard
from tests.support.live_market import (
    DEATH,
    EXPIRIES,
    OPEN,
    open_store,
    quote,
    refresh,
    two_expiries,
)

NEAR, FAR = (expiry.isoformat() for expiry in EXPIRIES)


@pytest.fixture
def stock() -> Stock:
    return two_expiries


async def test_several_expiries_are_paged_in_order(
    client: Client, market: psycopg.Connection
) -> None:
    at = quoted((OPEN + timedelta(minutes=7)).isoformat())
    path = f"/v1/chain?symbol=NIFTY&expiry={FAR},{NEAR}&at={at}"
    _, whole = await client.get(path)
    rows, more = [], ""
    while True:
        _, page = await client.get(f"{path}&limit=1{more}")
        rows += page["rows"]
        if page["cursor"] is None:
            break
        more = f"&cursor={page['cursor']}"
    assert rows == whole["rows"] and len(rows) > 2


async def test_pages_follow_each_other(
    client: Client, market: psycopg.Connection
) -> None:
    """A quote that comes between two pages changes neither."""
    path = "/v1/moneyness-series?symbol=NIFTY&from=2025-08-29T03:45:00Z"
    _, whole = await client.get(path)
    found, cursor = [], ""
    for page in range(50):
        status, answer = await client.get(f"{path}&limit=7{cursor}")
        assert status == 200, answer
        assert len(answer["rows"]) <= 7
        found += answer["rows"]
        if answer["cursor"] is None:
            break
        cursor = f"&cursor={answer['cursor']}"
        if page == 0:
            with psycopg.connect(market.info.dsn, autocommit=True) as other:
                quote(open_store(other), DEATH + 24 * 60, expiries=EXPIRIES[1:], seed=9)
                refresh(other)
            await until_heard(client, market)
    assert found == whole["rows"] and len(found) > 7


async def test_pages_of_a_live_chain_are_the_whole_of_it(
    client: Client, market: psycopg.Connection
) -> None:
    """To the last figure: they are as of the clock."""
    path = f"/v1/chain?symbol=NIFTY&expiry={FAR}"
    _, whole = await client.get(path)
    _, first = await client.get(f"{path}&limit=2")
    _, rest = await client.get(f"{path}&cursor={first['cursor']}")
    assert first["rows"] + rest["rows"] == whole["rows"] and len(first["rows"]) == 2


async def test_pages_of_a_live_chain_are_of_one_instant(
    client: Client, market: psycopg.Connection
) -> None:
    """The snapshot lacks the newest quotes; what cannot be asked of an instant is refused."""
    with psycopg.connect(market.info.dsn, autocommit=True) as other:
        store = open_store(other)
        next_day = DEATH + 18 * 60
        quote(store, next_day, expiries=EXPIRIES[1:], strikes=(24_650.0,), seed=7)
        await until_heard(client, other)
        chain = f"/v1/chain?symbol=NIFTY&expiry={EXPIRIES[1]}&limit=4"
        _, first = await client.get(chain)
        spread = "/v1/strike-distribution?symbol=NIFTY&limit=2"
        _, row = await client.get(spread)
        quote(store, next_day + 1, expiries=EXPIRIES[1:], seed=8)
        await until_heard(client, other)
    _, second = await client.get(f"{chain}&cursor={first['cursor']}")
    at = first["cursor"].partition("@")[2]
    expected = await client.rows(f"chain?symbol=NIFTY&expiry={EXPIRIES[1]}&at={at}")
    place = first["columns"].index("strike")
    shown = [each[place] for each in (*first["rows"], *second["rows"])]
    assert shown == [each["strike"] for each in expected] and 24_650.0 in shown
    status, refused = await client.get(f"{spread}&cursor={row['cursor']}")
    assert (status, refused["error"]["code"]) == (400, "cursor_expired")
