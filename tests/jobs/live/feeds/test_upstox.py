"""jobs.live.feeds.upstox: its start over REST, what it subscribes, and refused tokens."""

import gzip
import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.times import SECOND
from pgstrike.jobs.feed.upstox import leg_of
from pgstrike.jobs.live.feeds.upstox import upstox
from pgstrike.jobs.live.feeds.upstox_chain import decode_chain
from pgstrike.jobs.live.plugin import (
    BIT,
    FIGURES,
    UPDATE,
    Asked,
    Contract,
    Frame,
    RefusedError,
    Updates,
)
from pgstrike.jobs.quote import UNKNOWN
from tests.support.feeds import DATA, utc
from tests.support.scripted_wire import NOW, ScriptedWire
from tests.support.scripted_wire import Asked as Request
from tests.support.upstox_messages import FIRST, alone, entry, response, with_greeks

API = "https://api.upstox.com"
LIST = "https://assets.upstox.com/market-quote/instruments/exchange/complete.json.gz"
LTP, CHAIN = f"{API}/v3/market-quote/ltp", f"{API}/v2/option/chain"
AUTHORIZE = f"{API}/v3/feed/market-data-feed/authorize"
NIFTY = "NSE_INDEX|Nifty 50"
PRICES = {name for name in FIGURES if UPDATE[name].kind == "f"}
EXPIRIES = {"2025-09-02": 1756837799000, "2025-09-09": 1757442599000}


def key_of(expiry: str, strike: int, kind: str) -> str:
    return f"NSE_FO|{expiry[-2:]}{strike}{kind}"


def dump(strikes: Sequence[int] = (24550, 24600, 24650, 24700)) -> bytes:
    rows = [
        {
            "segment": "NSE_FO",
            "expiry": stamp,
            "instrument_type": kind,
            "underlying_symbol": "NIFTY",
            "underlying_key": NIFTY,
            "instrument_key": key_of(expiry, strike, kind),
            "lot_size": 75,
            "tick_size": 5.0,
            "strike_price": float(strike),
        }
        for expiry, stamp in EXPIRIES.items()
        for strike in strikes
        for kind in ("CE", "PE")
    ]
    return gzip.compress(json.dumps(rows).encode())


def chain_leg(key: str, **changes: Any) -> dict[str, Any]:
    market = {
        "ltp": 95.1,
        "volume": 750,
        "oi": 1500.0,
        "bid_price": 94.9,
        "bid_qty": 75,
        "ask_price": 95.2,
        "ask_qty": 150,
        "prev_oi": 1425.0,
    }
    greeks = {"vega": 12.0, "theta": -9.5, "gamma": 0.001, "delta": 0.5, "iv": 14.36}
    return {
        "instrument_key": key,
        "market_data": {**market, **changes},
        "option_greeks": greeks,
    }


def chain(request: Request) -> bytes:
    expiry = request.params["expiry_date"]
    strike = {
        "expiry": expiry,
        "strike_price": 24600.0,
        "underlying_key": request.params["instrument_key"],
        "underlying_spot_price": 24612.05,
        "call_options": chain_leg(key_of(expiry, 24600, "CE")),
        "put_options": chain_leg(key_of(expiry, 24600, "PE"), ltp=0, bid_price=None),
    }
    return json.dumps({"status": "success", "data": [strike]}).encode()


def wire_of(*sockets: Any) -> ScriptedWire:
    price = {"NSE_INDEX:Nifty 50": {"last_price": 24612.0, "instrument_token": NIFTY}}
    address = "wss://feed.example/v3/feeds?requestId=7&code=once"
    return ScriptedWire(
        {
            LIST: dump(),
            LTP: json.dumps({"data": price}).encode(),
            CHAIN: chain,
            AUTHORIZE: json.dumps(
                {"data": {"authorized_redirect_uri": address}}
            ).encode(),
        },
        sockets,
    )


def asked(**options: str) -> Asked:
    secrets = {"UPSTOX_TOKEN": "the-token"}
    return Asked("upstox", ["NIFTY"], options, secrets.__getitem__)


