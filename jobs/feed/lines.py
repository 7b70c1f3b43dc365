"""Lines of a byte stream, in chunks, bounded in memory and never waiting in vain."""

import select
import time
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol, overload

MAX_LINE = 1 << 20
# So many characters of a line are kept to show, as fo.quote_reject holds.
MAX_SHOWN = 2_000
BLOCK = 1 << 18
# A writer that pauses so long, after as many lines as lately, has written all that it has now.
# A snapshot that is cut in two comes out the same, but costs more to store.
IDLE_SECONDS = 0.1
LATELY = 8  # chunks
CHUNK_BYTES = 1 << 24


class Stream(Protocol):
    """What a feed reads: an opened binary file, a gzip file, stdin, bytes in memory."""

    def read1(self, size: int, /) -> bytes:
        """At most `size` bytes by at most one read; empty at the end."""

    def fileno(self) -> int:
        """The descriptor, or OSError where there is none."""


class Chunk(NamedTuple):
    """Lines in order, and whether the source may hold more of the same snapshot."""

    lines: list[bytes]
    more: bool


class RawLines(Sequence[str]):
    """Lines as text, decoded only when somebody asks for one."""

    def __init__(self, lines: list[bytes]) -> None:
        self._lines = lines

    @classmethod
    def joined(cls, parts: Iterable["RawLines"]) -> "RawLines":
        """All of them, in order."""
        return cls([line for part in parts for line in part._lines])

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def held_bytes(self) -> int:
        """What they take in memory."""
        return sum(map(len, self._lines))

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> "RawLines": ...
    def __getitem__(self, index: int | slice) -> "str | RawLines":
        if isinstance(index, slice):
            return RawLines(self._lines[index])
        return line_text(self._lines[index])


def line_text(line: bytes) -> str:
    """The beginning of a line as text that Postgres can store, whatever its bytes are."""
    text = line[: 4 * MAX_SHOWN].decode("utf-8", "backslashreplace")
    return text.replace("\0", "\\x00").rstrip("\r\n")[:MAX_SHOWN]


def read_lines(
    stream: Stream, chunk_rows: int, flush_seconds: float | None = None
) -> Iterator[Chunk]:
    """Chunks of `chunk_rows` lines; blank lines are left out.

    With `flush_seconds` a chunk is given on as soon as it is so old and the source has nothing
    more to read; after IDLE_SECONDS of nothing where it has as many lines as usual. A source
    without lines gives empty chunks each `flush_seconds`, so that its reader can look up and
    stop. When the source fails, the lines before come first.
    """
    lines: list[bytes] = []
    size = 0
    pause = Pause(flush_seconds)
    usual: deque[int] = deque([1], LATELY)
    try:
        for came in arriving_lines(stream, pause):
            if came is None:
                if lines:
                    usual.append(len(lines))
                yield Chunk(lines, more=False)
                lines, size = [], 0
                pause.begin()
                continue
            if not lines:
                pause.begin()
            lines += came
            size += sum(map(len, came))
            pause.is_full = len(lines) >= max(usual)
            while len(lines) >= chunk_rows or size > CHUNK_BYTES:
                yield Chunk(lines[:chunk_rows], more=True)
                lines = lines[chunk_rows:]
                size = sum(map(len, lines))
    except (EOFError, OSError, zlib.error):
        yield Chunk(lines, more=False)
        raise
    if lines:
        yield Chunk(lines, more=False)


def arriving_lines(stream: Stream, pause: "Pause") -> Iterator[list[bytes] | None]:
    """Whole lines as they arrive, or None when none came before the pause was over.

    A line longer than MAX_LINE is never held whole: it is yielded cut, still longer than
    MAX_LINE, by a block at most.
    """
    tail = b""
    while True:
        if not pause.readable(stream):
            yield None
            continue
        block = stream.read1(BLOCK)
        if not block:
            break
        *whole, tail = (tail + block).split(b"\n")
        tail = tail[: MAX_LINE + 1]
        yield [line for line in whole if line.strip()]
    if tail.strip():
        yield [tail]


class Pause:
    """How long a reader waits for more; for ever without `seconds`.

    One that has as many lines as usual waits for IDLE_SECONDS at most.
    """

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self.begin()

    def begin(self) -> None:
        """Count from now, with no lines."""
        self._over = time.monotonic() + (self._seconds or 0)
        self.is_full = False

    def readable(self, stream: Stream) -> bool:
        """Whether a read gives something; waits for it until the pause is over."""
        if self._seconds is None:
            return True
        left = max(0.0, self._over - time.monotonic())
        if self.is_full:
            left = min(left, IDLE_SECONDS)
        try:
            return bool(select.select([stream.fileno()], [], [], left)[0])
        except (OSError, ValueError):  # it has no descriptor: bytes in memory
            return True
