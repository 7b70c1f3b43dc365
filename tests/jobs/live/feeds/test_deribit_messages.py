"""Deribit's answers and messages: exact figures of their bytes."""

import json
from typing import Any

import numpy as np
import pytest

from pgstrike.jobs.feed.times import calendar_day
from pgstrike.jobs.live.feeds.deribit_messages import (
    Places,
    contracts_of,
    decode_summary,
    decode_ticker,
    read_message,
)
from pgstrike.jobs.live.plugin import BIT, FIGURES, Frame, Updates
from pgstrike.jobs.quote import UNKNOWN, Reject
from tests.support.deribit import (
    FORWARD,
    INDEX,
    NAMES,
    frame,
    instruments,
    recorded_tickers,
    summary,
    ticker,
)
from tests.support.feed_server import wrong_lengths

CONTRACTS = contracts_of(instruments(), ["BTC"])
PLACES = Places.of(CONTRACTS)


def decoded(data: bytes, places: Places = PLACES) -> Updates:
    message = read_message(data)
    assert not isinstance(message, Reject)
    return decode_ticker(message, 7, places)


def update(**figures: object) -> Updates:
    return decoded(frame(ticker(NAMES[0], **figures)).encode())  # type: ignore[arg-type]


def figures_of(row: Any) -> dict[str, float]:
    """The figures that are present."""
    return {name: row[name].item() for name in FIGURES if row["present"] & BIT[name]}


def test_contracts_are_named_as_the_source_does() -> None:
    names = ["BTC-24SEP21-34000-P", "BTC-24SEP21", "SOL_USDC-3JAN25-140d5-C"]
    call, put = contracts_of(instruments(names), ["SOL_USDC", "BTC"])[::-1]
    day = calendar_day(put.expiry or 0).isoformat()
    assert (put.key, put.leg, day, put.strike) == (names[0], "put", "2021-09-24", 34000)
    assert (put.unit, put.symbol) == (0.1, "BTC")
    assert (call.symbol, call.leg, call.strike) == ("SOL_USDC", "call", 140.5)
    assert call.unit == 1


def test_a_ticker_is_priced_in_money_and_counted_in_units() -> None:
    told = update()
    assert told.read_at == 7 and told.rejects == []
    [row] = told.rows
    assert row["contract"] == 0
    assert row["exchange_time"] == (1626993723632 - 946684800000) * 1000
    assert figures_of(row) == {
        "underlying": INDEX,
        "forward": FORWARD,
        "ltp": 0.04 * FORWARD,
        "bid": 0.03 * FORWARD,
        "ask": 0.05 * FORWARD,
        "iv": 0.8,
        "delta": 0.5,
        "gamma": 0.0002,
        "theta": -16,
        "vega": 20,
        "bid_qty": 47,
        "ask_qty": 80,
        "volume": 32,
        "oi": 125,
    }


def test_null_in_a_ticker_is_unknown_from_now_on() -> None:
    [row] = update(last_price=None, mark_iv=None, best_bid_amount=None).rows
    told = figures_of(row)
    assert np.isnan(told["ltp"]) and np.isnan(told["iv"])
    assert told["bid_qty"] == UNKNOWN and told["ask_qty"] == 80


def test_a_summary_leaves_alone_what_it_does_not_bring() -> None:
    told = decode_summary(Frame(9, summary()), PLACES)
    assert told.read_at == 9 and len(told.rows) == len(NAMES)
    assert told.rows["contract"].tolist() == [*range(len(NAMES))]
    assert figures_of(told.rows[0]) == {
        "underlying": INDEX,
        "forward": FORWARD,
        "ltp": 0.04 * FORWARD,
        "ask": 0.05 * FORWARD,
        "iv": 0.8,
        "volume": 32,
        "oi": 125,
    }


def test_a_delivery_price_may_be_text() -> None:
    for text, known in (("31999.5", 31999.5), ("expired", None)):
        data = ticker(NAMES[0], index_price=None, estimated_delivery_price=text)
        [row] = decoded(frame(data).encode()).rows
        found = row["underlying"].item()
        assert np.isnan(found) if known is None else found == known
        assert row["forward"] == FORWARD


@pytest.mark.parametrize(
    "wrong",
    [
        {"best_bid_price": "much"},
        {"open_interest": 1e300},
        {"mark_iv": True},
        {"greeks": {"delta": [1]}},
        {"underlying_price": "x"},
        {"mark_iv": 10**400},
        {"open_interest": 10**400},
        {"best_bid_price": 1e300},
    ],
)
def test_a_wrong_figure_rejects_its_row_alone(wrong: dict[str, object]) -> None:
    told = update(**wrong)
    assert len(told.rows) == 0
    [reject] = told.rejects
    assert (reject.reason, reject.symbol) == ("malformed", "BTC")
    assert NAMES[0] in reject.row


@pytest.mark.parametrize(
    "data",
    [
        *[each for each in wrong_lengths(frame(ticker(NAMES[0])).encode()) if each],
        *(b"", b"\xff\xfe", b"[1]", b"null", b'{"params": 3}'),
    ],
)
def test_bytes_that_are_no_message_are_a_reject(data: bytes) -> None:
    found = read_message(data)
    assert isinstance(found, Reject) and found.reason == "malformed"


def test_unknown_messages_and_instruments_make_no_row() -> None:
    for data in (
        frame({"bids": []}, "book.x"),
        frame(ticker("BTC-PERPETUAL")),
        frame(ticker("BTC-1JAN30-1-C")),
        frame([1, 2]),
        '{"method": "subscription"}',
    ):
        told = decoded(data.encode())
        assert len(told.rows) == 0 and told.rejects == []


def test_recorded_frames_figure_by_figure() -> None:
    frames = recorded_tickers()
    bodies = [json.loads(each)["params"]["data"] for each in frames]
    names = sorted({body["instrument_name"] for body in bodies})
    places = Places.of(contracts_of(instruments(names), ["BTC", "ETH"]))
    assert (len(frames), len(places.known)) == (89, 10)
    for data, body in zip(frames, bodies, strict=True):
        told = decoded(data, places)
        assert told.rejects == []
        [row] = told.rows
        name = body["instrument_name"]
        coins = 0.1 if name.startswith("BTC") else 1.0
        found = figures_of(row)
        assert places.known[name][0] == row["contract"]
        assert len(found) == 14
        for ours, theirs in (
            ("ltp", "last_price"),
            ("bid", "best_bid_price"),
            ("ask", "best_ask_price"),
        ):
            assert found[ours] == body[theirs] * body["underlying_price"]
        for ours, amount in (
            ("oi", body["open_interest"]),
            ("volume", body["stats"]["volume"]),
        ):
            expected = UNKNOWN if amount is None else round(amount / coins)
            assert found[ours] == expected
        assert found["underlying"] == body["index_price"]
        assert found["forward"] == body["underlying_price"]
        assert found["iv"] == round(body["mark_iv"] / 100, 12)
        assert all(
            found[greek] == body["greeks"][greek]
            for greek in ("delta", "gamma", "theta", "vega")
        )
