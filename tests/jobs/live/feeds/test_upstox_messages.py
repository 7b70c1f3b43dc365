"""jobs.live.feeds.upstox_messages: exact figures, missing ones, and broken messages."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgstrike.jobs.live.feeds.decoded import Decoded
from pgstrike.jobs.live.feeds.upstox_messages import decode
from pgstrike.jobs.live.plugin import BIT, FIGURES
from pgstrike.jobs.quote import UNKNOWN
from tests.support.feeds import utc
from tests.support.upstox_messages import (
    FIRST,
    KEY,
    SENT_AT,
    alone,
    entry,
    full,
    index,
    market_info,
    packed,
    response,
    with_greeks,
)

INDEX = "NSE_INDEX|Nifty 50"
PLACES = {INDEX: 0, KEY: 1}
ALL = {*FIRST} - {"traded_at"}
YESTERDAY = SENT_AT - 86_400_000


def present(row: np.void) -> set[str]:
    return {name for name in FIGURES if row["present"] & BIT[name]}


def decoded(*entries: bytes) -> Decoded:
    return decode(response(*entries), PLACES)


def option(make: object = with_greeks, **changes: float) -> np.void:
    """The update of one option."""
    assert callable(make)
    found = decoded(entry(KEY, make({**FIRST, **changes})))
    assert not found.rejects
    [row] = found.rows
    return row


@pytest.mark.parametrize("make", [with_greeks, full])
def test_both_modes_bring_the_same_figures(make: object) -> None:
    row = option(make)
    assert (row["contract"], row["exchange_time"]) == (1, UNKNOWN)
    assert present(row) == ALL
    assert {name: row[name] for name in ALL} == {name: FIRST[name] for name in ALL}


@pytest.mark.parametrize("make", [index, alone])
def test_underlying_brings_its_price_and_the_exchange_time(make: object) -> None:
    assert callable(make)
    feed = make({"ltp": 24612.05, "traded_at": SENT_AT})
    [row] = decoded(entry(INDEX, feed)).rows
    assert present(row) == {"ltp"}
    assert (row["contract"], row["ltp"]) == (0, 24612.05)
    assert row["exchange_time"] == utc("2025-08-29T04:30:05")


@pytest.mark.parametrize("name", ["oi", "iv", "ltp"])
def test_missing_figure_is_no_news(name: str) -> None:
    assert present(option(**{name: 0.0})) == ALL - {name}


def test_missing_volume_is_none_only_before_the_first_trade_of_the_day() -> None:
    assert present(option(volume=0)) == ALL - {"volume"}
    row = option(volume=0, traded_at=YESTERDAY)
    assert (present(row), row["volume"]) == (ALL, 0)


def test_side_of_the_book_that_is_empty_is_unknown_from_now_on() -> None:
    row = option(bid=0.0, bid_qty=0)
    assert present(row) == ALL
    assert np.isnan(row["bid"])
    assert (row["bid_qty"], row["ask"], row["ask_qty"]) == (UNKNOWN, 95.2, 150)


def test_greeks_come_together_or_not_at_all() -> None:
    names = ("delta", "theta", "gamma", "vega")
    assert present(option(delta=0.0)) == ALL
    assert present(option(**dict.fromkeys(names, 0.0))) == ALL - {*names}


def test_message_of_the_market_has_no_updates() -> None:
    found = decode(market_info(), PLACES)
    assert (len(found.rows), found.rejects) == (0, [])


def test_entry_without_figures_is_passed_over() -> None:
    found = decoded(entry(KEY, b""), entry(KEY, packed(9, "of a later version")))
    assert (len(found.rows), found.rejects) == (0, [])


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (entry(KEY, b"\xff\xff\xff"), "malformed"),
        (entry("NSE_FO|9", with_greeks(FIRST)), "unknown_contract"),
        (entry(KEY, with_greeks({**FIRST, "ask": -1.0})), "negative"),
        (entry(KEY, with_greeks({**FIRST, "volume": -1})), "negative"),
        (entry(KEY, with_greeks({**FIRST, "oi": 1e300})), "out_of_range"),
        (entry(KEY, with_greeks({**FIRST, "oi": float("nan")})), "out_of_range"),
    ],
)
def test_bad_entry_costs_no_other(bad: bytes, reason: str) -> None:
    good = entry(KEY, with_greeks(FIRST))
    found = decoded(good, bad, good)
    assert found.rows["contract"].tolist() == [1, 1]
    assert [reject.reason for reject in found.rejects] == [reason]


def test_half_a_message_is_one_reject() -> None:
    whole = response(entry(KEY, with_greeks(FIRST)))
    found = decode(whole[:-20], PLACES)
    assert len(found.rows) == 0
    assert [reject.reason for reject in found.rejects] == ["malformed"]


@given(st.binary(max_size=400))
def test_no_bytes_raise(data: bytes) -> None:
    decode(data, PLACES)


@given(st.binary(min_size=1, max_size=24), st.integers(0, 250))
def test_no_change_of_a_message_raises(noise: bytes, place: int) -> None:
    whole = response(
        entry(KEY, with_greeks(FIRST)),
        entry(KEY, full(FIRST)),
        entry(INDEX, index(FIRST)),
    )
    decode(whole[:place] + noise + whole[place + len(noise) :], PLACES)
