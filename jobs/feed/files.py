"""A recorded feed, or one that is piped in, by its path: recognised, opened, read."""

import gzip
import io
import os
import sys
import zlib
from collections.abc import Iterator
from typing import cast

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.batches import SymbolCodes
from pgstrike.jobs.feed.bodies import Documents
from pgstrike.jobs.feed.documents import documents
from pgstrike.jobs.feed.facts import NO_FACTS, Facts
from pgstrike.jobs.feed.kite_csv import read_kite_csv
from pgstrike.jobs.feed.lines import Stream
from pgstrike.jobs.feed.lots import Given, lots_of_feed
from pgstrike.jobs.feed.mapped_csv import PAGE, page_facts, page_map, read_mapped_csv
from pgstrike.jobs.feed.ndjson import read_ndjson
from pgstrike.jobs.feed.nse_csv import read_nse_csv
from pgstrike.jobs.feed.nse_json import NAME as NSE_BODY
from pgstrike.jobs.feed.parquet import read_parquet
from pgstrike.jobs.feed.recognise import Kind, kind_of, row
from pgstrike.jobs.feed_kinds import NO_KINDS
from pgstrike.jobs.quote import QuoteBatch

STDIN = "-"
GZIP_MAGIC = b"\x1f\x8b"
BUFFER = 1 << 18
IN_LOTS = ("nse_csv", "nse_page")
# What a file is, in a refusal.
NAMES = {
    "nse_csv": "NSE's option chain as CSV",
    "nse_page": PAGE,
    "json": NSE_BODY,
}
LOT_WANTED = "OI and volume are in lots here; say how large, with --lot N"

Peekable = io.BufferedReader | gzip.GzipFile


def open_feed(path: str, lots: Given, facts: Facts = NO_FACTS) -> Iterator[QuoteBatch]:
    """The quotes of a file, or with `-` those of NDJSON on stdin."""
    return FeedFile(path, lots, facts).batches()


class FeedFile:
    """A source by its path, and how far it has been read.

    `done_bytes` of `total_bytes` are of the file as it lies on disk, compressed or not;
    both stay 0 where the source has no size. A path that cannot be read, holds nothing, or
    is no feed, is a FeedError at once.
    """

    def __init__(
        self,
        path: str,
        lots: Given,
        facts: Facts = NO_FACTS,
        codes: SymbolCodes | None = None,
    ) -> None:
        self.done_bytes = 0
        self.total_bytes = 0
        self.kind: Kind = "ndjson"
        self.ticks = False  # one strike or leg at a time
        self.kinds = facts.kinds_of(NO_KINDS)
        self._path = path
        self._has_lots = bool(lots)
        self._lots = lots_of_feed(lots)
        self._codes = SymbolCodes() if codes is None else codes
        self._rows = 0
        self._file: io.BufferedReader | None = None
        if path != STDIN:
            try:
                self._facts = facts.of_file(path)
                self._open()
            except (FeedError, EOFError, OSError, zlib.error) as error:
                self.close()
                raise self._explained(error) from error

    def _open(self) -> None:
        self._file = io.BufferedReader(io.FileIO(self._path), BUFFER)
        self.total_bytes = os.fstat(self._file.fileno()).st_size
        self._stream = unpacked(self._path, self._file)
        head = self._stream.peek(BUFFER)
        self.kind = kind_of(self._path, head, self._facts.map)
        self.ticks = self.kind == "kite_csv"
        if self.kind == "nse_page":
            self._facts = page_facts(self._path, self._facts)
            self._header = row(head.split(b"\n", 2)[1])
        in_lots = self.kind in IN_LOTS
        if self.kind == "json":
            self._documents = Documents(documents(self._stream))
            body = self._documents.kind
            self.ticks, in_lots = body.ticks, body.in_lots
            self.kinds = self._facts.kinds_of(body.kinds)
        by = self._facts.map
        in_lots |= self.kind in ("csv", "parquet") and by is not None and by.in_lots
        if in_lots and not self._has_lots:
            raise FeedError(f"{NAMES.get(self.kind, 'by the map')}: {LOT_WANTED}")

    def close(self) -> None:
        """Let the file go; needed only where `batches` is not read to its end."""
        if self._file:
            self._file.close()

    def batches(self) -> Iterator[QuoteBatch]:
        """The quotes, in order; when the source fails, those before come first."""
        try:
            for batch in self._read():
                self._rows += len(batch.rows) + len(batch.rejects)
                if self.total_bytes and self._file:
                    self.done_bytes = self._file.tell()
                yield batch._replace(source=self._path, kinds=self.kinds)
            if self._file and not self._rows:
                raise FeedError("no quote of an option is in it; record the feed again")
        except (FeedError, EOFError, OSError, zlib.error) as error:
            raise self._explained(error) from error
        finally:
            self.close()

    def _read(self) -> Iterator[QuoteBatch]:
        if self._file is None:
            return read_ndjson(cast(Stream, sys.stdin.buffer))
        stream, lots, codes, facts = self._stream, self._lots, self._codes, self._facts
        match self.kind:
            case "nse_csv":
                return read_nse_csv(stream, lots, codes=codes)
            case "nse_page":
                by = page_map(self._header)
                return read_mapped_csv(stream, by, facts, lots, codes)
            case "csv":
                by_map = facts.map if facts.map and facts.map.columns else None
                return read_mapped_csv(stream, by_map, facts, lots, codes)
            case "kite_csv":
                return read_kite_csv(stream, facts, codes)
            case "json":
                return self._documents.batches(facts, lots, codes)
            case "parquet":
                by_map = facts.map if facts.map and facts.map.columns else None
                return read_parquet(seekable(stream), by_map, facts, lots, codes)
        return read_ndjson(stream, flush_seconds=None, codes=codes)

    def _explained(self, error: Exception) -> FeedError:
        """One line that names the source and says what to do."""
        path, kept = self._path, f"after row {self._rows:,}"
        again = "fetch it again (rows before it are kept)"
        match error:
            case FeedError():
                return FeedError(f"{path}: {error}")
            case EOFError():
                return FeedError(f"{path} is truncated {kept}; {again}")
            case zlib.error() | gzip.BadGzipFile():
                return FeedError(f"{path} is corrupt {kept}; {again}")
            case FileNotFoundError():
                return FeedError(f"no such file: {path}; give a recorded feed or -")
            case _:
                reason = getattr(error, "strerror", None) or error
                return FeedError(f"cannot read {path}: {reason}")


def unpacked(path: str, file: io.BufferedReader) -> Peekable:
    """The file, unpacked if its first bytes are those of gzip."""
    packed = file.peek(2).startswith(GZIP_MAGIC)
    stream = gzip.GzipFile(fileobj=file) if packed else file
    if not stream.peek(1):
        raise FeedError("the file is empty; record the feed again")
    if path.endswith(".gz") and not packed:
        raise FeedError("named .gz but not gzip; rename the file or fetch it again")
    return stream


def seekable(stream: Peekable) -> io.BufferedReader | io.BytesIO:
    """The file as Parquet needs it, which begins at its end."""
    if isinstance(stream, gzip.GzipFile):
        return io.BytesIO(stream.read())
    return stream
