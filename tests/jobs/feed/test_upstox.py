"""Upstox's option chain: each figure, in our units."""

from pathlib import Path

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.facts import Facts
from pgstrike.jobs.quote import UNKNOWN
from tests.support.bodies import GREEKS, READ_AT, read
from tests.support.feeds import leg

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


def test_list_of_answers_is_each_of_them(tmp_path: Path) -> None:
    near = UPSTOX["data"][0]
    later = {**UPSTOX, "data": [{**near, "expiry": "2024-07-25"}]}  # type: ignore[dict-item]
    batch = read(tmp_path, [UPSTOX, later], lots={}, facts=Facts(read_at=READ_AT))
    assert len({*batch.rows["expiry"].tolist()}) == 2 and not batch.rejects
