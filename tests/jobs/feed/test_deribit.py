"""Deribit's answers and recorded frames: prices in money, whole numbers of coins."""

from pathlib import Path

import pytest

from pgstrike.jobs.feed.files import FeedFile
from pgstrike.jobs.feed.times import calendar_day
from pgstrike.jobs.feed_kinds import Kinds
from pgstrike.jobs.quote import UNKNOWN
from tests.support.bodies import read
from tests.support.deribit import frame
from tests.support.feeds import joined, leg, utc

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


def test_deribit_is_priced_in_money_and_counted_in_whole_units(tmp_path: Path) -> None:
    batch = read(tmp_path, {"jsonrpc": "2.0", "result": TICKER}, lots={})
    row = batch.rows[0]
    assert (batch.symbols, row["strike"]) == (("BTC",), 34000)
    assert calendar_day(int(row["expiry"])).isoformat() == "2021-09-24"
    assert row["quote_time"] == row["exchange_time"]
    assert (row["underlying"], row["forward"]) == (29900, 30000)
    put = leg(batch, "put")
    assert put["bid"] == pytest.approx(45) and put["ask"] == pytest.approx(75)
    assert (put["oi"], put["bid_qty"], put["volume"]) == (125, 47, 8690)
    assert batch.kinds == Kinds(volume="other", oi=None)
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
        f"1626993724.5: {frame(TICKER, 'ticker.x.raw')}",
        f"1626993724.6: {frame({'bids': []}, 'book.x.raw')}",
    ]
    path.write_text("\n".join(lines))
    feed = FeedFile(str(path), {})
    batch = joined(feed.batches())
    assert feed.ticks and batch.rejects == []
    assert batch.rows["quote_time"].tolist() == [utc("2021-07-22T22:42:04.500000")]


@pytest.mark.parametrize(
    "name", ["best_bid_price", "open_interest", "underlying_price"]
)
def test_a_number_that_no_float_holds_is_rejected(tmp_path: Path, name: str) -> None:
    batch = read(tmp_path, {"result": {**TICKER, name: 10**400}}, lots={})
    assert len(batch.rows) == 0
    [reject] = batch.rejects
    assert reject.symbol == "BTC"


def test_an_iv_that_no_float_holds_is_unknown(tmp_path: Path) -> None:
    batch = read(tmp_path, {"result": {**TICKER, "mark_iv": 10**400}}, lots={})
    assert leg(batch, "put")["iv"] is None and leg(batch, "put")["oi"] == 125


def test_a_time_that_no_float_holds_is_unknown(tmp_path: Path) -> None:
    answer = {"usOut": 1626993723847561, "result": {**TICKER, "timestamp": 10**400}}
    [row] = read(tmp_path, answer, lots={}).rows
    assert (row["quote_time"], row["exchange_time"]) == (
        (utc("2021-07-22T22:42:03.847561"), UNKNOWN)
    )
