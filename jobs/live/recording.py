"""The files of a recording of a live feed; docs/feed-recordings.md has their format."""

import asyncio
import contextlib
import logging
import re
import struct
import sys
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import NamedTuple

from pgstrike.db.errors import FeedError
from pgstrike.jobs.live.addresses import shown_address
from pgstrike.jobs.live.plugin import RefusedError

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdCompressor, ZstdDecompressor, ZstdError
else:
    from backports.zstd import ZstdCompressor, ZstdDecompressor, ZstdError

MAGIC = b"pgstrike recording 1\n"
ENDING = ".frames.zst"
HEAD = struct.Struct("<BIqI")  # kind, call, read_at, length
DATA, REFUSED, FAULTY, BROKEN = range(4)
FAILURES: dict[int, type[Exception]] = {
    REFUSED: RefusedError,
    FAULTY: FeedError,
    BROKEN: ConnectionError,
}
FLUSH_SECONDS = 1.0
PIECE = 2**16
NO_WORD = re.compile(r"[^A-Za-z0-9._-]+")
log = logging.getLogger(__name__)


class Record(NamedTuple):
    """A message or answer, or the failure that came in its place.

    `call` counts the requests of its file from 0; it is 0 in the file of a socket.
    """

    kind: int
    call: int
    read_at: int
    data: bytes


class RecordingOver(FeedError):
    """All that was recorded has been played."""


class Writer:
    """One file of a recording: what is older than a second survives a kill.

    Where the disk is full it says so once, and records no more: the feed goes on.
    """

    def __init__(self, folder: Path, channel: str) -> None:
        self._file = new_file(folder, channel)
        self._packer = ZstdCompressor(level=3)
        self._timer: asyncio.TimerHandle | None = None
        self._write(self._packer.compress(MAGIC + channel.encode() + b"\n"))
        self.flush()

    def add(self, record: Record) -> None:
        kind, call, read_at, data = record
        head = HEAD.pack(kind, call, read_at, len(data))
        self._write(self._packer.compress(head + data))
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(FLUSH_SECONDS, self.flush)

    def flush(self) -> None:
        self._timer = None
        self._write(self._packer.flush(ZstdCompressor.FLUSH_BLOCK))

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._write(self._packer.flush(ZstdCompressor.FLUSH_FRAME))
        self._file.close()

    def _write(self, packed: bytes) -> None:
        if self._file.closed:
            return
        try:
            self._file.write(packed)
        except OSError as error:
            log.error("recording stops: %s: %s", self._file.name, error.strerror)
            self._file.close()


def new_file(folder: Path, channel: str) -> FileIO:
    """A file with the next free number; its name says its channel."""
    slug = NO_WORD.sub("-", channel).strip("-")[:80]
    numbers = [int(path.name[:6]) for path in folder.glob(f"{'[0-9]' * 6}-*{ENDING}")]
    number = max(numbers, default=0)
    while True:
        number += 1
        with contextlib.suppress(FileExistsError):
            return FileIO(folder / f"{number:06}-{slug}{ENDING}", "x")


def open_file(path: Path) -> tuple[str, Iterator[Record]]:
    """The channel of a file, and its records; half a last one is not among them."""
    pieces = unpacked(path)
    head = b""
    while head.count(b"\n") < 2 and (piece := next(pieces, b"")):
        head += piece
    magic, found, rest = head.partition(b"\n")
    channel, ended, rest = rest.partition(b"\n")
    if magic + found != MAGIC or not ended:
        raise FeedError(f"{path} is no recording of a feed; take it out of the folder")
    return channel.decode(), records_of(rest, pieces)


def records_of(rest: bytes, pieces: Iterator[bytes]) -> Iterator[Record]:
    waiting = bytearray(rest)
    while True:
        place = 0
        while len(waiting) - place >= HEAD.size:
            kind, call, read_at, length = HEAD.unpack_from(waiting, place)
            begin, end = place + HEAD.size, place + HEAD.size + length
            if end > len(waiting):
                break
            yield Record(kind, call, read_at, bytes(waiting[begin:end]))
            place = end
        del waiting[:place]
        piece = next(pieces, b"")
        if not piece:
            return
        waiting += piece


def unpacked(path: Path) -> Iterator[bytes]:
    """The bytes of a file that may end anywhere."""
    unpacker = ZstdDecompressor()
    with open(path, "rb") as file:
        while piece := file.read(PIECE):
            try:
                yield unpacker.decompress(piece)
            except ZstdError:
                raise FeedError(
                    f"{path} is damaged; take it out of the folder"
                ) from None
            if unpacker.eof:
                return


def in_call_order(files: list[Path]) -> Iterator[Record]:
    """The answers of some files, in the order in which they were asked for."""
    for path in files:
        early: dict[int, Record] = {}
        call = 0
        for record in open_file(path)[1]:
            early[record.call] = record
            while call in early:
                yield early.pop(call)
                call += 1
        yield from (early[call] for call in sorted(early))


def get_channel(url: str) -> str:
    return f"get {shown_address(url)}"


def post_channel(url: str) -> str:
    return f"post {shown_address(url)}"


def socket_channel(url: str) -> str:
    return f"socket {shown_address(url)}"


def through_channel(name: str) -> str:
    return f"through {name}"
