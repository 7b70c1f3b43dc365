"""Storing the quotes of feeds, with a summary."""

import contextlib
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from functools import partial
from time import monotonic

from pgstrike.db.connection import connect
from pgstrike.db.errors import FeedError, PgstrikeError
from pgstrike.db.queries import query
from pgstrike.jobs.feed.batches import SymbolCodes
from pgstrike.jobs.feed.facts import NO_FACTS, Facts
from pgstrike.jobs.feed.files import STDIN, FeedFile
from pgstrike.jobs.feed.folder import FeedFolder, gathered, open_source
from pgstrike.jobs.feed.grid import USUAL
from pgstrike.jobs.feed.lot_book import NO_LOTS, LotOptions
from pgstrike.jobs.feed.merge import merged_on_grid
from pgstrike.jobs.feed.simulator import history_ends, simulate
from pgstrike.jobs.ingest.fed_iv import without_iv
from pgstrike.jobs.ingest.lots import lot_book
from pgstrike.jobs.ingest.outage import Outage
from pgstrike.jobs.ingest.reconnect import Reconnecting
from pgstrike.jobs.ingest.replay_pacing import (
    Held,
    is_empty,
    merged,
    paced,
    paced_from,
    read_ahead,
)
from pgstrike.jobs.ingest.side_by_side import Stores
from pgstrike.jobs.ingest.store import Guard, Store
from pgstrike.jobs.ingest.tally import Tally
from pgstrike.jobs.progress import ProgressBar, Shown, nothing
from pgstrike.jobs.quote import QuoteBatch, SourceKind
from pgstrike.jobs.refresh.refresh import refresh_all, refresh_unless_scheduled
from pgstrike.jobs.settings import JobsSettings


def store_feed(
    dsn: str,
    settings: JobsSettings,
    batches: Iterable[QuoteBatch],
    *,
    source: str,
    source_kind: SourceKind = "real",
    is_live: bool = False,
    declares: bool = False,
    whole_chains: bool = False,
    accept_ahead: bool = False,
    is_watched: bool = True,
    held: Sequence[Held] = (),
    shown: Shown = nothing,
    guard: Guard = lambda connection, batch: None,
) -> Iterator[Tally]:
    """Store batch after batch, and refresh rollups and snapshot at the end.

    Yields the tally after each batch. A feed that is watched live is also refreshed now and
    then, unless `pgstrike run` does it. If the database goes away, this waits for it.
    """
    tally, due = Tally(), monotonic() + settings.snapshot_seconds
    batches = map(without_iv, batches) if settings.fed_iv == "ignore" else batches
    outage = Outage(lambda: rows_read(held) - tally.read)
    make = partial(
        Store,
        source=source,
        source_kind=source_kind,
        rate=settings.rate,
        horizon=settings.horizon,
        pricing_seconds=settings.pricing_seconds,
        is_live=is_live,
        declares=declares,
        whole_chains=whole_chains,
        accept_ahead=accept_ahead,
        guard=guard,
    )
    with (
        closing(Reconnecting(dsn, "refresh")) as refresher,
        closing(Stores(dsn, settings.store_connections, make)) as stores,
    ):
        try:
            for batch in batches:
                if not is_empty(batch):
                    outage.endure(partial(stores.add, batch))
                    tally.add(stores.take_done())
                yield tally
                if is_watched and (began := monotonic()) >= due:
                    refresher.attempt(refresh_unless_scheduled)
                    # A tenth of the time at most: late quotes make whole days stale.
                    spent = monotonic() - began
                    due = began + max(settings.snapshot_seconds, 10 * spent)
            outage.endure(partial(refresher.use, partial(refresh_all, shown=shown)))
        except BaseException:
            tally.add(stores.take_done())
            # What the feed gave until then is stored, and shall be seen.
            if not outage.lasts:
                refresher.attempt(refresh_unless_scheduled)
            raise


def rows_read(held: Iterable[Held]) -> int:
    """How many rows were read of some feeds, stored or not."""
    return sum(each.rows_read for each in held)


