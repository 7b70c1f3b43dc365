"""Record what comes over a wire, and play it again; docs/feed-recordings.md has the format."""

import asyncio
import contextlib
import logging
import re
import struct
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from pgstrike.db.errors import FeedError
from pgstrike.jobs.live.plugin import Frame, RefusedError, Socket, Wire
from pgstrike.jobs.live.wire import now, shown_address

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


class RecordingWire:
    """Another wire, whose answers and messages it keeps in a folder.

    `hide` takes secrets out of what came (Secrets.hide_bytes). Neither queries, nor headers,
    nor what was sent are kept. Use it as a context manager, inside that of the other wire.
    """

    def __init__(
        self, wire: Wire, folder: Path, hide: Callable[[bytes], bytes] = bytes
    ) -> None:
        self._wire = wire
        self._folder = folder
        self._hide = hide
        self._asked: dict[str, Writer] = {}
        self._calls: dict[str, int] = {}

    async def __aenter__(self) -> "RecordingWire":
        self._folder.mkdir(0o700, parents=True, exist_ok=True)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for writer in self._asked.values():
            writer.close()

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Frame:
        asked = self._wire.get(url, params=params, headers=headers)
        return await self._answer(get_channel(url), asked)

    async def post(
        self,
        url: str,
        body: bytes,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Frame:
        asked = self._wire.post(url, body, params=params, headers=headers)
        return await self._answer(post_channel(url), asked)

    async def _answer(self, channel: str, asked: Awaitable[Frame]) -> Frame:
        call = self._calls.get(channel, 0)
        self._calls[channel] = call + 1
        if channel not in self._asked:
            self._asked[channel] = Writer(self._folder, channel)
        with self._failures(self._asked[channel], call):
            frame = await asked
            self._keep(self._asked[channel], frame, call)
            return frame

    @asynccontextmanager
    async def socket(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[Socket]:
        with contextlib.closing(Writer(self._folder, socket_channel(url))) as writer:
            opened = self._wire.socket(url, params=params, headers=headers)
            with self._failures(writer):
                socket = await opened.__aenter__()
            try:
                yield RecordedSocket(socket, self._kept(writer, aiter(socket)))
            finally:
                await opened.__aexit__(*sys.exc_info())

    async def through(
        self, name: str, source: AsyncIterator[bytes]
    ) -> AsyncIterator[Frame]:
        with contextlib.closing(Writer(self._folder, through_channel(name))) as writer:
            frames = self._wire.through(name, source)
            async for frame in self._kept(writer, frames):
                yield frame

    async def sleep(self, seconds: float) -> None:
        await self._wire.sleep(seconds)

    async def _kept(
        self, writer: Writer, frames: AsyncIterator[Frame]
    ) -> AsyncIterator[Frame]:
        with self._failures(writer):
            async for frame in frames:
                self._keep(writer, frame)
                yield frame

    def _keep(self, writer: Writer, frame: Frame, call: int = 0) -> None:
        writer.add(Record(DATA, call, frame.read_at, self._hide(frame.data)))

    @contextlib.contextmanager
    def _failures(self, writer: Writer, call: int = 0) -> Iterator[None]:
        """Keep what fails. Errors of a wire have no secrets in their text."""
        try:
            yield
        except (OSError, FeedError) as error:
            writer.add(Record(kind_of(error), call, now(), str(error).encode()))
            raise


class RecordedSocket(NamedTuple):
    """A socket whose messages come another way."""

    socket: Socket
    frames: AsyncIterator[Frame]

    async def send(self, data: bytes | str) -> None:
        await self.socket.send(data)

    def __aiter__(self) -> AsyncIterator[Frame]:
        return self.frames


class ReplayWire:
    """Plays a folder: the same calls get what was recorded, in order, with its times.

    `speed` 1 is as it was recorded, 0 as fast as possible. A call beyond the recorded ones
    raises RecordingOver. A failure that was recorded is raised again.
    """

    def __init__(self, folder: Path, speed: float = 0.0) -> None:
        self._files: dict[str, list[Path]] = {}
        starts = []
        for path in sorted(folder.glob(f"*{ENDING}")):
            channel, records = open_file(path)
            self._files.setdefault(channel, []).append(path)
            starts += [record.read_at for record in [next(records, None)] if record]
        if not self._files:
            raise FeedError(f"{folder} has no recording; make one with --record")
        self._answers: dict[str, Iterator[Record]] = {}
        self.asked = 0  # calls that got something
        self._speed = speed
        self._begins = min(starts, default=0)
        self._started = time.monotonic()

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Frame:
        return await self._answer(get_channel(url))

    async def post(
        self,
        url: str,
        body: bytes,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Frame:
        return await self._answer(post_channel(url))

    async def _answer(self, channel: str) -> Frame:
        if channel not in self._answers:
            self._answers[channel] = in_call_order(self._files.pop(channel, []))
        record = next(self._answers[channel], None)
        if record is None:
            raise over(channel)
        self.asked += 1
        return await self._play(record)

    @asynccontextmanager
    async def socket(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[Socket]:
        yield PlayedSocket(self._frames(self._next(socket_channel(url))))

    async def through(
        self, name: str, source: AsyncIterator[bytes]
    ) -> AsyncIterator[Frame]:
        async for frame in self._frames(self._next(through_channel(name))):
            yield frame

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)

    def _next(self, channel: str) -> Path:
        files = self._files.get(channel)
        if not files:
            raise over(channel)
        self.asked += 1
        return files.pop(0)

    async def _frames(self, path: Path) -> AsyncIterator[Frame]:
        for record in open_file(path)[1]:
            yield await self._play(record)

    async def _play(self, record: Record) -> Frame:
        """A record once it is due; others get their turn before each."""
        due = 0.0
        if self._speed:
            due = (record.read_at - self._begins) / 1e6 / self._speed
            due -= time.monotonic() - self._started
        await asyncio.sleep(max(due, 0))
        if record.kind != DATA:
            raise FAILURES[record.kind](record.data.decode())
        return Frame(record.read_at, record.data)


class PlayedSocket(NamedTuple):
    """The messages of a recorded socket; what is sent goes nowhere."""

    frames: AsyncIterator[Frame]

    async def send(self, data: bytes | str) -> None:
        pass

    def __aiter__(self) -> AsyncIterator[Frame]:
        return self.frames


def kind_of(error: Exception) -> int:
    if isinstance(error, RefusedError):
        return REFUSED
    return BROKEN if isinstance(error, OSError) else FAULTY


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


def over(channel: str) -> RecordingOver:
    return RecordingOver(f"the recording has no more of: {channel}")
