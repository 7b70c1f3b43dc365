"""Dhan's binary packets, little-endian: from the bytes of a message to UPDATE rows.

A message holds one packet or several. Each begins with a header of 8 bytes: its code, its
length, the exchange's segment, and the id of the instrument there. Prices are float32, and are
rounded to the tick. The time of the last trade is left out: it is not that of the message.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pgstrike.jobs.live.feeds.decoded import Decoded, rejected
from pgstrike.jobs.live.plugin import BIT, updates_of
from pgstrike.jobs.quote import UNKNOWN, Reject

HEADER = [("code", "u1"), ("length", "<u2"), ("segment", "u1"), ("id", "<u4")]
QUOTE = [
    ("ltp", "<f4"),
    ("last_quantity", "<u2"),
    ("last_time", "<u4"),
    ("average", "<f4"),
    ("volume", "<u4"),
    ("to_sell", "<u4"),
    ("to_buy", "<u4"),
]
DAY = [("open", "<f4"), ("close", "<f4"), ("high", "<f4"), ("low", "<f4")]
LEVEL = [
    ("bid_qty", "<u4"),
    ("ask_qty", "<u4"),
    ("bid_orders", "<u2"),
    ("ask_orders", "<u2"),
    ("bid", "<f4"),
    ("ask", "<f4"),
]
DISCONNECT = 50
PACKETS = {
    2: np.dtype([*HEADER, ("ltp", "<f4"), ("last_time", "<u4")]),
    4: np.dtype([*HEADER, *QUOTE, *DAY]),
    5: np.dtype([*HEADER, ("oi", "<u4")]),
    6: np.dtype([*HEADER, ("close", "<f4"), ("prev_oi", "<u4")]),
    7: np.dtype(HEADER),  # the market opened or closed
    8: np.dtype(
        [
            *HEADER,
            *QUOTE,
            ("oi", "<u4"),
            ("highest_oi", "<u4"),
            ("lowest_oi", "<u4"),
            *DAY,
            *LEVEL,
            ("more_levels", "V80"),
        ]
    ),
    DISCONNECT: np.dtype([*HEADER, ("reason", "<u2")]),
}
PRICES, COUNTS = (
    ("ltp", "bid", "ask"),
    ("volume", "oi", "prev_oi", "bid_qty", "ask_qty"),
)
SEGMENTS = {"IDX_I": 0, "NSE_EQ": 1, "NSE_FNO": 2, "BSE_EQ": 4, "BSE_FNO": 8}


class Instruments:
    """Where each instrument stands among the contracts, its tick, and if it is an option."""

    def __init__(
        self, keys: Sequence[str], ticks: Sequence[float], options: Sequence[bool]
    ) -> None:
        named = (key.partition(":") for key in keys)
        codes = [(SEGMENTS[segment] << 32) + int(name) for segment, _, name in named]
        self._order = np.argsort(np.array(codes, np.int64), kind="stable")
        self._codes = np.array(codes, np.int64)[self._order]
        self.ticks = np.array(ticks, np.float64)
        self.is_option = np.array(options, np.bool_)

    def places(self, packets: npt.NDArray[np.void]) -> npt.NDArray[np.int64]:
        """The contract of each packet; -1 where it was not asked for."""
        wanted = (packets["segment"].astype(np.int64) << 32) + packets["id"]
        if not len(self._codes):
            return np.full(len(wanted), -1, np.int64)
        found = np.minimum(np.searchsorted(self._codes, wanted), len(self._codes) - 1)
        is_there = self._codes[found] == wanted
        return np.where(is_there, self._order[found], -1)


class Packets(NamedTuple):
    """Where the packets of each code begin in a message, and what could not be read."""

    starts: dict[int, list[int]]
    rejects: list[Reject]


def decode(data: bytes, of: Instruments) -> Decoded:
    """The figures of a message, in the order of its packets."""
    found = packets_of(data)
    rejects = list(found.rejects)
    rows = updates_of(0)
    parts, orders = [rows], [np.empty(0, np.int64)]
    for code, starts in found.starts.items():
        if code in (7, DISCONNECT):
            continue
        packets, at = gathered(data, code, starts), np.array(starts, np.int64)
        for wrong in np.flatnonzero(~is_sound(packets)).tolist():
            said = data[starts[wrong] : starts[wrong] + PACKETS[code].itemsize]
            rejects.append(rejected("not_a_number", "a price is none", said))
        places = of.places(packets)
        kept = is_sound(packets) & (places >= 0)
        parts.append(rows_of(packets[kept], places[kept], of))
        orders.append(at[kept])
    order = np.argsort(np.concatenate(orders), kind="stable")
    rows = np.concatenate(parts)[order]
    return Decoded(rows[rows["present"] != 0], rejects)


def packets_of(data: bytes) -> Packets:
    """Walk over a message. After a length that is wrong, nothing in it can be found."""
    starts: dict[int, list[int]] = {}
    rejects: list[Reject] = []
    at = 0
    while at < len(data):
        if len(data) - at < 8:
            rejects.append(rejected("malformed", "half a header", data[at:]))
            break
        code, said = data[at], int.from_bytes(data[at + 1 : at + 3], "little")
        if code not in PACKETS:
            rejects.append(
                rejected("malformed", f"packet code {code} is not known", data[at:])
            )
            if said < 8:
                break
            at += said
            continue
        size = PACKETS[code].itemsize
        # Some senders count the header, and some do not.
        if said not in (size, size - 8) or at + size > len(data):
            detail = f"a packet of code {code} has {size} bytes, not {said}"
            if at + size > len(data):
                detail = f"{len(data) - at} of {size} bytes of a packet of code {code}"
            rejects.append(rejected("malformed", detail, data[at:]))
            break
        starts.setdefault(code, []).append(at)
        at += size
    return Packets(starts, rejects)


def gathered(data: bytes, code: int, starts: Sequence[int]) -> npt.NDArray[np.void]:
    """The packets of one code as one array."""
    kind = PACKETS[code]
    places = np.array(starts)[:, None] + np.arange(kind.itemsize)
    flat = np.frombuffer(data, np.uint8)[places]
    packets: npt.NDArray[np.void] = flat.view(kind)[:, 0]
    return packets


def is_sound(packets: npt.NDArray[np.void]) -> npt.NDArray[np.bool_]:
    """Which packets have prices that are numbers."""
    sound = np.ones(len(packets), np.bool_)
    for name in PRICES:
        if name in (packets.dtype.names or ()):
            sound &= np.isfinite(packets[name]) & (packets[name] >= 0)
    return sound


def rows_of(
    packets: npt.NDArray[np.void], places: npt.NDArray[np.int64], of: Instruments
) -> npt.NDArray[np.void]:
    """UPDATE rows of packets of one code. A price of 0 is unknown, and its quantity too."""
    rows, names = updates_of(len(packets)), packets.dtype.names or ()
    rows["contract"] = places
    is_option = of.is_option[places]
    for name in PRICES:
        if name in names:
            price = to_tick(packets[name], of.ticks[places])
            rows[name] = price
            rows["present"] |= bit(name, is_option)
    for name in COUNTS:
        if name in names:
            rows[name] = packets[name]
            rows["present"] |= bit(name, is_option)
    for side in ("bid", "ask"):
        if side in names:
            rows[f"{side}_qty"][np.isnan(rows[side])] = UNKNOWN
    return rows


def bit(name: str, is_option: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint32]:
    """The bit of a figure. An underlying has its price only."""
    has = is_option | (name == "ltp")
    return np.where(has, BIT[name], 0).astype(np.uint32)


def to_tick(
    prices: npt.NDArray[np.float32], ticks: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """The multiples of the tick that were rounded to float32; NaN for 0."""
    exact = prices.astype(np.float64)
    near = np.round(np.round(exact / ticks) * ticks, 4)
    return np.where(exact > 0, near, np.nan)


def disconnect_reasons(data: bytes) -> Iterator[int]:
    """Why Dhan ends the connection, where a message says so."""
    starts = packets_of(data).starts.get(DISCONNECT)
    if starts:
        yield from gathered(data, DISCONNECT, starts)["reason"].tolist()