def ingest_files(
    dsn: str,
    settings: JobsSettings,
    paths: list[str],
    lots: LotOptions,
    *,
    speed: float,
    is_live: bool = False,
    whole_chains: bool = False,
    accept_ahead: bool = False,
    facts: Facts = NO_FACTS,
    merge: int = 0,
) -> None:
    """Store files one after the other, or, at a speed, side by side as they once came.

    `merge` is the grid of feeds that send a strike or a leg at a time, in microseconds.
    However the run ends, stored quotes stay stored, and the summary counts them.
    """
    with contextlib.ExitStack() as stack:
        bar = ProgressBar()
        stack.callback(bar.close)
        book = lot_book(dsn, lots)
        feeds = [open_source(path, book, facts) for path in paths]
        for feed in feeds:
            stack.callback(feed.close)
        is_watched = speed > 0 or STDIN in paths
        read_of = partial(read_merged, grid=merge, is_watched=is_watched)
        if speed > 0:
            held = [held_of([path]) for path in paths]
            read = map(read_ahead, map(read_of, feeds), held)
            batches = paced(merged(read), speed, threading.Event().wait)
        else:
            held = [held_of(paths)]
            read_on = (batch for feed in feeds for batch in read_of(feed))
            batches = read_ahead(read_on, held[0])
        stored = store_feed(
            dsn,
            settings,
            batches,
            source=", ".join(paths),
            is_live=is_live,
            declares=lots != NO_LOTS,
            whole_chains=whole_chains,
            accept_ahead=accept_ahead,
            is_watched=is_watched,
            held=held,
            shown=bar.show,
        )
        show(stored, bar, held, feeds)


def read_merged(
    feed: FeedFile | FeedFolder, *, grid: int, is_watched: bool
) -> Iterator[QuoteBatch]:
    """The quotes of a feed, in snapshots where it sends a strike or a leg at a time."""
    grid = grid or (USUAL if feed.ticks else 0)
    if not grid:
        return feed.batches()
    codes = SymbolCodes()
    merged = merged_on_grid(feed.batches(), grid, codes)
    return merged if is_watched else gathered(merged, codes)


def held_of(paths: list[str]) -> Held:
    return Held.of_pipe() if STDIN in paths else Held()


def ingest_simulated(
    dsn: str,
    settings: JobsSettings,
    symbols: list[str],
    *,
    speed: float,
    seed: int,
    has_history: bool = False,
) -> None:
    """Store what the simulator makes up, from the day after the newest stored, without end.

    With a history a whole session and the first hour of the next are stored at once.
    """
    refuse_real(dsn, symbols)
    held, day = Held(), first_day(dsn)
    batches = read_ahead(simulate(symbols, day, seed, has_history=has_history), held)
    if speed > 0:
        start = history_ends(day) if has_history else 0
        batches = paced_from(start, batches, speed, threading.Event().wait)
    stored = store_feed(
        dsn,
        settings,
        batches,
        source="simulator",
        source_kind="simulated",
        held=[held],
    )
    # Quotes that were read ahead can be simulated again.
    show(stored, ProgressBar(), [])


def refuse_real(dsn: str, symbols: list[str]) -> None:
    """Refuse symbols that have real quotes: simulated ones would pass for real."""
    with connect(dsn, "simulator") as connection:
        found = connection.execute(query("source_kinds"), [symbols]).fetchall()
    real = [symbol for symbol, kind in found if kind == "real"]
    if real:
        have = "has" if len(real) == 1 else "have"
        raise PgstrikeError(
            f"{', '.join(real)} {have} real quotes; simulate another symbol, or set "
            "PGSTRIKE_DSN to another database"
        )


def first_day(dsn: str) -> date:
    """The day after the newest market clock, or a week ago: never ahead of today for long."""
    with connect(dsn, "simulator") as connection:
        row = connection.execute(query("newest_clock")).fetchone()
    if row is None or row[0] is None:
        return datetime.now(UTC).date() - timedelta(days=7)
    newest: datetime = row[0]
    return newest.date() + timedelta(days=1)


def show(
    stored: Iterator[Tally],
    bar: ProgressBar,
    held: Sequence[Held],
    feeds: Sequence[FeedFile | FeedFolder] = (),
) -> None:
    """Run to the end, showing the progress, and the summary however it ends.

    A file of which nothing could be stored is an error.
    """
    tally = Tally()
    try:
        for tally in stored:
            done = sum(feed.done_bytes for feed in feeds)
            total = sum(feed.total_bytes for feed in feeds)
            bar.show(f"storing, {tally.read:,} rows", done, total)
    finally:
        bar.close()
        unstored = rows_read(held) - tally.read if held else 0
        if tally.read or unstored:
            sys.stdout.write(tally.summary(unstored) + "\n")
    useless = tally.useless()
    if useless:
        raise FeedError(useless)
    if tally.read > tally.rejected.total() and not tally.has_figures:
        sys.stderr.write(
            "pgstrike: no row has a figure of a leg; in NDJSON, call and put are objects, "
            'such as "call": {"ltp": 95.1}\n'
        )
    if tally.rejected["ahead_of_market"]:
        sys.stderr.write(
            "pgstrike: rows ahead of their market wait in fo.waiting_quote; "
            "--accept-ahead takes them at once\n"
        )
    if tally.rejected.total() > tally.rejected["ahead_of_market"]:
        sys.stderr.write("pgstrike: see fo.quote_reject for the rejected rows\n")
