"""A client: `async for event in stream(session, ...)`, whatever happens in between.

It resumes where it was cut, waits when it is told to, reads a snapshot anew after a reset,
and polls that snapshot where streaming is impossible. `Stream.mode` says which.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import NamedTuple

import aiohttp

from api.client_answers import Later, NoStream, RequestError, event_of, refuse
from api.events import Position
from api.sse_parser import Message, Parser

__all__ = ["RequestError", "Stream", "Timing", "stream"]

Query = Mapping[str, str] | Sequence[tuple[str, str]]
NEVER_STREAMED = 3  # attempts in a row without a frame, before polling
LOST = (aiohttp.ClientError, TimeoutError, ConnectionError)
OF_PANEL = {"strikes", "fields", "interval", "timeframe"}  # with one of them, it is one


class Reread(Exception):
    """The stream was reset, and there is a snapshot to read."""


class Timing(NamedTuple):
    """In seconds."""

    first_wait: float = 1  # until the server sends `retry:`
    longest_wait: float = 30
    stall: float = 45  # three heartbeats missed
    poll: float = 5
    try_stream: float = 60  # how long to poll before streaming is tried again


class Stream:
    """Iterate over it once. `mode` is connecting, streaming, waiting or polling.

    `snapshot` is the path of a REST answer, which comes first, after each reset, and
    while polling, as an event of type `snapshot`. Without it a `reset` is handed on.
    A panel (api/client_panel.py) takes none: the stream itself brings its state.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        query: Query = (),
        snapshot: str | None = None,
        after: str | None = None,
        path: str = "/fo/stream",
        on_mode: Callable[[str], None] | None = None,
        timing: Timing | None = None,
    ) -> None:
        names = {*query} if isinstance(query, Mapping) else {name for name, _ in query}
        self._is_panel = bool(OF_PANEL & names)
        if self._is_panel and snapshot is not None:
            raise ValueError("a panel's stream brings its state; leave snapshot out")
        self.mode = "connecting"
        self.position = after
        self._session = session
        self._query = query
        self._snapshot = snapshot
        self._path = path
        self._on_mode = on_mode
        self._timing = timing or Timing()
        self._first_wait = self._timing.first_wait
        self._failures = 0
        self._unstreamed = 0

    async def __aiter__(self) -> AsyncIterator[Message]:
        reread = self._snapshot is not None and self.position is None
        while True:
            wait: float | None = None
            try:
                if reread:
                    yield await self._read_snapshot()
                    reread = False
                async for message in self._read_stream():
                    yield message
            except Reread:
                reread = True
            except Later as later:
                wait = later.seconds
            except NoStream:
                self._unstreamed = NEVER_STREAMED
            except LOST:
                pass  # the wait and the mode tell
            if self._snapshot is not None and self._unstreamed >= NEVER_STREAMED:
                async for message in self._poll():
                    yield message
                self._unstreamed = 0
            else:
                await self._wait(wait)

    def _say(self, mode: str) -> None:
        if mode != self.mode:
            self.mode = mode
            if self._on_mode is not None:
                self._on_mode(mode)

    async def _wait(self, seconds: float | None) -> None:
        self._say("waiting")
        most = max(self._timing.longest_wait, self._first_wait)
        backoff = min(most, self._first_wait * 2 ** min(self._failures, 20))
        self._failures += 1
        # Jitter only lengthens what the server asked for.
        told = backoff if seconds is None else seconds
        await asyncio.sleep(told + random.uniform(0, backoff / 2))

    async def _read_snapshot(self) -> Message:
        assert self._snapshot is not None
        timeout = aiohttp.ClientTimeout(total=self._timing.stall)
        async with self._session.get(self._snapshot, timeout=timeout) as response:
            await refuse(response)
            text = await response.text()
        self.position = event_of(text)
        return Message("snapshot", text, self.position)

    async def _read_stream(self) -> AsyncIterator[Message]:
        self._say("connecting")
        self._unstreamed += 1
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        if self.position:
            headers["Last-Event-ID"] = self.position
        timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=self._timing.stall, sock_read=self._timing.stall
        )
        async with self._session.get(
            self._path, params=self._query, headers=headers, timeout=timeout
        ) as response:
            try:
                await refuse(response)
            except Later:
                self._unstreamed -= 1  # it says nothing about streaming
                raise
            if response.content_type != "text/event-stream":
                raise NoStream
            async for message in self._messages(response):
                yield message

    async def _messages(
        self, response: aiohttp.ClientResponse
    ) -> AsyncIterator[Message]:
        parser = Parser()
        async for chunk in response.content.iter_any():
            messages = parser.feed(chunk)
            if parser.last_id:
                self._unstreamed = 0
                self._say("streaming")
            for message in messages:
                if message.type == "reset":
                    if self._snapshot is not None:
                        raise Reread
                    self.position = message.id
                elif self._is_panel and message.type == "snapshot":
                    # Whole, so it counts even where it is no newer than what was had.
                    self.position, self._failures = message.id, 0
                elif not self._advance(message.id):
                    continue
                yield message
            self._advance(parser.last_id)
            if parser.retry is not None:
                self._first_wait = parser.retry / 1000

    def _advance(self, id: str) -> bool:
        """Whether an id is new; an event that was had already is not handed on."""
        new, old = Position.parse(id), Position.parse(self.position or "")
        if new is None or (old and old.epoch == new.epoch and new.id <= old.id):
            return False
        self.position = id
        self._failures = 0
        return True

    async def _poll(self) -> AsyncIterator[Message]:
        """Poll for a while; a failing poll ends it, to be waited for as any other."""
        self._say("polling")
        end = asyncio.get_running_loop().time() + self._timing.try_stream
        seen = self.position
        while asyncio.get_running_loop().time() < end:
            wait = self._timing.poll
            try:
                message = await self._read_snapshot()
                if message.id != seen:
                    seen = message.id
                    yield message
            except Later as later:
                wait = max(wait, later.seconds or 0)
            except LOST:
                pass  # the next poll may succeed
            await asyncio.sleep(wait * random.uniform(1, 1.2))


stream = Stream
