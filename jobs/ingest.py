"""Storing what feeds yield, and saying what came of it."""

import contextlib
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from time import monotonic

from db.connection import connect
from db.queries import query
from jobs.feed.files import STDIN, FeedFile
from jobs.feed.simulator import simulate
from jobs.notify_watch import QueueRoom
from jobs.play import merged, paced, read_ahead
from jobs.quote import QuoteBatch
from jobs.refresh import refresh_all, refresh_unless_scheduled
from jobs.settings import JobsSettings
from jobs.store import Store

COUNTS = {
    "stored": "stored",
    "corrected": "corrected",
    "unchanged": "unchanged",
    "late": "late",
    "outside_session": "outside the session",
    "dropouts": "drop-outs",
}


class Tally:
    """What came of the rows that were read."""

    def __init__(self) -> None:
        self.read = 0
        self.counts: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()

    def add(self, store: Store, batch: QuoteBatch) -> None:
        """Store a batch and count it."""
        stored, rejects = store.add(batch)
        self.read += len(batch.rows) + len(batch.rejects)
        self.counts.update({name: getattr(stored, name) for name in COUNTS})
        self.rejected.update(reject.reason for reject in rejects)

    def summary(self) -> str:
        """A line for each count, and one for each reason of a reject."""
        lines = [("rows read", self.read)]
        lines += [(label, self.counts[name]) for name, label in COUNTS.items()]
        lines += [("rejected", self.rejected.total())]
        lines += [(f"  {reason}", n) for reason, n in sorted(self.rejected.items())]
        return "\n".join(f"{label:20}{number:>12,}" for label, number in lines)


def store_feed(
    dsn: str,
    settings: JobsSettings,
    batches: Iterable[QuoteBatch],
    *,
    source: str,
    is_live: bool = False,
    declares: bool = False,
    is_watched: bool = True,
) -> Iterator[Tally]:
    """Store batch after batch, and refresh what follows at the end.

    Yields the tally after each batch. What is watched while it comes is refreshed now and
    then as well, unless `python -m jobs run` is there to do it.
    """
    tally, due = Tally(), monotonic() + settings.snapshot_seconds
    with connect(dsn, "ingest") as connection, connect(dsn, "refresh") as refresher:
        store = Store(
            connection,
            source=source,
            rate=settings.rate,
            horizon=settings.horizon,
            pricing_seconds=settings.pricing_seconds,
            is_live=is_live,
            declares=declares,
        )
        room = QueueRoom(connection)
        try:
            for batch in batches:
                room.make(partial(tally.add, store, batch))
                yield tally
                if is_watched and (began := monotonic()) >= due:
                    room.make(partial(refresh_unless_scheduled, refresher))
                    # A tenth of the time at most: late quotes make whole days stale.
                    spent = monotonic() - began
                    due = began + max(settings.snapshot_seconds, 10 * spent)
        finally:
            # Also after a feed that failed: what it gave is stored, and shall be seen.
            if not refresher.broken:
                room.make(partial(refresh_all, refresher))


def ingest_files(
    dsn: str,
    settings: JobsSettings,
    paths: list[str],
    lots: Mapping[str, int] | int,
    *,
    speed: float,
    is_live: bool = False,
) -> None:
    """Store files one after the other, or, at a speed, side by side as they once came.

    Whatever ends the run, what was stored stays stored, and the summary says so.
    """
    with contextlib.ExitStack() as stack:
        feeds = [FeedFile(path, lots) for path in paths]
        for feed in feeds:
            stack.callback(feed.close)
        if speed > 0:
            batches = merged([read_ahead(feed.batches()) for feed in feeds])
            batches = paced(batches, speed, threading.Event().wait)
        else:
            batches = read_ahead(batch for feed in feeds for batch in feed.batches())
        stored = store_feed(
            dsn,
            settings,
            batches,
            source=", ".join(paths),
            is_live=is_live,
            declares=bool(lots),
            is_watched=speed > 0 or STDIN in paths,
        )
        show(stored, Progress(feeds))


def ingest_simulated(
    dsn: str,
    settings: JobsSettings,
    symbols: list[str],
    *,
    speed: float,
    seed: int,
) -> None:
    """Store what the simulator makes up, from the day after the newest stored, without end."""
    batches = read_ahead(simulate(symbols, first_day(dsn), seed))
    if speed > 0:
        batches = paced(batches, speed, threading.Event().wait)
    show(store_feed(dsn, settings, batches, source="simulator"), Progress([]))


def first_day(dsn: str) -> date:
    """The day after the newest market clock, or a week ago: never ahead of today for long."""
    with connect(dsn, "simulator") as connection:
        row = connection.execute(query("newest_clock")).fetchone()
    if row is None or row[0] is None:
        return datetime.now(UTC).date() - timedelta(days=7)
    newest: datetime = row[0]
    return newest.date() + timedelta(days=1)


def show(stored: Iterator[Tally], progress: "Progress") -> None:
    """Run to the end, showing the progress, and the summary however it ends."""
    tally = Tally()
    try:
        for tally in stored:
            progress.show(tally.read)
    finally:
        progress.end()
        if tally.read:
            sys.stdout.write(tally.summary() + "\n")
        if tally.rejected:
            sys.stderr.write("pgstrike: see fo.quote_reject for the rejected rows\n")


class Progress:
    """One line on a terminal that is written over and over; nothing elsewhere."""

    def __init__(self, feeds: list[FeedFile]) -> None:
        self.feeds = feeds
        self.began = monotonic()
        self.is_shown = sys.stderr.isatty()

    def show(self, read: int) -> None:
        if not self.is_shown:
            return
        rate = read / max(monotonic() - self.began, 1e-3)
        total = sum(feed.total_bytes for feed in self.feeds)
        done = sum(feed.done_bytes for feed in self.feeds)
        share = f"{done / total:4.0%}  " if total else ""
        sys.stderr.write(f"\r{share}{read:,} rows  {rate:,.0f} rows/s\033[K")
        sys.stderr.flush()

    def end(self) -> None:
        if self.is_shown:
            sys.stderr.write("\r\033[K")
            self.is_shown = False