def frame(data: bytes, seconds: float = 1) -> Frame:
    return Frame(NOW + int(seconds * SECOND), data)


async def read_all(wire: ScriptedWire, of: Asked) -> list[Updates]:
    feed = upstox(of)
    contracts = await feed.contracts(wire)
    return [each async for each in feed.updates(wire, contracts)]


async def test_underlying_and_strikes_near_the_money_are_listed() -> None:
    contracts = await upstox(asked(strikes="atm:1", expiries="1")).contracts(wire_of())
    strikes = [contract.strike for contract in contracts]
    assert contracts[0] == Contract(NIFTY, "NIFTY", "underlying")
    assert strikes == [None, 24550, 24550, 24600, 24600, 24650, 24650]
    first = contracts[1]
    assert first.key == "NSE_FO|0224550CE"
    assert first.expiry == utc("2025-09-02T00:00:00") // (86_400 * SECOND)
    assert (first.leg, first.lot) == ("call", 75)


async def test_feed_begins_with_the_chains_and_goes_on_with_ticks() -> None:
    key = key_of("2025-09-02", 24600, "CE")
    messages = [
        response(entry(NIFTY, alone({"ltp": 24615.0})), entry(key, with_greeks(FIRST)))
    ]
    wire = wire_of([*map(frame, messages)])
    first, second, ticks = await read_all(wire, asked())
    assert [each.rows["ltp"][0] for each in (first, second)] == [24612.05, 24612.05]
    assert ticks.rows["ltp"].tolist() == [24615.0, 95.1]
    assert {*first.rows["contract"]} & {*second.rows["contract"]} == {0}
    chains = [request.params for request in wire.asked if request.url == CHAIN]
    assert chains == [{"instrument_key": NIFTY, "expiry_date": day} for day in EXPIRIES]


async def test_options_are_subscribed_with_greeks_and_the_index_for_its_price() -> None:
    wire = wire_of([])
    await read_all(wire, asked(strikes="atm:0", expiries="1"))
    assert wire.asked[-1][:3] == (
        "wss://feed.example/v3/feeds",
        {"requestId": "7", "code": "once"},
        {},
    )
    [socket] = wire.opened
    assert all(isinstance(sent, bytes) for sent in socket.sent)
    data = [json.loads(sent)["data"] for sent in socket.sent]
    keys = [key_of("2025-09-02", 24600, kind) for kind in ("CE", "PE")]
    assert data == [
        {"mode": "ltpc", "instrumentKeys": [NIFTY]},
        {"mode": "option_greeks", "instrumentKeys": keys},
    ]


async def test_token_is_a_header_of_the_api_alone() -> None:
    wire = wire_of([])
    await read_all(wire, asked())
    for request in wire.asked:
        is_api = request.url.startswith(API)
        assert (request.headers.get("Authorization") == "Bearer the-token") == is_api
        assert "the-token" not in str(request[:2])


@pytest.mark.parametrize("place", [LTP, CHAIN, AUTHORIZE, "socket"])
async def test_refusal_says_how_to_renew_the_token(place: str) -> None:
    refusal = RefusedError("api.upstox.com answers 401")
    wire = wire_of(refusal if place == "socket" else [])
    if place != "socket":
        wire.answers[place] = refusal
    with pytest.raises(
        RefusedError, match=r"401\. An Analytics Token .*UPSTOX_TOKEN_FILE"
    ):
        await read_all(wire, asked())


async def test_list_is_fetched_anew_when_the_next_one_is_out() -> None:
    feed, wire = upstox(asked()), wire_of()
    for now, fetched in (("T02:00:00", 1), ("T02:59:59", 1), ("T03:00:00", 2)):
        wire.now = utc("2025-08-29" + now)
        await feed.contracts(wire)
        assert sum(request.url == LIST for request in wire.asked) == fetched


async def test_more_contracts_than_upstox_allows_are_refused() -> None:
    wire = wire_of()
    wire.answers[LIST] = dump(range(10_000, 15_010, 10))
    with pytest.raises(FeedError, match=r"2,004 contracts are chosen.*allows 2,000"):
        await upstox(asked(strikes="all")).contracts(wire)


