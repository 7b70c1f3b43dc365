"""A stream of events that goes on, whatever happens to the connection.

It resumes after the last event, waits as long as the server asks, reads a snapshot again after
a reset, and polls that snapshot where streaming is impossible. `Stream.mode` says which.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import NamedTuple

import aiohttp

from pgstrike_client.answer import Answer
from pgstrike_client.closing import Closing
from pgstrike_client.errors import FrameTooLongError, UnavailableError
from pgstrike_client.query import Pairs
from pgstrike_client.responses import LOST, error_of
from pgstrike_client.sse import MAX_FRAME_BYTES, Event, Parser
from pgstrike_client.timing import Timing, wait_after

NEVER_STREAMED = 3  # attempts in a row without a frame, before polling
REMEMBERED_IDS = 1000  # an event that comes again within so many is left out
PANEL_PARAMETERS = frozenset({"strikes", "fields", "interval", "timeframe"})


class Reread(Exception):
    """The stream was reset, and there is a snapshot to read."""


class NoStreamError(Exception):
    """The response is no stream: a proxy's page, for example."""


class Opened(NamedTuple):
    """A connection that is open, and not read yet."""

    change: int  # which subscription it is of
    response: aiohttp.ClientResponse


class Stream:
    """Iterate over it once: `async for event in stream`.

    `mode` is connecting, streaming, waiting or polling. `position` is the id to resume from.
    The iteration ends when the client is closed, and raises RequestError where the server
    refuses the request.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        *,
        query: Pairs = (),
        headers: Mapping[str, str] | None = None,
        snapshot: Callable[[], Awaitable[Answer]] | None = None,
        poll: Callable[[], Awaitable[Event]] | None = None,
        after: str | None = None,
        on_mode: Callable[[str], None] | None = None,
        timing: Timing | None = None,
        max_frame_bytes: int = MAX_FRAME_BYTES,
        closing: Closing | None = None,
    ) -> None:
        self._is_panel = any(name in PANEL_PARAMETERS for name, _ in query)
        if self._is_panel and snapshot is not None:
            raise ValueError("a panel's stream brings its state; leave snapshot out")
        self.mode = "connecting"
        self.position = after or ""
        self._session = session
        self._url = url
        self._query = list(query)
        self._headers = dict(headers or {})
        self._snapshot = snapshot
        self._state = poll or (snapshot and self._read_snapshot)
        self._on_mode = on_mode
        self._timing = timing or Timing()
        self._max_frame_bytes = max_frame_bytes
        self._closing = closing or Closing()
        self._retry = self._timing.first_wait
        self._recent: dict[str, None] = {}  # ids of events that were handed on
        self._failures = 0
        self._unstreamed = 0
        self._was_too_long = False
        self._response: aiohttp.ClientResponse | None = None  # that is read
        self._next: Opened | None = None  # takes its place
        self._changes = 0  # of the subscription
        self._changed = asyncio.Event()  # during a wait
        self._read = 0  # the change that is read
        self._held = 0  # the change whose state was handed on

    async def change(
        self, query: Pairs, poll: Callable[[], Awaitable[Event]] | None = None
    ) -> None:
        """Go on with another subscription, without a gap.

        Its connection is opened at the newest id before the present one is closed. A raw
        stream misses and repeats no event; a panel's whole new state comes first. Where it
        cannot be opened, it is tried as after a cut.
        """
        if any(name in PANEL_PARAMETERS for name, _ in query) != self._is_panel:
            raise ValueError("a panel stays a panel, and a raw stream a raw one")
        self._query = list(query)
        self._state = poll or self._state
        self._changes += 1
        opened: Opened | None = None
        with contextlib.suppress(*LOST):
            opened = await self._open()
        if opened is not None and opened.change != self._changes:
            opened.response.close()  # another change came since
            return
        if self._next is not None:
            self._next.response.close()
        self._next = opened
        if self._response is not None:
            self._response.close()
        self._changed.set()

    async def __aiter__(self) -> AsyncGenerator[Event]:
        must_read = self._snapshot is not None and not self.position
        while not self._closing.is_closed:
            wait: float | None = None
            try:
                if must_read:
                    yield await self._read_snapshot()
                    must_read = False
                async with contextlib.aclosing(self._read_stream()) as events:
                    async for event in events:
                        yield event
            except Reread:
                must_read = True
            except UnavailableError as error:
                wait = error.retry_after
            except NoStreamError:
                self._unstreamed = NEVER_STREAMED
            except FrameTooLongError:
                if self._was_too_long:  # and nothing came in between
                    raise
                self._was_too_long = True
            except LOST:
                pass  # `mode` tells
            if self._next is not None:
                continue
            if self._state is not None and self._unstreamed >= NEVER_STREAMED:
                async with contextlib.aclosing(self._poll()) as events:
                    async for event in events:
                        yield event
                self._unstreamed = 0
            else:
                await self._wait(wait)

    def _set_mode(self, mode: str) -> None:
        if mode != self.mode:
            self.mode = mode
            if self._on_mode is not None:
                self._on_mode(mode)

    async def _wait(self, asked: float | None) -> None:
        self._set_mode("waiting")
        seconds = wait_after(self._failures, self._retry, asked, self._timing)
        self._failures += 1
        await self._sleep(seconds)

    async def _sleep(self, seconds: float) -> None:
        self._changed.clear()
        await self._closing.sleep(seconds, self._changed)

    async def _read_snapshot(self) -> Event:
        assert self._snapshot is not None
        answer = await self._snapshot()
        self._start_at(answer.event)
        return Event("snapshot", answer.text, answer.event)

    async def _read_stream(self) -> AsyncGenerator[Event]:
        opened, self._next = self._next, None
        if opened is None:
            self._set_mode("connecting")
        self._unstreamed += 1
        self._read, self._response = opened or await self._open()
        try:
            async with self._response as response:
                if error := await error_of(response):
                    if isinstance(error, UnavailableError):
                        self._unstreamed -= 1  # it says nothing about streaming
                    raise error
                if (
                    response.status != 200
                    or response.content_type != "text/event-stream"
                ):
                    raise NoStreamError
                with self._closing.reading(response):
                    async with contextlib.aclosing(self._events(response)) as events:
                        async for event in events:
                            yield event
        finally:
            self._response = None

    async def _open(self) -> Opened:
        headers = {
            **self._headers,
            "Accept": "text/event-stream",
            "Cache-Control": "no-store",
        }
        change = self._changes
        # The state of another panel is not what this one's changes are of.
        if self.position and not (self._is_panel and change != self._held):
            headers["Last-Event-ID"] = self.position
        stall = self._timing.stall
        timeout = aiohttp.ClientTimeout(
            total=None, connect=stall, sock_connect=stall, sock_read=stall
        )
        response = await self._session.get(
            self._url, params=self._query, headers=headers, timeout=timeout
        )
        return Opened(change, response)

    async def _events(self, response: aiohttp.ClientResponse) -> AsyncGenerator[Event]:
        parser = Parser(self.position, max_frame_bytes=self._max_frame_bytes)
        async for chunk in response.content.iter_any():
            events = parser.feed(chunk)
            if parser.has_id:
                self._unstreamed = 0
                self._set_mode("streaming")
            for event in events:
                if self._take(event):
                    yield event
            self._stand_at(parser.last_id)
            if parser.retry is not None:
                self._retry = parser.retry / 1000

    def _take(self, event: Event) -> bool:
        """Whether to hand an event on; one that was handed on before is left out."""
        if event.type == "reset":
            if self._snapshot is not None:
                raise Reread
            self._start_at(event.id)
            return True
        if self._is_panel and event.type == "snapshot":
            # The whole state: it counts even where its id is no new one.
            self._start_at(event.id)
            self._held = self._read
            self._progress()
            return True
        if event.id in self._recent or event.id == self.position:
            return False
        self._recent[event.id] = None
        if len(self._recent) > REMEMBERED_IDS:
            del self._recent[next(iter(self._recent))]
        self._stand_at(event.id)
        return True

    def _start_at(self, id: str) -> None:
        """Go on after an id, whatever came before it."""
        self.position = id
        self._recent.clear()

    def _stand_at(self, id: str) -> None:
        if id != self.position:
            self.position = id
            self._progress()

    def _progress(self) -> None:
        self._failures = 0
        self._was_too_long = False

    async def _poll(self) -> AsyncGenerator[Event]:
        """Poll for a while.

        A poll that fails is tried again at the next one's time. The one that succeeds after it
        ends the polling, because the server is back.
        """
        assert self._state is not None
        end = asyncio.get_running_loop().time() + self._timing.try_stream
        seen = self.position
        has_failed = False
        while asyncio.get_running_loop().time() < end and not self._is_over():
            wait = self._timing.poll
            try:
                event = await self._state()
                self._start_at(event.id)
                self._set_mode("polling")
                if event.id != seen:
                    seen = event.id
                    yield event
                if has_failed:
                    return
            except UnavailableError as error:
                self._set_mode("waiting")
                has_failed = True
                asked = min(error.retry_after or 0, self._timing.longest_retry)
                wait = max(wait, asked)
            if self._next is None:
                await self._sleep(wait * random.uniform(1, 1.2))

    def _is_over(self) -> bool:
        """Whether nothing is to be polled any more."""
        return self._closing.is_closed or self._next is not None
