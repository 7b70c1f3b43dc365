"""A folder that is watched: each new file is ingested once."""

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing
from time import monotonic

import numpy as np

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.batches import SymbolCodes
from pgstrike.jobs.feed.column_map import read_map
from pgstrike.jobs.feed.facts import Facts, day_option
from pgstrike.jobs.feed.files import FeedFile
from pgstrike.jobs.feed.folder import files_of, not_a_feed
from pgstrike.jobs.feed.grid import USUAL
from pgstrike.jobs.feed.merge import merged_on_grid
from pgstrike.jobs.feed_kinds import NO_KINDS
from pgstrike.jobs.live.feeds.ledger import Ledger, Stat, hash_of, stat_of
from pgstrike.jobs.live.feeds.lot_option import lots_of
from pgstrike.jobs.live.plugin import Asked, Contract, Wire
from pgstrike.jobs.quote import QUOTE, QuoteBatch

OPTIONS = ("path", "ledger", "still", "lot", "map", "symbol", "expiry")
LEDGER = ".pgstrike-ingested"
QUIET_SECONDS = 5.0  # after which it says that it still watches

logger = logging.getLogger(__name__)


class Folder:
    """The files of a folder, and those that come later.

    The quotes of a file are stored when the next batch is asked for, so a file is noted in
    the ledger only then. A crash before that repeats it, and repeated quotes change nothing.
    A file of which some quotes were left out is not noted: it is read again when the feed
    begins anew, as it does when its row in job.feed changes.
    The files are their own recording, so they do not go through the wire.
    """

    kinds = NO_KINDS
    is_whole = False

    def __init__(self, asked: Asked) -> None:
        options = asked.options
        asked.check_options(*OPTIONS)
        if "path" not in options:
            raise FeedError("folder needs the option path: the folder to watch")
        self._left_out = asked.left_out
        self._left: set[tuple[str, Stat]] = set()
        self._path = os.path.abspath(options["path"])
        self._ledger = options.get("ledger", os.path.join(self._path, LEDGER))
        self._still = still_of(options)
        self._lots = lots_of(options)
        self._facts = Facts(
            options.get("symbol"),
            day_option(options["expiry"]) if "expiry" in options else None,
            None,
            read_map(options["map"]) if "map" in options else None,
        )

    async def contracts(self, wire: Wire) -> Sequence[Contract]:
        return ()

    async def updates(
        self, wire: Wire, contracts: Sequence[Contract]
    ) -> AsyncIterator[QuoteBatch]:
        if not await asyncio.to_thread(os.path.isdir, self._path):
            raise FeedError(f"{self._path} is no folder; make it, or set another path")
        ledger = Ledger(self._ledger)
        waiting: dict[str, tuple[Stat, float]] = {}
        said_at = monotonic()
        async with aclosing(changes(self._path, self._still)) as signs:
            async for changed in signs:
                if monotonic() - said_at > QUIET_SECONDS:
                    said_at = monotonic()
                    yield NOTHING
                if not changed and not waiting:
                    continue
                for path in await asyncio.to_thread(self._ready, ledger, waiting):
                    async with aclosing(self._file(path, ledger)) as batches:
                        async for batch in batches:
                            yield batch

    def _ready(
        self, ledger: Ledger, waiting: dict[str, tuple[Stat, float]]
    ) -> list[str]:
        """The files that are not done, and have stood still; the oldest first.

        `waiting` has the others, and since when they have looked as they do: by our clock,
        since a copied file has another one's time.
        """
        now, found = monotonic(), list[tuple[int, str]]()
        before = dict(waiting)
        waiting.clear()
        for path in files_of(self._path):
            stat = stat_of(path)
            is_new = stat is not None and not ledger.looks_done(self._name(path), stat)
            if stat is None or not is_new or path == self._ledger:
                continue
            if (path, stat) in self._left:
                continue
            known, since = before.get(path, (stat, now))
            since = since if known == stat else now
            if now - since >= self._still:
                found.append((stat.changed, path))
            else:
                waiting[path] = stat, since
        return [path for _, path in sorted(found)]

    async def _file(
        self, path: str, ledger: Ledger
    ) -> AsyncGenerator[QuoteBatch, None]:
        stat = stat_of(path)
        if stat is None:
            return
        name, left_out = self._name(path), self._left_out()
        try:
            sha256 = await asyncio.to_thread(hash_of, path)
        except OSError as error:
            yield of_fault(path, FeedError(f"cannot read {path}: {error.strerror}"))
            ledger.add(name, stat, "")
            return
        if not ledger.has(name, sha256):
            feed = None
            try:
                feed = await asyncio.to_thread(self._open, path)
                batches = await asyncio.to_thread(batches_of, feed)
                while (
                    batch := await asyncio.to_thread(next, batches, None)
                ) is not None:
                    yield batch
            except FeedError as error:  # what came before it is stored
                yield of_fault(path, error)
            finally:
                if feed is not None:
                    feed.close()
        if count := self._left_out() - left_out:
            self._left.add((path, stat))
            logger.warning(
                "%s: %s quotes were left out; it is read again when the feed begins anew",
                path,
                f"{count:,}",
            )
            return
        ledger.add(name, stat, sha256)

    def _open(self, path: str) -> FeedFile:
        return FeedFile(path, self._lots, self._facts)

    def _name(self, path: str) -> str:
        return os.path.relpath(path, self._path)


def batches_of(feed: FeedFile) -> Iterator[QuoteBatch]:
    """The quotes of a file, in snapshots where it has a strike or a leg at a time."""
    if not feed.ticks:
        return feed.batches()
    return merged_on_grid(feed.batches(), USUAL, SymbolCodes())


NOTHING = QuoteBatch(np.empty(0, QUOTE), (), [], [])


def folder(asked: Asked) -> Folder:
    """The feed `folder`. Options: those of OPTIONS; path is needed."""
    return Folder(asked)


async def changes(path: str, still: float) -> AsyncGenerator[bool, None]:
    """True at the start and at each change in the folder; False when it has stood still."""
    try:
        from watchfiles import awatch
    except ImportError:
        raise FeedError(
            "a watched folder needs watchfiles; pip install 'pgstrike[feeds]'"
        ) from None
    yield True
    wait = round(min(max(still, 0.1), QUIET_SECONDS) * 1000)
    async for changed in awatch(
        path,
        watch_filter=None,
        step=50,
        debounce=400,
        rust_timeout=wait,
        yield_on_timeout=True,
    ):
        yield bool(changed)


def of_fault(path: str, error: FeedError) -> QuoteBatch:
    """A batch without quotes that tells why a file cannot be read."""
    return QuoteBatch(
        np.empty(0, QUOTE), (), [], [not_a_feed(path, error)], source=path
    )


def still_of(options: Mapping[str, str]) -> float:
    """For how many seconds a file must not have changed."""
    said = options.get("still", "2")
    try:
        seconds = float(said)
    except ValueError:
        seconds = -1
    if not 0.1 <= seconds <= 3600:
        raise FeedError(f"still is {said!r}; give seconds from 0.1 to 3600")
    return seconds