async def test_answer_without_an_address_is_an_error() -> None:
    wire = wire_of()
    wire.answers[AUTHORIZE] = b'{"data": {"authorized_redirect_uri": null}}'
    with pytest.raises(FeedError, match="no address of a socket"):
        await read_all(wire, asked())


def test_chain_has_ivs_in_percent_and_unknown_figures() -> None:
    places = {NIFTY: 0, key_of("2025-09-02", 24600, "CE"): 1}
    places[key_of("2025-09-02", 24600, "PE")] = 2
    request = Request(CHAIN, {"expiry_date": "2025-09-02", "instrument_key": NIFTY}, {})
    rows, rejects = decode_chain(chain(request), places)
    assert rejects == []
    spot, call, put = rows
    assert (spot["ltp"], spot["present"]) == (24612.05, BIT["ltp"])
    assert call["iv"] == pytest.approx(0.1436)
    assert (call["oi"], call["prev_oi"], call["volume"]) == (1500, 1425, 750)
    assert np.isnan(put["ltp"]) and np.isnan(put["bid"])
    assert (put["bid_qty"], put["ask_qty"]) == (75, 150)
    assert call["present"] == put["present"] != 0


@pytest.mark.parametrize(
    "wrong", [{"oi": "many"}, {"ltp": -1.0}, {"volume": -1}, {"oi": 1e300}, {"ltp": []}]
)
def test_leg_that_cannot_be_read_costs_no_other(wrong: dict[str, Any]) -> None:
    legs = {"call_options": chain_leg("C", **wrong), "put_options": chain_leg("P")}
    rows, rejects = decode_chain(
        json.dumps({"data": [legs]}).encode(), {"C": 0, "P": 1}
    )
    assert rows["contract"].tolist() == [1]
    assert [reject.reason for reject in rejects] == ["malformed"]


def test_recorded_chain_has_the_same_figures_as_the_reader_of_files() -> None:
    path = DATA.parent / "feeds" / "upstox-chain-2024-06.json.gz"
    if not path.exists():
        pytest.skip(f"no recorded chain: {path}")
    body = gzip.decompress(path.read_bytes())
    legs = {
        leg["instrument_key"]: leg_of(leg)
        for strike in json.loads(body)["data"]
        for leg in (strike["call_options"], strike["put_options"])
    }
    places = {key: place for place, key in enumerate(legs)}
    rows, rejects = decode_chain(body, places)
    assert (len(rows), rejects) == (230, [])
    for row, figures in zip(rows, legs.values(), strict=True):
        for name in figures:
            figure, known = figures[name], row[name]
            is_unknown = known == UNKNOWN or known != known
            assert is_unknown == (not figure and (figure is None or name in PRICES))
            assert is_unknown or known == figure


async def test_candles_of_today_are_asked_for_by_themselves() -> None:
    def answer(request: Request) -> bytes:
        hour = 10 if "intraday" in request.url else 9
        candle = [f"2025-08-29T{hour:02}:15:00+05:30", 1, 2, 0.5, 95.1, 75, 1500]
        return json.dumps({"data": {"candles": [candle]}}).encode()

    feed, wire = upstox(asked()), wire_of()
    wire.answers[f"{API}/v3/historical-candle"] = answer
    today = date(2025, 8, 29)

    async def urls(first: int, last: int) -> list[str]:
        before = len(wire.asked)
        days = (date(2025, 8, first), date(2025, 8, last))
        found = await feed.candles(wire, "NSE_FO|7", *days, today)
        urls = [request.url.removeprefix(API) for request in wire.asked[before:]]
        assert len(found) == len(urls)
        return urls

    past = "/v3/historical-candle/NSE_FO%7C7/minutes/1/2025-08-28/2025-08-01"
    intraday = "/v3/historical-candle/intraday/NSE_FO%7C7/minutes/1"
    assert await urls(1, 28) == [past]
    assert await urls(1, 29) == [past, intraday]
    assert await urls(29, 29) == [intraday]
