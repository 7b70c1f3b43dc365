"""Dhan's feed: what it asks for, and the chains and ticks that come."""

import gzip
import json
import struct
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.facts import Facts
from pgstrike.jobs.feed.times import SECOND, days
from pgstrike.jobs.live.feeds.dhan import (
    CHAIN,
    EXPIRIES,
    LIST,
    PRICES,
    dhan,
    ended,
)
from pgstrike.jobs.live.feeds.dhan_rest import chain_of
from pgstrike.jobs.live.plugin import Contract, Frame, RefusedError, Updates
from pgstrike.jobs.quote import QuoteBatch
from tests.support.feeds import DATA
from tests.support.scripted_wire import NOW, ScriptedWire, plain

RECORDED = DATA.parent / "feeds" / "dhan-chain.json.gz"
HEADER = (
    "EXCH_ID,SEGMENT,SECURITY_ID,INSTRUMENT,UNDERLYING_SYMBOL,LOT_SIZE,SM_EXPIRY_DATE,"
    "STRIKE_PRICE,OPTION_TYPE,TICK_SIZE\n"
)
NEXT, LATER = date(2025, 9, 2), date(2025, 9, 9)
PRICE = json.dumps({"data": {"IDX_I": {"13": {"last_price": 24612.0}}}}).encode()
DAY = 86_400 * SECOND


def master(*rows: str) -> bytes:
    return (
        HEADER + "NSE,I,13,INDEX,NIFTY,1,0001-01-01,,XX,0.05\n" + "\n".join(rows)
    ).encode()


def option(
    name: int, expiry: object = NEXT, leg: str = "CE", strike: int = 24_500
) -> str:
    return f"NSE,D,{name},OPTIDX,NIFTY,75.0,{expiry},{strike}.00000,{leg},5.0000"


def wire_of(
    rows: Sequence[str], sockets: Sequence[Any] = (), price: bytes = PRICE
) -> ScriptedWire:
    return ScriptedWire({LIST: master(*rows), PRICES: price}, sockets)


def keys(contracts: Sequence[Contract]) -> list[str]:
    return [each.key.partition(":")[2] for each in contracts]


async def test_ticks_come_from_what_was_subscribed() -> None:
    packet = struct.pack("<BHBIfI", 2, 16, 2, 500, 101.35, 0)
    rows = option(500), option(501, leg="PE"), option(502, LATER), option(9, "junk")
    wire = wire_of(rows, [[Frame(NOW, packet)]])
    feed = dhan(plain("dhan", ["NIFTY"], expiries="1"))
    contracts = await feed.contracts(wire)
    assert [each.key for each in contracts] == [
        "NSE_FNO:500",
        "NSE_FNO:501",
        "IDX_I:13",
    ]
    assert contracts[0][1:6] == ("NIFTY", "call", days(NEXT), 24_500, 75)
    assert contracts[2].leg == "underlying"
    [_, prices] = wire.asked
    assert json.loads(prices.body) == {"IDX_I": [13]}
    assert prices.headers["access-token"] == "<DHAN_ACCESS_TOKEN>"
    [update] = [each async for each in feed.updates(wire, contracts)]
    assert isinstance(update, Updates)
    assert (update.rows["ltp"].tolist(), update.read_at) == ([101.35], NOW)
    sent = [json.loads(message) for message in wire.opened[0].sent]
    assert [(each["RequestCode"], each["InstrumentCount"]) for each in sent] == [
        (15, 1),
        (21, 2),
    ]
    assert wire.asked[-1].params["token"] == "<DHAN_ACCESS_TOKEN>"
    assert "DHAN" not in wire.asked[-1].url


async def test_strikes_near_the_money_are_chosen() -> None:
    rows = [
        option(strike, expiry, strike=strike)
        for expiry in (NEXT, LATER)
        for strike in range(24_400, 24_900, 50)
    ]

    async def chosen(price: bytes = PRICE, **options: str) -> list[str]:
        feed = dhan(plain("dhan", ["NIFTY"], **options))
        return keys(await feed.contracts(wire_of(rows, price=price)))

    assert await chosen(strikes="atm:1", expiries="1") == [
        *("24550", "24600", "24650"),
        "13",
    ]
    assert len(await chosen(strikes="atm:1")) == 7
    assert len(await chosen(strikes="all")) == len(await chosen()) == 21
    nothing = b'{"data": {"IDX_I": {}}}'
    assert len(await chosen(nothing, strikes="all")) == 21
    with pytest.raises(FeedError, match=r"price of NIFTY is not known.*strikes=all"):
        await chosen(nothing)
    with pytest.raises(FeedError, match="Dhan's answer has no data"):
        await chosen(b'{"status": "failed"}')


async def test_list_is_fetched_once_a_day_by_the_time_of_the_frames() -> None:
    wire = wire_of([option(500), option(501, LATER)], [[Frame(NOW, b"")]] * 2)
    lists: list[int] = []
    for now in (NOW, NOW + SECOND, NOW + DAY):
        wire.now = now
        feed = dhan(plain("dhan", ["NIFTY"]))
        contracts = await feed.contracts(wire)
        lists.append([each.url for each in wire.asked].count(LIST))
    assert lists == [1, 1, 2]
    stream = dhan(plain("dhan", ["NIFTY"])).updates(
        wire_of([], [[Frame(NOW + 2 * DAY, b"")]]), contracts
    )
    with pytest.raises(FeedError, match="next day's list of instruments is out"):
        [each async for each in stream]


async def test_expiry_of_today_counts_and_that_of_yesterday_does_not() -> None:
    rows = option(1, "2025-08-28"), option(2, "2025-08-29"), option(3, NEXT)
    feed = dhan(plain("dhan", ["NIFTY"], expiries="1"))
    assert keys(await feed.contracts(wire_of(rows))) == ["2", "13"]


