"""The pace at which quotes are stored: as fast as possible, or as they were recorded.

Feeds are read in a thread of their own, so that a file is parsed while the database stores
earlier batches.
"""

import heapq
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, pairwise
from time import monotonic

import numpy as np

from pgstrike.jobs.feed.lines import RawLines
from pgstrike.jobs.quote import NO_COUNTS, QuoteBatch

AHEAD = 2  # batches that may wait for the database
DAY = 86_400_000_000  # microseconds

# What may be held of a pipe while the database is away, and what one more batch of it takes.
HELD_BYTES, BATCH_BYTES = 1 << 26, 1 << 25
TEXT_BYTES = 60  # of a text, besides its characters


class Held:
    """Batches that were read and wait to be stored; no more is read until there is room."""

    def __init__(
        self, most_bytes: int = HELD_BYTES - BATCH_BYTES, most_batches: int = AHEAD
    ) -> None:
        self.rows_read = 0
        self._most_bytes = most_bytes
        self._most_batches = most_batches
        self._bytes = self._batches = 0
        self._changed = threading.Condition()

    @classmethod
    def of_pipe(cls) -> "Held":
        """A pipe's writer cannot wait, and its batches are small."""
        return cls(most_batches=1 << 20)

    def add(self, batch: QuoteBatch, left: threading.Event) -> None:
        """A batch was read; return once there is room for another, or nobody wants one."""
        with self._changed:
            self.rows_read += len(batch.rows) + len(batch.rejects)
            self._bytes += bytes_of(batch)
            self._batches += 1
            while not (self._has_room() or left.is_set()):
                self._changed.wait(0.2)

    def remove(self, batch: QuoteBatch) -> None:
        """It is stored."""
        with self._changed:
            self._bytes -= bytes_of(batch)
            self._batches -= 1
            self._changed.notify()

    def _has_room(self) -> bool:
        return self._bytes <= self._most_bytes and self._batches <= self._most_batches


def bytes_of(batch: QuoteBatch) -> int:
    """What a batch takes in memory; lines that are written only when asked for take none."""
    raw = batch.raw
    if isinstance(raw, RawLines):
        text = raw.held_bytes
    else:
        text = sum(map(len, raw)) if isinstance(raw, list) else 0
    rejected = sum(len(reject.row) + len(reject.detail) for reject in batch.rejects)
    texts = len(batch.rows) + 3 * len(batch.rejects) + 10
    return batch.rows.nbytes + text + rejected + TEXT_BYTES * texts


def read_ahead(
    batches: Iterable[QuoteBatch], held: Held | None = None
) -> Iterator[QuoteBatch]:
    """The same batches, read in a thread; an error of the feed comes after what it read."""
    held = held or Held()
    waiting: queue.SimpleQueue[QuoteBatch | BaseException | None] = queue.SimpleQueue()
    left = threading.Event()

    def read() -> None:
        try:
            for batch in batches:
                if is_empty(batch) and not waiting.empty():
                    continue  # an idle source; nothing is waited for more
                waiting.put(batch)
                held.add(batch, left)
                if left.is_set():
                    return
        except BaseException as error:
            waiting.put(error)
        else:
            waiting.put(None)

    # A daemon: a feed that blocks on its source cannot be woken.
    thread = threading.Thread(target=read, name="feed", daemon=True)
    thread.start()
    try:
        while (item := waiting.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
            held.remove(item)
    finally:
        left.set()


def is_empty(batch: QuoteBatch) -> bool:
    return not len(batch.rows) and not batch.rejects


def snapshots(batches: Iterable[QuoteBatch]) -> Iterator[QuoteBatch]:
    """One batch for each run of rows of one quote_time; rejects come with the first."""
    for batch in batches:
        times = batch.rows["quote_time"]
        changes = np.flatnonzero(times[1:] != times[:-1]) + 1
        bounds = [0, *changes.tolist(), len(times)]
        for first, end in pairwise(bounds):
            raw = [batch.raw[index] for index in range(first, end)]
            yield batch._replace(rows=batch.rows[first:end], raw=raw)
            batch = batch._replace(rejects=[], forgotten=NO_COUNTS)


def merged(feeds: Iterable[Iterable[QuoteBatch]]) -> Iterator[QuoteBatch]:
    """The snapshots of several feeds in the order of their times."""
    return heapq.merge(*(snapshots(feed) for feed in feeds), key=time_of)


def time_of(batch: QuoteBatch) -> int:
    return int(batch.rows["quote_time"][0]) if len(batch.rows) else -(2**62)


def paced_from(
    start: int,
    batches: Iterable[QuoteBatch],
    speed: float,
    wait: Callable[[float], object],
) -> Iterator[QuoteBatch]:
    """The snapshots of before `start` at once, those from then on at their pace."""
    remaining = iter(batches)
    for batch in remaining:
        if time_of(batch) >= start:
            yield from paced(chain([batch], remaining), speed, wait)
            return
        yield batch


def paced(
    batches: Iterable[QuoteBatch],
    speed: float,
    wait: Callable[[float], object],
    now: Callable[[], float] = monotonic,
) -> Iterator[QuoteBatch]:
    """Hold each snapshot back until its time has come, `speed` times as fast as it was.

    Nights and closed days pass at once. A late snapshot is given on at once, and so is
    every one while the database cannot keep up.
    """
    newest: int | None = None
    due = now()
    for batch in batches:
        if len(batch.rows):
            time = time_of(batch)
            if newest is not None and time // DAY == newest // DAY and time > newest:
                due += (time - newest) / 1e6 / speed
                if due > now():
                    wait(due - now())
            newest = time if newest is None else max(newest, time)
        yield batch
