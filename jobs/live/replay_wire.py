"""A wire that plays a recording."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from pgstrike.db.errors import FeedError
from pgstrike.jobs.live.plugin import Frame, Socket
from pgstrike.jobs.live.recording import (
    DATA,
    ENDING,
    FAILURES,
    Record,
    RecordingOver,
    get_channel,
    in_call_order,
    open_file,
    post_channel,
    socket_channel,
    through_channel,
)


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


def over(channel: str) -> RecordingOver:
    return RecordingOver(f"the recording has no more of: {channel}")
