"""Bodies of exchanges and brokers as JSON: each figure, in our units."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.facts import NO_FACTS, Facts
from pgstrike.jobs.feed.files import FeedFile
from pgstrike.jobs.feed.lots import Given
from pgstrike.jobs.feed.times import calendar_day
from pgstrike.jobs.quote import UNKNOWN, QuoteBatch
from tests.support.feeds import joined, leg, utc

READ_AT = utc("2026-04-21T06:30:00")
EXPIRY = 9_613  # 2026-04-27


def read(
    folder: Path, *values: object, lots: Given = 65, facts: Facts = NO_FACTS
) -> QuoteBatch:
    """What the reader makes of JSON values, one a line."""
    path = folder / "body.json"
    path.write_text("\n".join(json.dumps(value) for value in values))
    return joined(FeedFile(str(path), lots, facts).batches())


def nse_leg(**figures: object) -> dict[str, object]:
    return {
        "underlying": "NIFTY",
        "openInterest": 1254.5,
        "changeinOpenInterest": -12,
        "totalTradedVolume": 254729,
        "impliedVolatility": 14.2,
        "lastPrice": 512.35,
        "bidQty": 650,
        "bidprice": 510.2,
        "askQty": 1300,
        "askPrice": 513,
        **figures,
    }


def nse(rows: list[Mapping[str, Any]], **more: object) -> dict[str, object]:
    records = {"data": rows, "timestamp": "21-Apr-2026 12:00:05"} | more
    return {"records": records}


ROW = {"strikePrice": 24000, "expiryDate": "28-Apr-2026", "CE": nse_leg()}
V3_LEG = {
    "expiryDate": "28-04-2026",
    "buyPrice1": 510.2,
    "buyQuantity1": 650,
    "sellPrice1": 513,
    "sellQuantity1": 1300,
}


def test_nse_body_is_in_units_and_of_its_stamp(tmp_path: Path) -> None:
    batch = read(tmp_path, nse([ROW], underlyingValue=24450.5))
    row = batch.rows[0]
    assert row["quote_time"] == row["exchange_time"] == utc("2026-04-21T06:30:05")
    assert calendar_day(int(row["expiry"])).isoformat() == "2026-04-28"
    assert (row["strike"], row["underlying"]) == (24000, 24450.5)
    assert {n: x for n, x in leg(batch, "call").items() if x is not None} == {
        "ltp": 512.35,
        "bid": 510.2,
        "ask": 513,
        "iv": 0.142,
        "bid_qty": 650,
        "ask_qty": 1300,
        "volume": 254_729 * 65,
        "oi": round(1254.5 * 65),
        "prev_oi": round(1266.5 * 65),
    }
    assert set(leg(batch, "put").values()) == {None}


def test_both_layouts_of_nse_say_the_same(tmp_path: Path) -> None:
    old = {k: v for k, v in nse_leg().items() if not k.startswith(("bid", "ask"))}
    new = {"strikePrice": 24000, "expiryDates": "28-Apr-2026", "CE": old | V3_LEG}
    first, second = (read(tmp_path, nse([row])).rows for row in (ROW, new))
    assert first.tobytes() == second.tobytes()


def test_time_of_reading_is_taken_from_the_user(tmp_path: Path) -> None:
    row = read(tmp_path, nse([ROW]), facts=Facts(read_at=READ_AT + 6)).rows[0]
    assert (row["quote_time"], row["exchange_time"]) == (
        READ_AT + 6,
        utc("2026-04-21T06:30:05"),
    )


@pytest.mark.parametrize("change", [None, "-", 2000])
def test_oi_of_before_is_unknown_where_it_cannot_be(
    tmp_path: Path, change: object
) -> None:
    row = {**ROW, "CE": nse_leg(changeinOpenInterest=change)}
    assert leg(read(tmp_path, nse([row])), "call")["prev_oi"] is None


def test_row_without_lot_is_rejected_and_asks_for_it(tmp_path: Path) -> None:
    batch = read(tmp_path, nse([ROW]), lots={"BANKNIFTY": 35})
    [reject] = batch.rejects
    assert (reject.reason, reject.symbol) == ("no_lot", "NIFTY")
    assert "--lot NIFTY:2026-04-28=N" in reject.detail


def test_bad_row_of_a_body_is_rejected_alone(tmp_path: Path) -> None:
    bad = {**ROW, "strikePrice": 24050, "CE": nse_leg(lastPrice="soon")}
    batch = read(tmp_path, nse([ROW, bad, {**ROW, "strikePrice": -1}]))
    assert batch.rows["strike"].tolist() == [24000]
    assert [reject.reason for reject in batch.rejects] == ["malformed", "bad_strike"]
    assert json.loads(batch.rejects[0].row) == bad


def test_bodies_may_follow_each_other(tmp_path: Path) -> None:
    later = nse([ROW], timestamp="21-Apr-2026 12:01:05")
    times = read(tmp_path, nse([ROW]), later).rows["quote_time"]
    assert (times[1] - times[0]) / 1e6 == 60


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (nse([]), "without any strike"),
        (nse([ROW], timestamp=None), "give --read-at"),
        (nse([{"strikePrice": 1, "CE": {"underlying": "X"}}]), "give --expiry"),
    ],
)
def test_nse_body_that_lacks_something_says_what(
    tmp_path: Path, body: object, says: str
) -> None:
    with pytest.raises(FeedError) as raised:
        read(tmp_path, body)
    assert says in str(raised.value)


MARKET = {
    "ltp": 8868,
    "volume": 96750,
    "oi": 133025,
    "bid_price": 8831,
    "bid_qty": 100,
    "ask_price": 8864.5,
    "ask_qty": 25,
    "prev_oi": 228225,
}
GREEKS = {"vega": 0.2147, "theta": -39.474, "gamma": 0.001, "delta": 0.9939}
UPSTOX = {
    "status": "success",
    "data": [
        {
            "expiry": "2024-06-27",
            "strike_price": 15000,
            "underlying_key": "NSE_INDEX|Nifty 50",
            "underlying_spot_price": 23868.8,
            "call_options": {
                "market_data": MARKET,
                "option_greeks": {**GREEKS, "iv": 367.68},
            },
        }
    ],
}


def test_upstox_body_is_read(tmp_path: Path) -> None:
    batch = read(tmp_path, UPSTOX, lots={}, facts=Facts(read_at=READ_AT))
    row = batch.rows[0]
    assert (row["quote_time"], row["exchange_time"]) == (READ_AT, UNKNOWN)
    assert (batch.symbols, row["strike"], row["underlying"]) == (
        ("NIFTY",),
        15000,
        23868.8,
    )
    assert leg(batch, "call") == {
        "ltp": 8868,
        "bid": 8831,
        "ask": 8864.5,
        "iv": 3.6768,
        **GREEKS,
        "bid_qty": 100,
        "ask_qty": 25,
        "volume": 96750,
        "oi": 133025,
        "prev_oi": 228225,
    }


def test_upstox_stock_needs_its_symbol(tmp_path: Path) -> None:
    row = {**UPSTOX["data"][0], "underlying_key": "NSE_EQ|INE002A01018"}  # type: ignore[dict-item]
    body = {**UPSTOX, "data": [row]}
    with pytest.raises(FeedError, match=r"the symbol; give --symbol"):
        read(tmp_path, body, lots={}, facts=Facts(read_at=READ_AT))
    said = Facts(symbol="RELIANCE", read_at=READ_AT)
    assert read(tmp_path, body, lots={}, facts=said).symbols == ("RELIANCE",)


DHAN_LEG = {
    "greeks": GREEKS,
    "implied_volatility": 12.5,
    "last_price": 13.9,
    "oi": 29312250,
    "previous_oi": 10596150,
    "top_ask_price": 14,
    "top_ask_quantity": 75,
    "top_bid_price": 13.85,
    "top_bid_quantity": 150,
    "volume": 3238992225,
}
DHAN = {"data": {"last_price": 26177.15, "oc": {"26200.000000": {"ce": DHAN_LEG}}}}


def test_dhan_body_is_read(tmp_path: Path) -> None:
    facts = Facts("NIFTY", EXPIRY, READ_AT)
    batch = read(tmp_path, DHAN, lots={}, facts=facts)
    row = batch.rows[0]
    assert (row["strike"], row["underlying"], row["expiry"]) == (
        26200,
        26177.15,
        EXPIRY,
    )
    call = leg(batch, "call")
    assert (call["iv"], call["prev_oi"], call["ask_qty"]) == (0.125, 10596150, 75)


def test_all_that_dhan_lacks_is_asked_for_at_once(tmp_path: Path) -> None:
    with pytest.raises(FeedError) as raised:
        read(tmp_path, DHAN, lots={})
    assert "the symbol, the expiry and the time" in str(raised.value)
    for option in ("--symbol", "--expiry", "--read-at"):
        assert option in str(raised.value)


TICKER = {
    "instrument_name": "BTC-24SEP21-34000-P",
    "timestamp": 1626993723632,
    "underlying_price": 30000.0,
    "index_price": 29900.0,
    "open_interest": 12.5,
    "stats": {"volume": 869.0},
    "mark_iv": 120.5,
    "last_price": 0.002,
    "greeks": {"vega": 0.2, "theta": -1.6, "gamma": 0.0002, "delta": -0.03},
    "best_bid_price": 0.0015,
    "best_bid_amount": 4.7,
    "best_ask_price": 0.0025,
    "best_ask_amount": 8.0,
}
CALL = {**TICKER, "instrument_name": "BTC-24SEP21-34000-C", "best_bid_price": 0.1}


def frame(channel: str, data: object) -> dict[str, object]:
    return {
        "jsonrpc": "2.0",
        "method": "subscription",
        "params": {"channel": channel, "data": data},
    }


def test_deribit_is_priced_in_money_and_counted_in_whole_units(tmp_path: Path) -> None:
    batch = read(tmp_path, {"jsonrpc": "2.0", "result": TICKER}, lots={})
    row = batch.rows[0]
    assert (batch.symbols, row["strike"]) == (("BTC",), 34000)
    assert calendar_day(int(row["expiry"])).isoformat() == "2021-09-24"
    assert row["quote_time"] == row["exchange_time"]
    assert (row["underlying"], row["forward"]) == (29900, 30000)
    put = leg(batch, "put")
    assert put["bid"] == pytest.approx(45) and put["ask"] == pytest.approx(75)
    assert (put["oi"], put["bid_qty"], put["volume"]) == (125, 47, None)
    assert (put["iv"], put["delta"]) == (1.205, -0.03)


@pytest.mark.parametrize(
    ("name", "known", "bid"),
    [
        ("BTC-24SEP21-34000-P", {"underlying_price": None}, 0.0015 * 29900),
        ("BTC-24SEP21-34000-P", {"underlying_price": None, "index_price": None}, None),
        ("SOL_USDC-24SEP21-34-P", {}, 0.0015),
    ],
)
def test_price_in_coins_is_unknown_where_the_coin_has_none(
    tmp_path: Path, name: str, known: dict[str, object], bid: float | None
) -> None:
    ticker = {**TICKER, "instrument_name": name, **known}
    found = leg(read(tmp_path, {"result": ticker}, lots={}), "put")["bid"]
    assert found == (None if bid is None else pytest.approx(bid))


def test_both_legs_of_an_answer_are_one_quote(tmp_path: Path) -> None:
    batch = read(tmp_path, {"result": [TICKER, CALL]}, lots={})
    assert len(batch.rows) == 1
    assert leg(batch, "call")["bid"] == pytest.approx(3000)
    assert leg(batch, "put")["bid"] == pytest.approx(45)


def test_recorded_frames_have_the_time_of_their_arrival(tmp_path: Path) -> None:
    path = tmp_path / "frames.txt"
    lines = [
        "wss://www.deribit.com/ws/api/v2 <-> 1626993723.42",
        'wss://www.deribit.com/ws/api/v2 <- 1626993723.7: {"method": "public/subscribe"}',
        '1626993723.804318: {"jsonrpc": "2.0", "id": 0, "result": ["ticker.x.raw"]}',
        f"1626993724.5: {json.dumps(frame('ticker.x.raw', TICKER))}",
        f"1626993724.6: {json.dumps(frame('book.x.raw', {'bids': []}))}",
    ]
    path.write_text("\n".join(lines))
    feed = FeedFile(str(path), {})
    batch = joined(feed.batches())
    assert feed.ticks and batch.rejects == []
    assert batch.rows["quote_time"].tolist() == [utc("2021-07-22T22:42:04.500000")]


KITE = {
    "instrument_token": 1,
    "timestamp": "2025-08-29 10:00:05",
    "last_price": 95.1,
    "volume": 750,
    "oi": 1500,
    "depth": {
        "buy": [{"price": 94.9, "quantity": 75}],
        "sell": [{"price": 95.2, "quantity": 150}],
    },
}


def test_kite_quotes_are_joined_and_have_the_index_as_underlying(
    tmp_path: Path,
) -> None:
    data = {
        "NSE:NIFTY 50": {"instrument_token": 2, "last_price": 24600.5},
        "NFO:NIFTY2590224600CE": KITE,
        "NFO:NIFTY2590224600PE": {**KITE, "oi": 3000},
        "NSE:INFY": KITE,
    }
    batch = read(tmp_path, {"status": "success", "data": data}, lots={})
    [row] = batch.rows
    assert (batch.symbols, row["strike"], row["underlying"]) == (
        ("NIFTY",),
        24600,
        24600.5,
    )
    assert calendar_day(int(row["expiry"])).isoformat() == "2025-09-02"
    assert row["exchange_time"] == utc("2025-08-29T04:30:05")
    assert leg(batch, "call")["ask_qty"] == 150
    assert (leg(batch, "call")["oi"], leg(batch, "put")["oi"]) == (1500, 3000)


def test_monthly_contract_of_kite_needs_its_day(tmp_path: Path) -> None:
    body = {"data": {"NFO:BANKNIFTY25SEP54000PE": KITE}}
    with pytest.raises(FeedError, match=r"BANKNIFTY25SEP54000PE .* give --expiry"):
        read(tmp_path, body, lots={})
    batch = read(tmp_path, body, lots={}, facts=Facts(expiry=EXPIRY))
    assert (batch.symbols, batch.rows["expiry"][0]) == (("BANKNIFTY",), EXPIRY)


def test_kite_csv_says_the_same_as_its_json(tmp_path: Path) -> None:
    data = {
        "NSE:NIFTY 50": {"instrument_token": 2, "last_price": 24600.5},
        "NFO:NIFTY2590224600CE": KITE,
        "NFO:NIFTY2590224600PE": {**KITE, "oi": 3000},
    }
    names = ["timestamp", "last_price", "volume", "oi", "depth"]
    path = tmp_path / "quotes.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["", *names])
        for name, row in data.items():
            writer.writerow([name, *(row.get(column) for column in names)])
        writer.writerow(["NFO:NIFTY2590224650CE", "2025-08-29 10:00:05", "x", 1, 2, ""])
    feed = FeedFile(str(path), {})
    [batch] = feed.batches()
    asked = read(tmp_path, {"data": data}, lots={})
    assert feed.ticks
    assert batch.rows.tobytes() == asked.rows.tobytes()
    assert batch.forgotten == {"no_option": 1}
    assert [reject.reason for reject in batch.rejects] == ["malformed"]


def test_json_that_breaks_off_gives_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "body.json"
    path.write_text(json.dumps(nse([ROW])) + '\n{"records": ')
    batches = FeedFile(str(path), 65).batches()
    assert len(next(batches).rows) == 1
    with pytest.raises(FeedError, match="not JSON throughout"):
        next(batches)
