"""At which pace quotes are stored: as fast as they come, or as they once came.

Feeds are read in a thread of their own, so that a file is parsed while the database stores
what came before.
"""

import heapq
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from time import monotonic

import numpy as np

from jobs.quote import QuoteBatch

AHEAD = 2  # batches that may wait for the database
DAY = 86_400_000_000  # microseconds


def read_ahead(batches: Iterable[QuoteBatch]) -> Iterator[QuoteBatch]:
    """The same batches, read in a thread; an error of the feed comes after what it read."""
    waiting: queue.Queue[QuoteBatch | BaseException | None] = queue.Queue(AHEAD)
    left = threading.Event()

    def put(item: QuoteBatch | BaseException | None) -> None:
        while not left.is_set():
            try:
                return waiting.put(item, timeout=0.2)
            except queue.Full:
                continue

    def read() -> None:
        try:
            for batch in batches:
                put(batch)
                if left.is_set():
                    return
        except BaseException as error:
            put(error)
        else:
            put(None)

    # A daemon: a feed that blocks on its source cannot be woken.
    thread = threading.Thread(target=read, name="feed", daemon=True)
    thread.start()
    try:
        while (item := waiting.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        left.set()


def snapshots(batches: Iterable[QuoteBatch]) -> Iterator[QuoteBatch]:
    """One batch for each run of rows of one quote_time; rejects come with the first."""
    for batch in batches:
        times = batch.rows["quote_time"]
        changes = np.flatnonzero(times[1:] != times[:-1]) + 1
        bounds = [0, *changes.tolist(), len(times)]
        rejects = batch.rejects
        for first, end in pairwise(bounds):
            raw = [batch.raw[index] for index in range(first, end)]
            yield QuoteBatch(batch.rows[first:end], batch.symbols, raw, rejects)
            rejects = []


def merged(feeds: Iterable[Iterable[QuoteBatch]]) -> Iterator[QuoteBatch]:
    """The snapshots of several feeds in the order of their times."""
    return heapq.merge(*(snapshots(feed) for feed in feeds), key=time_of)


def time_of(batch: QuoteBatch) -> int:
    return int(batch.rows["quote_time"][0]) if len(batch.rows) else -(2**62)


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
