"""From Kite's frames to stored quotes, against the same quotes as NDJSON.

A tick is a packet of Kite about one contract. Each contract, and the index, ticks once in
each snapshot of 200 ms: nothing is coalesced, so no tick is counted that is not in a stored
quote. A snapshot's ticks come in 10 messages. Ours are decoded, merged in a book, and stored a
snapshot at a time, each in one transaction.

The peer gets the quotes that ours stored as NDJSON, call and put in one line, and reads and
stores them as `pgstrike ingest` does: a snapshot at a time, as ours, and all of the file at
once, in transactions of 16,384 quotes, as no live source can be. Its ticks are those that the
lines are made of. All take turns, each with a symbol of its own, in one database; each is the
best of the rounds. What is stored of them has to be the same. Refreshing is not in it.

What reading takes without storing is printed too: no reader can gain more than that.
"""

import io
from collections.abc import Iterable, Iterator
from time import perf_counter
from typing import NamedTuple

import numpy as np
import psycopg

from bench.report import Figure, at_least
from bench.spine import database
from pgstrike.db.connection import connect
from pgstrike.jobs.feed.ndjson import QuoteTexts, read_ndjson
from pgstrike.jobs.feed.times import SECOND
from pgstrike.jobs.ingest.instruments import add_symbol
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.live.book import Book
from pgstrike.jobs.live.feeds.kite_packets import (
    RECORDS,
    UNIX_TO_2000,
    Tokens,
    decode,
)
from pgstrike.jobs.live.plugin import Contract, Updates
from pgstrike.jobs.quote import Kinds, QuoteBatch
from pgstrike.jobs.settings import JobsSettings

EXPIRIES, STRIKES = (9_377, 9_384), 250  # 2025-09-03 and 2025-09-10
SNAPSHOTS, MESSAGES = 100, 10
GRID = SECOND // 5
OPENS = 810_014_400 * SECOND  # 2025-09-01 04:00:00 UTC
ROUNDS = 3
GOAL = 1.5
INDEX, FULL = 32, 184  # bytes of a packet
SAME = """
    SELECT count(*) FROM (
        (SELECT {columns} FROM fo.option_quote WHERE symbol = %(a)s
         EXCEPT SELECT {columns} FROM fo.option_quote WHERE symbol = %(b)s)
        UNION ALL
        (SELECT {columns} FROM fo.option_quote WHERE symbol = %(b)s
         EXCEPT SELECT {columns} FROM fo.option_quote WHERE symbol = %(a)s)
    ) AS differing
"""
FIGURES = ("ltp", "bid", "ask", "bid_qty", "ask_qty", "volume", "oi", "iv")
COLUMNS = (
    *("quote_time", "exchange_time", "expiry", "strike", "underlying"),
    *(f"{leg}_{name}" for leg in ("call", "put") for name in FIGURES),
)


Feed = Iterable[QuoteBatch]


class Snapshot(NamedTuple):
    """The messages of one step of the grid, each with the time of its last."""

    read_at: int
    messages: list[bytes]


def whole_way_figures() -> list[Figure]:
    """Ticks a second: ours over NDJSON, a snapshot at a time and all at once."""
    settings = JobsSettings.from_env({})
    frames = list(snapshots())
    taken: dict[str, float] = {}
    with database() as dsn, connect(dsn, "bench") as connection:

        def measure(name: str, symbol: str, batches: Feed) -> None:
            add_symbol(connection, symbol, "NSE")
            seconds = stored(connection, settings, batches)
            taken[name] = min(taken.get(name, seconds), seconds)

        for number in range(ROUNDS):
            kite, paced, whole = (
                f"{each}{number}" for each in ("KITE", "PACE", "FILE")
            )
            paced_lines, whole_lines = lines(frames, paced), lines(frames, whole)
            measure("kite", kite, from_frames(frames, kite))
            measure("paced", paced, each_of(paced_lines))
            measure("whole", whole, each_of([b"".join(whole_lines)]))
            for other in (paced, whole):
                check_same(connection, kite, other)
    say_reading("Kite's frames", from_frames(frames, "KITE"), taken["kite"])
    say_reading("NDJSON", each_of(lines(frames, "KITE")), taken["paced"])
    ticks = len(frames) * len(keys())
    ours = ticks / taken["kite"]
    return [
        at_least(
            f"Kite ticks/s, frames to stored quotes, {what}",
            ours,
            ticks / taken[name],
            f"NDJSON of the same quotes, {peer}",
            taken[name] / taken["kite"],
            GOAL,
        )
        for name, what, peer in (
            ("paced", "against a snapshot each", "a snapshot at a time"),
            ("whole", "against a file", "16,384 quotes at a time"),
        )
    ]


