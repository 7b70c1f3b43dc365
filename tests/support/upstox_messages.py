"""Messages as Upstox's WebSocket sends them, written by hand from the numbers of its fields."""

import struct
from collections.abc import Mapping

KEY = "NSE_FO|40001"
SENT_AT = 1_756_441_805_000  # milliseconds since 1970: 2025-08-29 04:30:05 UTC
FIRST = {
    "ltp": 95.1,
    "traded_at": SENT_AT - 2_000,
    "bid_qty": 75,
    "bid": 94.9,
    "ask_qty": 150,
    "ask": 95.2,
    "delta": 0.5,
    "theta": -9.5,
    "gamma": 0.001,
    "vega": 12.0,
    "volume": 750,
    "oi": 1_500.0,
    "iv": 0.1436,
}


def varint(number: int) -> bytes:
    number &= 2**64 - 1
    digits = []
    while number >= 128:
        digits.append(number % 128 + 128)
        number //= 128
    return bytes([*digits, number])


def packed(number: int, value: float | str | bytes) -> bytes:
    """One field. A number of 0 is left out, as proto3 does."""
    match value:
        case int() | float() if not value:
            return b""
        case int():
            return varint(number << 3) + varint(value)
        case float():
            return varint(number << 3 | 1) + struct.pack("<d", value)
        case str():
            value = value.encode()
    return varint(number << 3 | 2) + varint(len(value)) + value


def price(of: Mapping[str, float]) -> bytes:
    """The last price, when and how much was traded, and the close before."""
    fields = (of.get("ltp", 0.0), of.get("traded_at", 0), 75, 90.5)
    return b"".join(packed(n, value) for n, value in enumerate(fields, 1))


def quote(of: Mapping[str, float]) -> bytes:
    names = ("bid_qty", "bid", "ask_qty", "ask")
    return b"".join(packed(n, of.get(name, 0)) for n, name in enumerate(names, 1))


def greeks(of: Mapping[str, float]) -> bytes:
    names = ("delta", "theta", "gamma", "vega")
    found = b"".join(packed(n, of.get(name, 0)) for n, name in enumerate(names, 1))
    return found + packed(5, 3.25)  # rho


def with_greeks(of: Mapping[str, float]) -> bytes:
    """A feed of mode option_greeks."""
    parts = (price(of), quote(of), greeks(of))
    fields = [packed(n, part) for n, part in enumerate(parts, 1)]
    fields += [packed(4, of.get("volume", 0)), packed(5, of.get("oi", 0.0))]
    return packed(3, b"".join(fields) + packed(6, of.get("iv", 0.0)))


def full(of: Mapping[str, float]) -> bytes:
    """A feed of mode full: five levels, of which the first is the best."""
    depth = packed(1, quote(of)) + 4 * packed(1, quote({**of, "bid": 1.0}))
    market = packed(1, price(of)) + packed(2, depth) + packed(3, greeks(of))
    market += packed(4, packed(1, packed(1, "1d"))) + packed(5, 95.5)
    market += packed(6, of.get("volume", 0)) + packed(7, of.get("oi", 0.0))
    market += packed(8, of.get("iv", 0.0)) + packed(9, 1e6)
    return packed(2, packed(1, market)) + packed(4, 1)


def index(of: Mapping[str, float]) -> bytes:
    """A feed of an index in mode full."""
    return packed(2, packed(2, packed(1, price(of))))


def alone(of: Mapping[str, float]) -> bytes:
    """A feed of mode ltpc."""
    return packed(1, price(of))


def entry(key: str, feed: bytes) -> bytes:
    return packed(1, key) + packed(2, feed)


def response(*entries: bytes, kind: int = 1, sent_at: int = SENT_AT) -> bytes:
    """A message of these entries."""
    found = b"".join(packed(2, each) for each in entries)
    return packed(1, kind) + found + packed(3, sent_at)


def market_info() -> bytes:
    """A message that says which segments are open."""
    status = packed(1, packed(1, "NSE_FO") + packed(2, 2))
    return packed(1, 2) + packed(3, SENT_AT) + packed(4, status)
