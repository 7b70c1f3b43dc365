"""A folder with a file for each snapshot, or session, as one feed."""

import os
from collections.abc import Iterable, Iterator

import numpy as np

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.batches import CHUNK_ROWS, SymbolCodes, last_snapshot
from pgstrike.jobs.feed.facts import NO_FACTS, Facts
from pgstrike.jobs.feed.files import FeedFile
from pgstrike.jobs.feed.lines import RawLines
from pgstrike.jobs.feed.lots import Given, lots_of_feed
from pgstrike.jobs.quote import NO_COUNTS, QUOTE, QuoteBatch, Reject

MOST_FILES = 50_000
# Files that often lie beside recordings, and are no feeds.
NO_FEED = (".md", ".txt", ".toml", ".py", ".ipynb", ".log")


def open_source(
    path: str, lots: Given, facts: Facts = NO_FACTS
) -> "FeedFile | FeedFolder":
    """The feed that a path names: a file, a folder, or stdin."""
    if os.path.isdir(path):
        return FeedFolder(path, lots, facts)
    return FeedFile(path, lots, facts)


class FeedFolder:
    """The files of a folder and its folders, in the order of the times of their quotes.

    A file that is no feed is a reject of its own, and a folder without any is a FeedError
    at once. Hidden files, texts and scripts are left out.
    """

    def __init__(self, path: str, lots: Given, facts: Facts = NO_FACTS) -> None:
        self.ticks = False
        self._path = path
        self._lots: Given = lots_of_feed(lots) if lots else {}
        self._facts = facts
        self._codes = SymbolCodes()
        self._done = 0
        self._present: FeedFile | None = None
        self._rejects: list[Reject] = []
        paths = files_of(path)
        self.total_bytes = sum(os.path.getsize(each) for each in paths)
        self._refuse_one_time(paths)
        self._paths = self._sorted(paths)

    def _refuse_one_time(self, paths: list[str]) -> None:
        """With --read-at alone, all files would be of the same time."""
        said = self._facts.read_at
        if said is None or len(paths) < 2:
            return
        if all(self._facts.of_file(each).read_at == said for each in paths):
            raise FeedError(
                f"{self._path}: --read-at would give {len(paths):,} files one time; say "
                "how their names tell it, with [name] in --map FILE.toml"
            )

    def _sorted(self, paths: list[str]) -> list[str]:
        """The feeds among them, in order."""
        times: dict[str, int] = {}
        fault: FeedError | None = None
        for path in paths:
            try:
                times[path] = self._first_time(path)
            except FeedError as error:
                fault = fault or error
                self._rejects.append(not_a_feed(path, error))
        if not times:
            nothing = (
                f"{self._path}: no recorded feed is in the folder; give another one"
            )
            raise fault or FeedError(nothing)
        return sorted(times, key=lambda path: (times[path], path))

    def _open(self, path: str) -> FeedFile:
        return FeedFile(path, self._lots, self._facts, self._codes)

    def _first_time(self, path: str) -> int:
        """When the first quote of a file was read. The file is closed again."""
        feed = self._open(path)
        self.ticks |= feed.ticks
        try:
            named = self._facts.of_file(path).read_at
            if named is not None:
                return named
            found = (batch.rows["quote_time"] for batch in feed.batches())
            return next((int(times.min()) for times in found if len(times)), 0)
        finally:
            feed.close()

    @property
    def done_bytes(self) -> int:
        """How much of all files was read."""
        return self._done + (self._present.done_bytes if self._present else 0)

    def close(self) -> None:
        """Close the file that is open."""
        if self._present:
            self._present.close()

    def batches(self) -> Iterator[QuoteBatch]:
        """The quotes of all files, small files together."""
        for batch in gathered(self._each(), self._codes):
            yield batch._replace(source=self._path)

    def _each(self) -> Iterator[QuoteBatch]:
        for path in self._paths:
            try:
                self._present = self._open(path)
                yield from self._present.batches()
            except FeedError as error:  # what came before it is read
                self._rejects.append(not_a_feed(path, error))
            self._done += os.path.getsize(path)
            self._present = None
        yield QuoteBatch(np.empty(0, QUOTE), tuple(self._codes), [], self._rejects)


def not_a_feed(path: str, error: FeedError) -> Reject:
    """The reject of a file that cannot be read as a feed."""
    return Reject("not_a_feed", str(error), path)


def files_of(path: str) -> list[str]:
    """The files in a folder and its folders that may be feeds."""
    found: list[str] = []
    for folder, names, files in os.walk(path):
        names[:] = [name for name in names if not name.startswith((".", "_"))]
        found += (
            os.path.join(folder, name)
            for name in files
            if not name.startswith((".", "_"))
            and not name.lower().endswith(NO_FEED)
            and os.path.isfile(os.path.join(folder, name))
        )
        if len(found) > MOST_FILES:
            raise FeedError(
                f"{path} has more than {MOST_FILES:,} files; name a smaller folder in it"
            )
    return sorted(found)


def gathered(
    batches: Iterable[QuoteBatch], codes: SymbolCodes, most: int = CHUNK_ROWS
) -> Iterator[QuoteBatch]:
    """Small batches of one feed as larger ones, cut between snapshots."""
    held: list[QuoteBatch] = []
    for batch in batches:
        if held and batch.kinds != held[0].kinds:
            yield together(held, codes)
            held = []
        held.append(batch)
        if sum(len(each.rows) for each in held) >= most:
            whole = together(held, codes)
            cut = last_snapshot(whole.rows)
            rest = whole._replace(
                rows=whole.rows[cut:],
                raw=whole.raw[cut:],
                rejects=[],
                forgotten=NO_COUNTS,
            )
            yield whole._replace(rows=whole.rows[:cut], raw=whole.raw[:cut])
            held = [rest] if len(rest.rows) else []
    if held:
        yield together(held, codes)


def together(held: list[QuoteBatch], codes: SymbolCodes) -> QuoteBatch:
    """Batches with the same codes as one."""
    forgotten: dict[str, int] = {}
    for batch in held:
        for reason, count in batch.forgotten.items():
            forgotten[reason] = forgotten.get(reason, 0) + count
    texts = [batch.raw for batch in held]
    lines = [text for text in texts if isinstance(text, RawLines)]
    raw = (
        RawLines.joined(lines)
        if len(lines) == len(texts)
        else [t for x in texts for t in x]
    )
    return QuoteBatch(
        np.concatenate([np.empty(0, QUOTE), *(batch.rows for batch in held)]),
        tuple(codes),
        raw,
        [reject for batch in held for reject in batch.rejects],
        forgotten,
        held[0].source,
        held[0].kinds,
    )
