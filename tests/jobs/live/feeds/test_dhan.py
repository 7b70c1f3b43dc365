"""Dhan's feed: what it asks for, and the chains and ticks that come."""

import gzip
import json
import struct
from datetime import UTC, datetime, timedelta

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.facts import Facts
from pgstrike.jobs.feed.times import IST, days
from pgstrike.jobs.live.feeds.dhan import (
    CHAIN,
    EXPIRIES,
    LIST,
    chain_of,
    dhan,
    ended,
)
from pgstrike.jobs.live.plugin import RefusedError, Updates
from pgstrike.jobs.quote import QuoteBatch
from tests.support.fake_wire import READ_AT, FakeWire, asked
from tests.support.feeds import DATA

RECORDED = DATA.parent / "feeds" / "dhan-chain.json.gz"
HEADER = (
    "EXCH_ID,SEGMENT,SECURITY_ID,INSTRUMENT,UNDERLYING_SYMBOL,LOT_SIZE,SM_EXPIRY_DATE,"
    "STRIKE_PRICE,OPTION_TYPE,TICK_SIZE\n"
)
TODAY = datetime.now(UTC).astimezone(IST).date()
NEXT, LATER = TODAY + timedelta(days=1), TODAY + timedelta(days=8)


def master(*rows: str) -> bytes:
    return (
        HEADER + "NSE,I,13,INDEX,NIFTY,1,0001-01-01,,XX,0.05\n" + "\n".join(rows)
    ).encode()


def option(name: int, expiry: object = NEXT, leg: str = "CE") -> str:
    return f"NSE,D,{name},OPTIDX,NIFTY,75.0,{expiry},24500.00000,{leg},5.0000"


async def test_ticks_come_from_what_was_subscribed() -> None:
    packet = struct.pack("<BHBIfI", 2, 16, 2, 500, 101.35, 0)
    rows = option(500), option(501, leg="PE"), option(502, LATER), option(9, "junk")
    wire = FakeWire({LIST: [master(*rows)]}, [packet])
    feed = dhan(asked("dhan", ["NIFTY"], expiries="1"))
    contracts = await feed.contracts(wire)
    assert [each.key for each in contracts] == [
        "NSE_FNO:500",
        "NSE_FNO:501",
        "IDX_I:13",
    ]
    assert contracts[0][1:6] == ("NIFTY", "call", days(NEXT), 24_500, 75)
    assert contracts[2].leg == "underlying"
    [update] = [each async for each in feed.updates(wire, contracts)]
    assert isinstance(update, Updates)
    assert (update.rows["ltp"].tolist(), update.read_at) == ([101.35], READ_AT)
    sent = [json.loads(message) for message in wire.sockets[0].sent]
    assert [(each["RequestCode"], each["InstrumentCount"]) for each in sent] == [
        (15, 1),
        (21, 2),
    ]
    assert wire.asked[-1].params["token"] == "<DHAN_ACCESS_TOKEN>"
    assert "DHAN" not in wire.asked[-1].url
    await feed.contracts(wire)  # the list is asked for once a day
    assert [each.url for each in wire.asked].count(LIST) == 1


async def test_messages_and_sockets_are_within_the_limits() -> None:
    wire = FakeWire({LIST: [master(*(option(place) for place in range(100, 5_200)))]})
    feed = dhan(asked("dhan", ["NIFTY"]))
    contracts = await feed.contracts(wire)
    assert [each async for each in feed.updates(wire, contracts)] == []
    counts = [
        [json.loads(message)["InstrumentCount"] for message in socket.sent]
        for socket in wire.sockets
    ]
    assert [sum(each) for each in counts] == [5_000, 101]
    assert max(map(max, counts)) == 100


async def test_too_many_instruments_are_refused() -> None:
    rows = (option(place) for place in range(100, 25_100))
    feed = dhan(asked("dhan", ["NIFTY"]))
    with pytest.raises(FeedError, match="25,000 options are asked for"):
        await feed.contracts(FakeWire({LIST: [master(*rows)]}))


async def test_connection_that_dhan_ends_says_why() -> None:
    data = struct.pack("<BHBIH", 50, 10, 0, 0, 807)
    wire = FakeWire({LIST: [master(option(500))]}, [data])
    feed = dhan(asked("dhan", ["NIFTY"]))
    contracts = await feed.contracts(wire)
    with pytest.raises(RefusedError, match=r"807.*expired.*DHAN_ACCESS_TOKEN"):
        [each async for each in feed.updates(wire, contracts)]
    assert not isinstance(ended(805), RefusedError)


async def test_chains_come_one_every_three_seconds() -> None:
    leg = {"last_price": 13.9, "oi": 150, "previous_oi": 75, "volume": 300}
    chain = {"data": {"last_price": 26177.15, "oc": {"26200.000000": {"ce": leg}}}}
    days_of = {"data": [str(NEXT), str(LATER)], "status": "success"}
    answers = {
        LIST: [master(option(500))],
        EXPIRIES: [json.dumps(days_of).encode()],
        CHAIN: [json.dumps(chain).encode()] * 2,
    }
    wire = FakeWire(answers)
    feed = dhan(asked("dhan", ["NIFTY"], mode="chain"))
    assert (feed.is_whole, await feed.contracts(wire)) == (True, ())
    stream = feed.updates(wire, ())
    found = [await anext(stream), await anext(stream)]
    assert all(isinstance(each, QuoteBatch) for each in found)
    rows = [each.rows[0] for each in found if isinstance(each, QuoteBatch)]
    assert [row["expiry"] for row in rows] == [days(NEXT), days(LATER)]
    assert (rows[0]["call_oi"], rows[0]["underlying"]) == (150, 26177.15)
    assert rows[0]["quote_time"] == READ_AT + 3
    assert wire.slept == [3.0, 3.0]
    [_, expiries, first, _] = wire.asked
    assert json.loads(expiries.body) == {
        "UnderlyingScrip": 13,
        "UnderlyingSeg": "IDX_I",
    }
    assert json.loads(first.body)["Expiry"] == str(NEXT)
    assert first.headers["access-token"] == "<DHAN_ACCESS_TOKEN>"


@pytest.mark.skipif(not RECORDED.exists(), reason="dhan-chain.json.gz is absent")
def test_recorded_chain_has_its_exact_figures() -> None:
    data = gzip.decompress(RECORDED.read_bytes())
    batch = chain_of(data, Facts("NIFTY", days(NEXT), READ_AT))
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
        chain_of(data, Facts("NIFTY", days(NEXT), READ_AT))


@pytest.mark.parametrize(
    "options", [{"mode": "push"}, {"expiries": "0"}, {"expiry": "3"}]
)
def test_option_that_cannot_be_used_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(
        FeedError, match="mode" if "expiries" not in options else "1 to 99"
    ):
        dhan(asked("dhan", ["NIFTY"], **options))


async def test_symbol_that_is_not_listed_is_refused() -> None:
    feed = dhan(asked("dhan", ["NIFTY", "NIFTI"]))
    with pytest.raises(FeedError, match="no options of NIFTI"):
        await feed.contracts(FakeWire({LIST: [master(option(500))]}))
    with pytest.raises(FeedError, match="no column"):
        await feed.contracts(FakeWire({LIST: [b"a,b\n1,2\n"]}))
