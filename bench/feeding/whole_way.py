"""From Kite's frames to stored quotes, against the same quotes as NDJSON.

A tick is a packet of Kite about one contract. Each contract, and the index, ticks once in
each snapshot of 200 ms: nothing is coalesced, so no tick is counted that is not in a stored
quote. A snapshot's ticks come in 10 messages. Ours are decoded and merged in a book. They come
as fast as they are taken, so the snapshots wait for the database, and are stored together, as a
live feed's are (jobs/live/backlog.py).

The peer gets the quotes that ours stored as NDJSON, call and put in one line, and reads and
stores them as `pgstrike ingest` does: a snapshot at a time, each in one transaction, and all of
the file at once, in transactions of 16,384 quotes. Its ticks are those that the lines are made
of. All take turns, each with a symbol of its own, in one database; each is the best of the
rounds. All ways must store the same quotes. The time of refreshes is not counted.

Only the file is stored in transactions as large as ours. So the time that ours takes a snapshot
at a time is printed too, with the CPU seconds of each way, of this process and the database's.
What reading takes without storing is printed as well: no reader can gain more than that.
"""

import io
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import perf_counter, process_time
from typing import NamedTuple

import numpy as np
import psycopg

from bench.report import Figure, at_least
from bench.spine import database
from pgstrike.db.connection import connect
from pgstrike.jobs.feed.ndjson import QuoteTexts, read_ndjson
from pgstrike.jobs.feed.times import SECOND
from pgstrike.jobs.feed_kinds import Kinds
from pgstrike.jobs.ingest.instruments import add_symbol
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.live.backlog import Backlog
from pgstrike.jobs.live.book import Book
from pgstrike.jobs.live.feeds.kite_packets import (
    RECORDS,
    UNIX_TO_2000,
    Tokens,
    decode,
)
from pgstrike.jobs.live.plugin import Contract, Updates
from pgstrike.jobs.quote import QuoteBatch
from pgstrike.jobs.settings import JobsSettings

EXPIRIES, STRIKES = (9_377, 9_384), 250  # 2025-09-03 and 2025-09-10
SNAPSHOTS, MESSAGES = 100, 10
GRID = SECOND // 5
OPENS = 810_014_400 * SECOND  # 2025-09-01 04:00:00 UTC
ROUNDS = 3
GOAL = 1.5
NAMES = {
    "kite": "Kite's frames, snapshots together",
    "each": "Kite's frames, a snapshot at a time",
    "paced": "NDJSON, a snapshot at a time",
    "whole": "NDJSON, 16,384 quotes at a time",
}
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
    spent: dict[str, float] = {}
    with database() as dsn, connect(dsn, "bench") as connection:

        def measure(name: str, symbol: str, batches: Feed) -> None:
            add_symbol(connection, symbol, "NSE")
            before = cpu_seconds(connection)
            seconds = stored(connection, settings, batches)
            taken[name] = min(taken.get(name, seconds), seconds)
            used = cpu_seconds(connection) - before
            spent[name] = min(spent.get(name, used), used)

        for number in range(ROUNDS):
            kite, each, paced, whole = (
                f"{name}{number}" for name in ("KITE", "EACH", "PACE", "FILE")
            )
            paced_lines, whole_lines = lines(frames, paced), lines(frames, whole)
            measure("kite", kite, together(from_frames(frames, kite)))
            measure("each", each, from_frames(frames, each))
            measure("paced", paced, each_of(paced_lines))
            measure("whole", whole, each_of([b"".join(whole_lines)]))
            for other in (each, paced, whole):
                check_same(connection, kite, other)
    for name in taken:
        print(f"  {NAMES[name]}: {taken[name]:.2f} s, {spent[name]:.2f} s of CPU")
    print(
        f"  of the same work: {taken['paced'] / taken['each']:.2f} a snapshot at a time"
    )
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


def cpu_seconds(connection: psycopg.Connection) -> float:
    """Of this process and of the one that serves the connection."""
    stat = Path(f"/proc/{connection.info.backend_pid}/stat").read_text()
    ticks = sum(map(int, stat.rpartition(")")[2].split()[11:13]))
    return process_time() + ticks / os.sysconf("SC_CLK_TCK")


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


def together(snapshots: Feed) -> Iterator[QuoteBatch]:
    """As a live feed stores them while the database is behind."""
    backlog = Backlog()
    for snapshot in snapshots:
        if not backlog.has_room and (batch := backlog.take()):
            yield batch
        backlog.add(snapshot)
    if batch := backlog.take():
        yield batch


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
