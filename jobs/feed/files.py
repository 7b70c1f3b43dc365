"""A recorded feed, or one that is piped in, by its path."""

import gzip
import io
import os
import sys
import zlib
from collections.abc import Iterator, Mapping
from typing import cast

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.lines import Stream
from pgstrike.jobs.feed.lot_book import LotBook, book_of
from pgstrike.jobs.feed.ndjson import read_ndjson
from pgstrike.jobs.feed.nse_csv import read_nse_csv
from pgstrike.jobs.quote import QuoteBatch

STDIN = "-"
GZIP_MAGIC = b"\x1f\x8b"
KINDS = {".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson"}
BUFFER = 1 << 18

Lots = LotBook | Mapping[str, int] | int
Peekable = io.BufferedReader | gzip.GzipFile


def open_feed(path: str, lots: Lots) -> Iterator[QuoteBatch]:
    """The quotes of a file, or with `-` those of NDJSON on stdin."""
    return FeedFile(path, lots).batches()


class FeedFile:
    """A source by its path, and how far it has been read.

    `done_bytes` of `total_bytes` are of the file as it lies on disk, compressed or not;
    both stay 0 where the source has no size. A path that cannot be read, or holds
    nothing, is a FeedError at once.
    """

    def __init__(self, path: str, lots: Lots) -> None:
        self.done_bytes = 0
        self.total_bytes = 0
        self.kind = "ndjson"
        self._path = path
        self._lots = book_of(lots)
        self._rows = 0
        self._file: io.BufferedReader | None = None
        if path != STDIN:
            try:
                self._open()
            except (FeedError, EOFError, OSError, zlib.error) as error:
                self.close()
                raise self._explained(error) from error

    def _open(self) -> None:
        self._file = io.BufferedReader(io.FileIO(self._path), BUFFER)
        self.total_bytes = os.fstat(self._file.fileno()).st_size
        self._stream = unpacked(self._path, self._file)
        self.kind = kind_of(self._path, self._stream)
        if self.kind == "csv" and not self._lots:
            raise FeedError(
                "OI and volume are in lots here; say how large, with --lot N"
            )

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
                yield batch
        except (FeedError, EOFError, OSError, zlib.error) as error:
            raise self._explained(error) from error
        finally:
            self.close()

    def _read(self) -> Iterator[QuoteBatch]:
        if self._file is None:
            return read_ndjson(cast(Stream, sys.stdin.buffer))
        if self.kind == "csv":
            return read_nse_csv(self._stream, self._lots)
        return read_ndjson(self._stream, flush_seconds=None)

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
            case IsADirectoryError():
                return FeedError(f"{path} is a directory; name a file in it")
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


def kind_of(path: str, stream: Peekable) -> str:
    """csv or ndjson, by the file's name, else by how its text begins."""
    extension = os.path.splitext(path.removesuffix(".gz"))[1].lower()
    text = stream.peek(BUFFER).removeprefix(b"\xef\xbb\xbf").lstrip()
    return KINDS.get(extension, "ndjson" if text.startswith(b"{") else "csv")
