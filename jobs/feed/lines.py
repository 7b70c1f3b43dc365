"""Lines of a byte stream, in chunks, bounded in memory and never waiting in vain."""

import select
import time
import zlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple, Protocol, overload

MAX_LINE = 1 << 20
MAX_SHOWN = 1_000  # characters of a longer line that are kept to show
BLOCK = 1 << 18
CHUNK_BYTES = 1 << 26
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Stream(Protocol):
    """What a feed reads: an opened binary file, a gzip file, stdin, bytes in memory."""

    def read1(self, size: int, /) -> bytes:
        """At most `size` bytes by at most one read; empty at the end."""


class Chunk(NamedTuple):
    """Lines in order, and whether the source may hold more of the same snapshot."""

    lines: list[bytes]
    more: bool


class RawLines(Sequence[str]):
    """Lines as text, decoded only when somebody asks for one."""

    def __init__(self, lines: list[bytes]) -> None:
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> "RawLines": ...
    def __getitem__(self, index: int | slice) -> "str | RawLines":
        if isinstance(index, slice):
            return RawLines(self._lines[index])
        return line_text(self._lines[index])


def line_text(line: bytes) -> str:
    """A line as text that Postgres can store, whatever its bytes are."""
    shown = line if len(line) <= MAX_LINE else line[: 4 * MAX_SHOWN]
    text = shown.decode("utf-8", "backslashreplace").replace("\0", "\\x00")
    return text.rstrip("\r\n") if shown is line else text[:MAX_SHOWN]


def read_lines(
    stream: Stream, chunk_rows: int, flush_seconds: float | None = None
) -> Iterator[Chunk]:
    """Chunks of `chunk_rows` lines; blank lines are left out.

    With `flush_seconds` a chunk is given on at the latest so long after it was begun,
    as soon as the source has nothing more to read; an idle source gives empty chunks,
    so that its reader can look up and stop. A line longer than MAX_LINE comes cut to
    MAX_LINE + 1 bytes or a little more. When the source fails, the lines before come first.
    """
    lines: list[bytes] = []
    try:
        for block in blocks(stream, flush_seconds):
            lines += block
            while len(lines) >= chunk_rows:
                yield Chunk(lines[:chunk_rows], more=True)
                lines = lines[chunk_rows:]
    except (EOFError, OSError, zlib.error):
        yield Chunk(lines, more=False)
        raise
