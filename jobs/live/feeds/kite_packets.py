"""Kite's binary messages: big-endian packets of ticks, whole messages at a time.

A message is a count of packets, then each packet with its length before it. The length says
the kind: price (8), index (28, with its time 32), quote (44), full with OI and depth (184).
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from pgstrike.jobs.feed.times import SECOND
from pgstrike.jobs.live.feeds.decoded import Decoded, rejected
from pgstrike.jobs.live.plugin import BIT, updates_of
from pgstrike.jobs.quote import UNKNOWN, Reject

Rows = npt.NDArray[np.void]
Places = npt.NDArray[np.intp]
Scalar = TypeVar("Scalar", bound=np.generic)

HEAD = 2  # bytes of the count, and of each length
UNIX_TO_2000 = 946_684_800  # seconds

# Prices are whole parts of a rupee; how many depends on the segment, a token's lowest byte.
DIVISORS = np.full(256, 100.0)
DIVISORS[3] = 1e7  # currencies of NSE
DIVISORS[[6, 12]] = 1e4  # currencies of BSE, commodities of NSE

# Field, type and place in a packet. Of the depth only the best of five levels is read.
LTP = (("token", ">u4", 0), ("ltp", ">i4", 4))
QUOTE = (*LTP, ("volume", ">u4", 16))
FULL = (
    *QUOTE,
    ("oi", ">u4", 48),
    ("time", ">u4", 60),
    ("bid_qty", ">u4", 64),
    ("bid", ">i4", 68),
    ("ask_qty", ">u4", 124),
    ("ask", ">i4", 128),
)
PACKETS = {8: LTP, 28: LTP, 32: (*LTP, ("time", ">u4", 28)), 44: QUOTE, 184: FULL}
PRICES = ("ltp", "bid", "ask")
SIDES = ("bid", "ask")


def record_of(length: int) -> np.dtype[np.void]:
    """A packet with its length before it."""
    fields = [("length", ">u2", -HEAD), *PACKETS.get(length, ())]
    names, formats, places = zip(*fields, strict=True)
    return np.dtype(
        {
            "names": names,
            "formats": formats,
            "offsets": [HEAD + place for place in places],
            "itemsize": HEAD + length,
        }
    )


RECORDS = {length: record_of(length) for length in PACKETS}


class Tokens:
    """The place of each instrument token in the contracts that a feed listed.

    `units` says what one of a contract's volume, OI and quantities stands for; without it, 1.
    """

    def __init__(self, tokens: Sequence[int], units: Sequence[int] = ()) -> None:
        known = units or [1] * len(tokens)
        self.units = np.array([*known, 1], np.int64)  # the last is for unknown tokens
        listed = np.array(tokens, np.int64)
        order = np.argsort(listed, kind="stable")
        self._order = np.append(order, -1)
        self._sorted = np.append(listed[order], np.iinfo(np.int64).max)

    def places(self, tokens: npt.NDArray[np.int64]) -> Places:
        """Those of some tokens; -1 where one was not listed."""
        found = np.searchsorted(self._sorted, tokens)
        is_there = self._sorted[found] == tokens
        return self._order[np.where(is_there, found, -1)]


class Run(NamedTuple):
    """Packets of one length that follow each other; the first is number `first`."""

    first: int
    records: Rows


def decode(message: bytes, tokens: Tokens) -> Decoded:
    """The updates in a binary message. A single byte is a sign of life and has none.

    Nothing is raised: each fault is a reject, and costs only the packets that it is in.
    """
    if len(message) == 1:
        return Decoded(updates_of(0), [])
    runs, rejects = split(message)
    by_length: dict[int, list[Run]] = {}
    for run in runs:
        by_length.setdefault(run.records.itemsize - HEAD, []).append(run)
    parts: list[tuple[Places, Rows]] = []
    for length, those in by_length.items():
        records = joined([run.records for run in those])
        if length not in PACKETS:
            detail = f"{len(records)} packets of {length} bytes, which is no known kind"
            rejects.append(rejected("unknown_packet", detail, records[:1].tobytes()))
            continue
        numbers = joined([np.arange(r.first, r.first + len(r.records)) for r in those])
        parts.append(updates(numbers, records, length, tokens, rejects))
    return Decoded(in_order(parts), rejects)


def split(message: bytes) -> tuple[list[Run], list[Reject]]:
    """The runs of a message, and a reject where it ends too early or too late."""
    if len(message) < HEAD:
        return [], [rejected("malformed", "the message is empty", message)]
    count = int.from_bytes(message[:HEAD], "big")
    runs: list[Run] = []
    number, at = 0, HEAD
    while number < count and len(message) >= at + HEAD:
        length = int.from_bytes(message[at : at + HEAD], "big")
        there = (len(message) - at) // (HEAD + length)
        if there == 0:
            break
        records = run_of(message, at, length, min(there, count - number))
        runs.append(Run(number, records))
        number += len(records)
        at += records.nbytes
    left = len(message) - at
    if number < count:
        detail = f"the message ends in packet {number + 1} of {count}"
    elif left:
        detail = f"{left} bytes follow the last of {count} packets"
    else:
        return runs, []
    return runs, [rejected("malformed", detail, message[at:])]


def run_of(message: bytes, at: int, length: int, most: int) -> Rows:
    """The packets of this length that begin there, up to the first of another length.

    More and more of them are looked at, so that short runs stay cheap.
    """
    record = RECORDS.get(length) or record_of(length)
    looked_at = 16
    while True:
        here = np.frombuffer(message, record, min(looked_at, most), at)
        other = np.flatnonzero(here["length"] != length)
        if other.size:
            return here[: other[0]]
        if looked_at >= most:
            return here
        looked_at *= 8


def updates(
    numbers: Places, records: Rows, length: int, tokens: Tokens, rejects: list[Reject]
) -> tuple[Places, Rows]:
    """The updates of packets of one length, with their numbers; bad ones are rejected."""
    names = {name for name, *_ in PACKETS[length]}
    token = records["token"].astype(np.int64)
    contract = tokens.places(token)
    reasons = {"unknown_contract": contract < 0}
    reasons["negative"] = np.zeros(len(records), np.bool_)
    for name in names.intersection(PRICES):
        reasons["negative"] |= records[name] < 0
    for reason, mask in reasons.items():
        if mask.any():
            some = ", ".join(map(str, np.unique(token[mask])[:5]))
            detail = f"{mask.sum()} packets of instrument tokens {some}"
            rejects.append(rejected(reason, detail, records[mask][:1].tobytes()))
    bad = np.logical_or.reduce([*reasons.values()])
    if bad.any():
        good = ~bad
        numbers, records = numbers[good], records[good]
        token, contract = token[good], contract[good]
    rows = updates_of(len(records))
    rows["contract"] = contract
    rows["present"] = sum(BIT[name] for name in names if name in BIT)
    fill(rows, records, names, DIVISORS[token & 0xFF], tokens.units[contract])
    return numbers, rows


def fill(
    rows: Rows,
    records: Rows,
    names: set[str],
    divisors: npt.NDArray[np.float64],
    units: npt.NDArray[np.int64],
) -> None:
    """Give the rows the figures of the packets; a price of 0 is that of nobody."""
    for name in names.intersection(PRICES):
        price = records[name] / divisors
        price[price == 0] = np.nan
        rows[name] = price
    for name in names.intersection(("volume", "oi", "bid_qty", "ask_qty")):
        rows[name] = records[name] * units
    for side in names.intersection(SIDES):
        rows[f"{side}_qty"][np.isnan(rows[side])] = UNKNOWN
    if "time" in names:
        since = records["time"].astype(np.int64) - UNIX_TO_2000
        rows["exchange_time"] = np.where(since > 0, since * SECOND, UNKNOWN)


def joined(parts: Sequence[npt.NDArray[Scalar]]) -> npt.NDArray[Scalar]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def in_order(parts: list[tuple[Places, Rows]]) -> Rows:
    """The rows of all lengths, by the number of their packet."""
    if not parts:
        return updates_of(0)
    if len(parts) == 1:
        return parts[0][1]
    numbers = np.concatenate([numbers for numbers, _ in parts])
    rows = np.concatenate([rows for _, rows in parts])
    # take is ten times as fast as an index.
    return rows.take(np.argsort(numbers, kind="stable"))
