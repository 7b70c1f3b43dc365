"""A WebSocket of NDJSON: quotes, or legs or ticks, a line each, in frames of any size."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.lines import MAX_LINE
from pgstrike.jobs.feed.times import SECOND
from pgstrike.jobs.live.addresses import check_socket_address
from pgstrike.jobs.live.feeds.line_decoder import is_on
from pgstrike.jobs.live.feeds.line_feed import LineFeed
from pgstrike.jobs.live.plugin import Asked, Contract, Frame, Updates, Wire
from pgstrike.jobs.quote import QuoteBatch

GRID = SECOND // 5
MOST_BYTES = 4_000_000  # of frames that are read together
SECRET = "WEBSOCKET_TOKEN"


class WebSocketLines(LineFeed):
    """The lines of a socket; frames of 200 ms make a batch."""

    def __init__(self, asked: Asked) -> None:
        super().__init__(asked, "url", "login")
        self.has_token = is_on(asked, "login")
        self.url = url_of(asked, self.has_token)

    async def updates(
        self, wire: Wire, contracts: Sequence[Contract]
    ) -> AsyncIterator[Updates | QuoteBatch]:
        headers = {}
        if self.has_token:
            headers["Authorization"] = f"Bearer {self.asked.secret(SECRET)}"
        joiner = LineJoiner()
        async with (
            wire.socket(self.url, headers=headers) as socket,
            contextlib.aclosing(gathered(aiter(socket))) as groups,
        ):
            async for frames in groups:
                lines = [line for each in frames for line in joiner.add(each.data)]
                if lines:
                    yield self.decoder.batch(frames[-1].read_at, lines)
        if last := joiner.rest():
            yield self.decoder.batch(frames[-1].read_at, [last])


class LineJoiner:
    """Lines of frames: one may begin in a frame and end in a later one."""

    def __init__(self) -> None:
        self._tail = b""

    def add(self, data: bytes) -> list[bytes]:
        """The lines that end in this frame. A longer one than MAX_LINE is held cut."""
        *lines, tail = (self._tail + data).split(b"\n")
        self._tail = tail[: MAX_LINE + 1]
        return lines

    def rest(self) -> bytes:
        """The line that no end of line came for."""
        return self._tail


async def gathered(frames: AsyncIterator[Frame]) -> AsyncGenerator[list[Frame]]:
    """Frames that were read within 200 ms, together; what came before an error comes first."""
    held: list[Frame] = []
    following = asyncio.ensure_future(anext(frames))
    try:
        while True:
            seconds = GRID / SECOND if held else None
            await asyncio.wait({following}, timeout=seconds)
            if not following.done():
                yield held
                held = []
                continue
            try:
                frame = following.result()
            except (StopAsyncIteration, OSError, FeedError) as error:
                if held:
                    yield held
                if isinstance(error, StopAsyncIteration):
                    return
                raise
            if held and not are_near(held, frame):
                yield held
                held = []
            held.append(frame)
            following = asyncio.ensure_future(anext(frames))
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


def are_near(held: Sequence[Frame], frame: Frame) -> bool:
    """Whether a frame belongs to those before it."""
    size = sum(len(each.data) for each in held)
    return frame.read_at - held[0].read_at < GRID and size < MOST_BYTES


def url_of(asked: Asked, has_token: bool) -> str:
    url = asked.options.get("url", "")
    if not url:
        raise FeedError(
            f"feed {asked.name} has no address; give the option url=wss://HOST/PATH"
        )
    check_socket_address(url, {"Authorization": ""} if has_token else None)
    return url


def open_feed(asked: Asked) -> WebSocketLines:
    return WebSocketLines(asked)