def say_reading(name: str, batches: Feed, whole: float) -> None:
    began = perf_counter()
    for _ in batches:
        pass
    part = (perf_counter() - began) / whole
    print(f"  {name}: reading alone is {part:.0%} of reading and storing")


def stored(
    connection: psycopg.Connection, settings: JobsSettings, batches: Feed
) -> float:
    """The seconds that reading and storing took; all has to be stored."""
    store = Store(
        connection, source="bench", rate=settings.rate, horizon=settings.horizon
    )
    began, count = perf_counter(), 0
    for batch in batches:
        found, rejects = store.add(batch)
        if rejects:
            raise SystemExit(f"a reject: {rejects[0]}")
        count += found.stored
    seconds = perf_counter() - began
    if count != (expected := SNAPSHOTS * STRIKES * len(EXPIRIES)):
        raise SystemExit(f"{count:,} quotes are stored, and not {expected:,}")
    return seconds


def from_frames(frames: list[Snapshot], symbol: str) -> Iterator[QuoteBatch]:
    """As a live feed of Kite: decoded, merged, a snapshot of each step."""
    book, tokens = Book(Kinds("session", "now")), Tokens([*map(int, keys())])
    book.connected(contracts(symbol))
    for frame in frames:
        for message in frame.messages:
            book.add(Updates(frame.read_at, *decode(message, tokens)))
        yield book.snapshot(dict.fromkeys(book.due(frame.read_at), 0))


def lines(frames: list[Snapshot], symbol: str) -> list[bytes]:
    """The NDJSON of each snapshot."""
    return [
        "".join(f"{text}\n" for text in QuoteTexts(batch.rows, batch.symbols)).encode()
        for batch in from_frames(frames, symbol)
    ]


def each_of(parts: Iterable[bytes]) -> Iterator[QuoteBatch]:
    for part in parts:
        yield from read_ndjson(io.BytesIO(part), flush_seconds=None)


def keys() -> list[str]:
    """Instrument tokens: the index's, then those of NSE's options."""
    count = len(EXPIRIES) * STRIKES * 2
    return [str(256 << 8 | 9), *(str(n << 8 | 2) for n in range(1_000, 1_000 + count))]


def contracts(symbol: str) -> list[Contract]:
    index, *options = keys()
    places = [
        (leg, expiry, 20_000.0 + 50 * step)
        for expiry in EXPIRIES
        for step in range(STRIKES)
        for leg in ("call", "put")
    ]
    return [
        Contract(index, symbol, "underlying"),
        *(
            Contract(key, symbol, leg, expiry, strike, 75)
            for key, (leg, expiry, strike) in zip(options, places, strict=True)
        ),
    ]


def snapshots() -> Iterator[Snapshot]:
    """Seeded; every figure of every contract is another in each."""
    random, (index, *options) = np.random.default_rng(7), keys()
    tokens = np.array(options, np.int64)
    worth = np.array([worth_of(each) for each in contracts("KITE")[1:]])
    for step in range(SNAPSHOTS):
        read_at = OPENS + step * GRID
        records = np.zeros(len(tokens), RECORDS[FULL])
        mid = 100 * worth + random.integers(200, 2_000, len(tokens))
        records["length"], records["token"] = FULL, tokens
        records["ltp"], records["bid"], records["ask"] = mid, mid - 50, mid + 50
        for name in ("bid_qty", "ask_qty", "oi"):
            records[name] = random.integers(1, 9_999, len(tokens)) * 75
        records["volume"] = 7_500 * (step + 1)
        records["time"] = read_at // SECOND + UNIX_TO_2000
        spot = np.zeros(1, RECORDS[INDEX])
        spot["length"], spot["token"], spot["time"] = (
            INDEX,
            int(index),
            records["time"][0],
        )
        spot["ltp"] = 2_625_000 + int(random.integers(-500, 500))
        parts = [part.tobytes() for part in np.array_split(records, MESSAGES)]
        counts = [len(part) // (FULL + 2) for part in parts]
        parts[0], counts[0] = spot.tobytes() + parts[0], counts[0] + 1
        heads = (count.to_bytes(2, "big") for count in counts)
        yield Snapshot(read_at, [a + b for a, b in zip(heads, parts, strict=True)])


def worth_of(contract: Contract) -> float:
    """Rupees: what it is worth at once, and some for the time, less far from the money."""
    away = 26_250 - (contract.strike or 0)
    at_once = max(away if contract.leg == "call" else -away, 0)
    return round(at_once + 200 * float(np.exp(-abs(away) / 400)) + 20)


def check_same(connection: psycopg.Connection, a: str, b: str) -> None:
    """Raise where what is stored of the two differs."""
    asked = SAME.format(columns=", ".join(COLUMNS)).encode()
    [(differing,)] = connection.execute(asked, {"a": a, "b": b}).fetchall()
    if differing:
        raise SystemExit(f"{differing:,} stored quotes of {a} and {b} differ")