async def test_messages_and_sockets_are_within_the_limits() -> None:
    rows = [option(place) for place in range(100, 5_200)]
    wire = wire_of(rows, [[], []])
    feed = dhan(plain("dhan", ["NIFTY"]))
    contracts = await feed.contracts(wire)
    assert [each async for each in feed.updates(wire, contracts)] == []
    counts = [
        [json.loads(message)["InstrumentCount"] for message in socket.sent]
        for socket in wire.opened
    ]
    assert [sum(each) for each in counts] == [5_000, 101]
    assert max(map(max, counts)) == 100


async def test_too_many_instruments_are_refused() -> None:
    rows = [option(place) for place in range(100, 25_100)]
    feed = dhan(plain("dhan", ["NIFTY"]))
    with pytest.raises(FeedError, match=r"25,001 contracts .* Dhan allows 25,000"):
        await feed.contracts(wire_of(rows))


async def test_connection_that_dhan_ends_says_why() -> None:
    data = struct.pack("<BHBIH", 50, 10, 0, 0, 807)
    wire = wire_of([option(500)], [[Frame(NOW, data)]])
    feed = dhan(plain("dhan", ["NIFTY"]))
    contracts = await feed.contracts(wire)
    with pytest.raises(RefusedError, match=r"807.*expired.*DHAN_ACCESS_TOKEN"):
        [each async for each in feed.updates(wire, contracts)]
    assert not isinstance(ended(805), RefusedError)


async def test_chains_come_one_every_three_seconds() -> None:
    leg = {"last_price": 13.9, "oi": 150, "previous_oi": 75, "volume": 300}
    chain = {"data": {"last_price": 26177.15, "oc": {"26200.000000": {"ce": leg}}}}
    days_of = {"data": [str(NEXT), str(LATER)], "status": "success"}
    answers = {
        LIST: master(option(500)),
        EXPIRIES: json.dumps(days_of).encode(),
        CHAIN: json.dumps(chain).encode(),
    }
    wire = ScriptedWire(answers, step=1)
    feed = dhan(plain("dhan", ["NIFTY"], mode="chain"))
    assert (feed.is_whole, await feed.contracts(wire)) == (True, ())
    stream = feed.updates(wire, ())
    found = [await anext(stream), await anext(stream)]
    assert all(isinstance(each, QuoteBatch) for each in found)
    rows = [each.rows[0] for each in found if isinstance(each, QuoteBatch)]
    assert [row["expiry"] for row in rows] == [days(NEXT), days(LATER)]
    assert (rows[0]["call_oi"], rows[0]["underlying"]) == (150, 26177.15)
    assert rows[0]["quote_time"] == NOW + 3
    assert wire.slept == [3.0, 3.0]
    [_, expiries, first, _] = wire.asked
    assert json.loads(expiries.body) == {
        "UnderlyingScrip": 13,
        "UnderlyingSeg": "IDX_I",
    }
    assert json.loads(first.body)["Expiry"] == str(NEXT)
    assert first.headers["access-token"] == "<DHAN_ACCESS_TOKEN>"
    wire.now += DAY  # the chain of the next day is the last one, and all is asked again
    assert len([each async for each in stream]) == 1


@pytest.mark.skipif(not RECORDED.exists(), reason="dhan-chain.json.gz is absent")
def test_recorded_chain_has_its_exact_figures() -> None:
    data = gzip.decompress(RECORDED.read_bytes())
    batch = chain_of(data, Facts("NIFTY", days(NEXT), NOW))
    came = json.loads(data)["data"]
    assert (len(came["oc"]), len(batch.rows)) == (220, 220)
    assert set(batch.rows["underlying"].tolist()) == {26177.15}
    rows = {float(row["strike"]): row for row in batch.rows}
    for strike, legs in came["oc"].items():
        row = rows[float(strike)]
        for name, leg in (("call", legs["ce"]), ("put", legs["pe"])):
            if leg["last_price"]:
                assert row[f"{name}_ltp"] == leg["last_price"]
                assert row[f"{name}_oi"] == leg["oi"]
                assert row[f"{name}_prev_oi"] == leg["previous_oi"]
                assert row[f"{name}_volume"] == leg["volume"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<html>", "not JSON"),
        (b"[]", "no JSON object"),
        (b'{"status": "failed", "remarks": "Too many requests"}', "Too many requests"),
    ],
)
def test_answer_that_is_no_chain_is_told(data: bytes, said: str) -> None:
    with pytest.raises(FeedError, match=said):
        chain_of(data, Facts("NIFTY", days(NEXT), NOW))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"mode": "push"}, "mode is 'push'; give socket or chain"),
        ({"expiries": "0"}, "expiries is '0'"),
        ({"strikes": "30"}, "strikes is '30'"),
        ({"expiry": "3"}, "no option expiry; it has mode, expiries, strikes"),
        ({"mode": "chain", "strikes": "all"}, "leave the option strikes out"),
    ],
)
def test_option_that_cannot_be_used_is_refused(
    options: dict[str, str], said: str
) -> None:
    with pytest.raises(FeedError, match=said):
        dhan(plain("dhan", ["NIFTY"], **options))


async def test_symbol_that_is_not_listed_is_refused() -> None:
    feed = dhan(plain("dhan", ["NIFTY", "NIFTI"]))
    with pytest.raises(FeedError, match="no options of NIFTI"):
        await feed.contracts(wire_of([option(500)]))
    with pytest.raises(FeedError, match="no column"):
        await feed.contracts(ScriptedWire({LIST: b"a,b\n1,2\n"}))
