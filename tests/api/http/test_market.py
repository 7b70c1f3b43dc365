"""Chain, bars, expiries, signals and events over HTTP, as SQL has them."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from tests.api.conftest import Client
from tests.conftest import Stock
from tests.support.live_market import (
    EXPIRIES,
    OPEN,
    append,
    epoch,
    open_store,
    quote,
    refresh,
)

NEAR = EXPIRIES[0].isoformat()


def with_a_hole(connection: psycopg.Connection) -> None:
    """Quotes of 25 minutes, none of 10 to 20."""
    store = open_store(connection)
    for minute in (0, 3, 7, 21, 24):
        quote(store, minute, seed=minute, underlying=24510.0 + minute / 4)
    refresh(connection)


@pytest.fixture
def stock() -> Stock:
    return with_a_hole


def shown(minutes: float) -> str:
    return (OPEN + timedelta(minutes=minutes)).isoformat()


async def test_underlying_has_bars_and_holes(
    client: Client, market: psycopg.Connection
) -> None:
    found = await client.rows("bars?symbol=NIFTY")
    figures = ("bucket_time", "open", "high", "low", "close", "quotes")
    assert [tuple(row[name] for name in figures) for row in found] == [
        (shown(0), 24510, 24510.75, 24510, 24510.75, 2),
        (shown(5), 24511.75, 24511.75, 24511.75, 24511.75, 1),
        (shown(20), 24515.25, 24516, 24515.25, 24516, 2),
    ]
    filled = await client.rows("bars?symbol=NIFTY&fill=true")
    assert [row["bucket_time"] for row in filled] == [
        shown(minute) for minute in (0, 5, 10, 15, 20)
    ]
    assert [row["quotes"] for row in filled] == [2, 1, 0, 0, 2]
    assert filled[2]["close"] is None
    # From Thursday on: the nights are no holes.
    week = "bars?symbol=NIFTY&timeframe=1h&fill=true&from=2025-08-28T00:00Z"
    hours = [row["bucket_time"] for row in await client.rows(week)]
    assert [hour[11:16] for hour in hours[:7]] == [
        f"{hour:02}:45" for hour in range(3, 10)
    ]
    assert hours[7:] == [shown(0)]


async def test_option_has_bars_of_its_legs(
    client: Client, market: psycopg.Connection
) -> None:
    path = "bars?symbol=NIFTY&expiry=front&strike=24500"
    both = await client.rows(f"{path}&timeframe=5min")
    assert [(row["leg"], row["bucket_time"]) for row in both] == [
        (leg, shown(minute)) for leg in ("call", "put") for minute in (0, 5, 20)
    ]
    puts = await client.rows(f"{path}&leg=put&fill=true")
    assert [row for row in puts if row["quotes"]] == both[3:]
    assert len(puts) == 5
    [stored] = market.execute(
        "SELECT put_open, put_high, put_low, put_close, put_iv, put_oi, put_volume"
        " FROM fo.option_strike_bars_5min WHERE symbol = 'NIFTY' AND expiry = %s"
        " AND strike = 24500 AND bucket_time = %s",
        [EXPIRIES[0], OPEN],
    )
    names = ("open", "high", "low", "close", "iv", "oi", "volume")
    assert tuple(puts[0][name] for name in names) == stored


async def test_chain_comes_in_quotes_and_in_bars(
    client: Client, market: psycopg.Connection
) -> None:
    """A bar that was not over at an instant is not known then."""
    live = await client.rows(f"chain?symbol=NIFTY&expiry={NEAR}")
    assert live == await client.rows(f"metrics/chain?symbol=NIFTY&expiry={NEAR}")
    now = await client.rows("chain?symbol=NIFTY&expiry=front&timeframe=5min")
    assert {row["bucket_time"] for row in now} == {shown(20)} and len(now) == 5
    for minute, bucket in ((9, 0), (10, 5), (24, 5)):
        at = shown(minute).replace("+", "%2B")
        found = await client.rows(
            f"chain?symbol=NIFTY&timeframe=5min&strikes=atm:0&at={at}"
        )
        assert {(row["strike"], row["bucket_time"]) for row in found} == {
            (24500, shown(bucket))
        }, minute
    at = shown(4).replace("+", "%2B")
    assert not await client.rows(f"chain?symbol=NIFTY&timeframe=5min&at={at}")
    assert await client.rows("chain?symbol=NIFTY&timeframe=1d")


async def test_expiries_and_signals_have_names_of_their_own(
    client: Client, market: psycopg.Connection
) -> None:
    for name in ("expiries", "signals"):
        path = f"{name}?symbol=NIFTY&expiry=front"
        found = await client.rows(path)
        assert found and {row["expiry"] for row in found} == {NEAR}
        assert found == await client.rows(f"metrics/{path}")
    few = await client.rows("signals?symbol=NIFTY&limit=3")
    near = await client.rows("signals?symbol=NIFTY&strikes=atm:0&limit=3")
    assert len(few) == 3 and {row["strike"] for row in near} == {24500}


@pytest.mark.parametrize("more", ["", "&expiry=front", "&strikes=atm:1"])
async def test_signals_have_pages_however_they_are_chosen(
    client: Client, market: psycopg.Connection, more: str
) -> None:
    path = f"signals?symbol=NIFTY{more}"
    whole = await client.rows(f"{path}&limit=10000")
    found, after = [], ""
    while True:
        _, page = await client.get(f"/v1/{path}&limit=3{after}")
        assert len(page["rows"]) <= 3
        found += page["rows"]
        if page["cursor"] is None:
            break
        after = f"&cursor={page['cursor']}"
    status, answer = await client.get(f"/v1/{path}&limit=0")
    assert (status, answer["error"]["code"]) == (400, "bad_limit")
    assert len(whole) > 3 and found == [[*row.values()] for row in whole]


@pytest.mark.parametrize("name", ["expiry=front", "leg=put"])
async def test_bars_of_an_option_ask_for_its_strike(
    client: Client, market: psycopg.Connection, name: str
) -> None:
    status, answer = await client.get(f"/v1/bars?symbol=NIFTY&{name}")
    error = answer["error"]
    assert (status, error["code"]) == (400, "missing_parameter")
    assert error["field"] == "strike"
    assert error["hint"].startswith("Send strike too, or leave out ")


async def test_refusal_names_every_parameter_that_is_taken(
    client: Client, market: psycopg.Connection
) -> None:
    _, answer = await client.get("/v1/metrics/max_pain?symbol=NIFTY&day=1")
    error = answer["error"]
    assert (error["code"], error["field"]) == ("unknown_parameter", "day")
    named = error["hint"].removeprefix("Send one of: ").removesuffix(".").split(", ")
    _, known = await client.get("/v1/expiries?symbol=NIFTY")
    sent = {"after": known["event"], "tz": "UTC", "format": "csv", "fields": "expiry"}
    assert {*sent, "symbol", "expiry", "at", "limit", "cursor"} == {*named}
    for name, word in sent.items():
        path = f"/v1/metrics/max_pain?symbol=NIFTY&{name}={word}"
        async with client.session.get(path) as response:
            assert response.status == 200, name


async def test_log_is_read_page_by_page(
    client: Client, market: psycopg.Connection
) -> None:
    append(market, 1, 2, 3, topic="task")
    [(newest,)] = market.execute("SELECT last_id FROM job.event_counter")
    stored = [
        payload
        for (payload,) in market.execute("SELECT payload FROM fo.event ORDER BY id")
    ]
    found: list[Any] = []
    after = f"{epoch(market)}:0"
    while True:
        status, page = await client.get(f"/v1/events?after={after}&limit=7")
        assert status == 200
        found += page["events"]
        after = page["event"]
        if after == page["newest"]:
            break
    assert found == stored
    assert after == f"{epoch(market)}:{newest}"
    _, tasks = await client.get("/v1/events?topic=task&limit=2")
    assert [event["n"] for event in tasks["events"]] == [1, 2]
    for gone in (f"{epoch(market)}:{newest + 1}", "ab12cd34:1"):
        status, answer = await client.get(f"/v1/events?after={gone}")
        assert (status, answer["error"]["code"]) == (410, "events_gone")
    for query, code in (
        ("symbol=NIFTYY", "unknown_symbol"), ("topic=x", "unknown_topic"),
        ("limit=1001", "bad_limit"), ("after=x", "bad_after"),
    ):  # fmt: skip
        status, answer = await client.get(f"/v1/events?{query}")
        assert (status, answer["error"]["code"]) == (400, code)
        assert answer["error"]["field"] == code.partition("_")[2]
