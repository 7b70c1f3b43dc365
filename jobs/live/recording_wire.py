"""A wire that keeps what comes over another one."""

import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.times import now
from pgstrike.jobs.live.plugin import Frame, RefusedError, Socket, Wire
from pgstrike.jobs.live.recording import (
    BROKEN,
    DATA,
    FAULTY,
    REFUSED,
    Record,
    Writer,
    get_channel,
    post_channel,
    socket_channel,
    through_channel,
)


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


def kind_of(error: Exception) -> int:
    if isinstance(error, RefusedError):
        return REFUSED
    return BROKEN if isinstance(error, OSError) else FAULTY
