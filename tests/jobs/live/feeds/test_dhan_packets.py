"""Dhan's binary packets: each figure from bytes."""

import gc
import struct
import tracemalloc

import numpy as np
import pytest

from pgstrike.jobs.live.feeds.dhan_packets import (
    Instruments,
    decode,
    disconnect_reasons,
)
from pgstrike.jobs.live.plugin import BIT
from pgstrike.jobs.quote import UNKNOWN

KNOWN = Instruments(
    ["NSE_FNO:500", "NSE_FNO:400", "IDX_I:13"], [0.05, 0.05, 0.01], [True, True, False]
)


def header(code: int, size: int, name: int = 500, segment: int = 2) -> bytes:
    return struct.pack("<BHBI", code, size, segment, name)


def full(name: int = 500, ltp: float = 101.35, bid: float = 101.3) -> bytes:
    level = struct.pack("<IIHHff", 75, 150, 3, 4, bid, 101.45)
    return (
        header(8, 162, name)
        + struct.pack("<fHIfIII", ltp, 75, 1_700_000_000, 99.5, 123_456, 10, 20)
        + struct.pack("<III", 4_000_000_000, 4_000_000_001, 1)
        + struct.pack("<ffff", 1, 2, 3, 4)
        + level * 5
    )


def ticker(name: int, price: float, segment: int = 2) -> bytes:
    return header(2, 16, name, segment) + struct.pack("<fI", price, 1_700_000_000)


def oi(count: int) -> bytes:
    return header(5, 12) + struct.pack("<I", count)


def named(present: int) -> set[str]:
    return {name for name, bit in BIT.items() if present & bit}


def test_full_packet_gives_each_figure() -> None:
    found = decode(full(), KNOWN)
    [row] = found.rows
    assert found.rejects == []
    assert (row["ltp"], row["bid"], row["ask"]) == (101.35, 101.3, 101.45)
    assert (row["volume"], row["oi"]) == (123_456, 4_000_000_000)
    assert (row["bid_qty"], row["ask_qty"]) == (75, 150)
    assert (row["contract"], row["exchange_time"]) == (0, UNKNOWN)
    figures = {"ltp", "bid", "ask", "bid_qty", "ask_qty", "volume", "oi"}
    assert named(row["present"]) == figures


def test_packets_of_several_kinds_keep_their_order() -> None:
    data = oi(7) + full(400) + ticker(500, 55.05) + ticker(13, 24_500.05, 0) + oi(9)
    rows = decode(data, KNOWN).rows
    assert rows["contract"].tolist() == [0, 1, 0, 2, 0]
    assert [named(bits) for bits in rows["present"][[0, 2, 3]].tolist()] == [
        {"oi"},
        {"ltp"},
        {"ltp"},
    ]
    assert (rows["oi"][0], rows["oi"][4]) == (7, 9)
    assert (rows["ltp"][2], rows["ltp"][3]) == (55.05, 24_500.05)


def test_oi_of_yesterday_comes_with_the_previous_close() -> None:
    data = header(6, 16) + struct.pack("<fI", 12.5, 900)
    [row] = decode(data, KNOWN).rows
    assert (row["prev_oi"], named(row["present"])) == (900, {"prev_oi"})


@pytest.mark.parametrize("tick", [0.05, 0.01, 0.0025])
def test_prices_are_the_multiples_of_the_tick_that_they_were(tick: float) -> None:
    of = Instruments(["NSE_FNO:500"], [tick], [True])
    prices = [round(place * tick, 4) for place in range(1, 60_000, 37)]
    data = b"".join(ticker(500, price) for price in prices)
    assert decode(data, of).rows["ltp"].tolist() == prices


def test_price_of_zero_is_unknown() -> None:
    [row] = decode(full(ltp=0, bid=0), KNOWN).rows
    assert np.isnan(row["ltp"]) and np.isnan(row["bid"])
    assert (row["bid_qty"], row["ask_qty"]) == (UNKNOWN, 150)
    assert "ltp" in named(row["present"])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (full()[:100], "100 of 162 bytes"),
        (b"\x08\xa2", "half a header"),
        (header(8, 50) + bytes(154), "162 bytes, not 50"),
        (header(99, 4) + bytes(20), "code 99"),
    ],
)
def test_what_cannot_be_read_is_a_reject_after_what_can(
    wrong: bytes, said: str
) -> None:
    found = decode(oi(7) + wrong, KNOWN)
    assert found.rows["oi"].tolist() == [7]
    assert [each.reason for each in found.rejects] == ["malformed"]
    assert said in found.rejects[0].detail
    assert found.rejects[0].row.startswith(wrong[:2].hex())


def test_unknown_packet_of_a_sound_length_is_passed_over() -> None:
    found = decode(header(99, 20) + bytes(12) + oi(8), KNOWN)
    assert found.rows["oi"].tolist() == [8]
    assert len(found.rejects) == 1


def test_price_that_is_no_number_is_a_reject() -> None:
    for price in (float("nan"), float("inf"), -1.0):
        found = decode(ticker(500, price) + oi(5), KNOWN)
        assert found.rows["oi"].tolist() == [5]
        assert [each.reason for each in found.rejects] == ["not_a_number"]


def test_instrument_that_was_not_asked_for_is_left_out() -> None:
    found = decode(ticker(77, 5) + ticker(500, 5, segment=8), KNOWN)
    assert (len(found.rows), found.rejects) == (0, [])


def test_market_status_says_nothing_of_a_contract() -> None:
    assert len(decode(header(7, 8), KNOWN).rows) == 0


def test_disconnect_tells_its_reason() -> None:
    data = oi(1) + header(50, 10) + struct.pack("<H", 807)
    assert [*disconnect_reasons(data)] == [807]
    assert [*disconnect_reasons(oi(1))] == []


@pytest.mark.long
def test_day_of_frames_makes_no_memory_grow() -> None:
    """A message every 4 seconds of 24 hours, sound ones and broken ones."""
    frames = [full() + oi(7) + ticker(13, 24_500.05, 0), full()[:90], header(99, 3)]
    for data in frames:
        decode(data, KNOWN)
    tracemalloc.start()
    try:
        for place in range(2_000):
            decode(frames[place % 3], KNOWN)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for place in range(86_400 // 4):
            decode(frames[place % 3], KNOWN)
        gc.collect()
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert after - before < 16_384
