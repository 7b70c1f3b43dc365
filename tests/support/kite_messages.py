"""Messages as Kite's WebSocket sends them, made by its page of the format."""

import struct
from collections.abc import Sequence
from typing import NamedTuple


class Tick(NamedTuple):
    """The figures of a packet as Kite counts them: prices in hundredths of a rupee."""

    token: int
    ltp: int = 9_510
    volume: int = 750
    oi: int = 1_500
    time: int = 1_756_441_805  # seconds since 1970: 2025-08-29 04:30:05 UTC
    bid: int = 9_490
    bid_qty: int = 75
    ask: int = 9_520
    ask_qty: int = 150


def price_packet(tick: Tick) -> bytes:
    return struct.pack(">Ii", tick.token, tick.ltp)


def index_packet(tick: Tick, *, is_full: bool = True) -> bytes:
    """High, low, open, close and change follow the price."""
    packet = price_packet(tick) + struct.pack(">5i", 1, 2, 3, 4, 5)
    return packet + struct.pack(">I", tick.time) if is_full else packet


def quote_packet(tick: Tick) -> bytes:
    """Quantities, average price and OHLC stand around the volume."""
    return price_packet(tick) + struct.pack(
        ">2iI6i", 11, 12, tick.volume, 13, 14, 15, 16, 17, 18
    )


def full_packet(tick: Tick) -> bytes:
    """A quote, the last trade's time, OI, its day's range, time and five levels each side."""
    packet = quote_packet(tick) + struct.pack(
        ">I4I", tick.time, tick.oi, 19, 20, tick.time
    )
    for price, quantity, step in (
        (tick.bid, tick.bid_qty, -5),
        (tick.ask, tick.ask_qty, 5),
    ):
        for level in range(5):
            packet += struct.pack(
                ">IiH2x", quantity + level, price + level * step, level
            )
    return packet


def message(packets: Sequence[bytes]) -> bytes:
    """A binary message of these packets."""
    head = struct.pack(">H", len(packets))
    return head + b"".join(struct.pack(">H", len(p)) + p for p in packets)
