"""Sending what feeds bring to their readers, in rounds that leave room for everything else.

Work goes with what is pending: a feed that nothing stirs costs nothing but its heartbeat, which
is due after a time in which it sent nothing.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence
from time import monotonic

from api.feed import Feed
from api.frames import Burst
from api.reader import Reader

WORK = 256  # writes in a row, before others may run
FEED_WORK = 8  # writes that the encoding of a feed counts as


class Fanout:
    """One per process; whoever stirs a feed has its readers be sent what is pending."""

    def __init__(self, heartbeat_seconds: float) -> None:
        self.heartbeat_seconds = heartbeat_seconds
        self._stirred: dict[Feed, None] = {}  # in the order in which they are served
        self._quiet: dict[Feed, float] = {}  # since when, the longest first
        self._wake = asyncio.Event()
        self._work = 0

    def stir(self, feed: Feed) -> None:
        self._stirred[feed] = None
        self._wake.set()

    def add(self, feed: Feed) -> None:
        self._quiet[feed] = monotonic()
        self._wake.set()

    def remove(self, feed: Feed) -> None:
        self._stirred.pop(feed, None)
        self._quiet.pop(feed, None)

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await self._woken()
            stirred, self._stirred = self._stirred, {}
            for feed in stirred:
                await self._serve(feed)
            for feed in self._due():
                await self._beat(feed)

    async def _woken(self) -> None:
        self._wake.clear()
        if self._stirred:
            return
        oldest = next(iter(self._quiet.values()), None)
        due = None if oldest is None else oldest + self.heartbeat_seconds - monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(due):
                await self._wake.wait()

    def _due(self) -> list[Feed]:
        before = monotonic() - self.heartbeat_seconds
        return [feed for feed, since in self._quiet.items() if since <= before]

    async def _serve(self, feed: Feed) -> None:
        mark = feed.mark()
        await self._each(feed, lambda readers: serve(feed, readers))
        feed.passed(mark)
        self._note(feed)
        self._work += FEED_WORK

    async def _beat(self, feed: Feed) -> None:
        burst = feed.heartbeat()
        await self._each(feed, lambda readers: beat(feed, readers, burst))
        self._note(feed)

    async def _each(self, feed: Feed, send: Callable[[Sequence[Reader]], None]) -> None:
        readers = tuple(feed.readers)
        for start in range(0, len(readers), WORK):
            part = readers[start : start + WORK]
            send(part)
            self._work += len(part)
            if self._work >= WORK:
                await self._breathe()

    async def _breathe(self) -> None:
        self._work = 0
        await asyncio.sleep(0)

    def _note(self, feed: Feed) -> None:
        if self._quiet.pop(feed, None) is not None:
            self._quiet[feed] = monotonic()


def serve(feed: Feed, readers: Iterable[Reader]) -> None:
    """Send readers what is pending, as far as their sockets take it."""
    seen, key, burst, wire = None, None, None, b""
    for reader in readers:
        if reader.is_busy:
            continue
        # Most are in step, and what goes without saying is most of what this loop costs.
        if reader.seen != seen or reader.key is not key:
            seen, key, burst = reader.seen, reader.key, feed.pending(reader.seen)
            wire = b"" if burst is None else burst.wire(key)
        if burst is not None:
            reader.write_wire(burst, wire)
            if not burst.is_last:
                serve_rest(feed, reader)


def serve_rest(feed: Feed, reader: Reader) -> None:
    while not reader.is_busy and not reader.transport.is_closing():
        burst = feed.pending(reader.seen)
        if burst is None:
            return
        reader.write(burst)
        if burst.is_last:
            return


def beat(feed: Feed, readers: Iterable[Reader], heartbeat: Burst) -> None:
    """Send a heartbeat to readers that have everything up to it, and no more."""
    for reader in readers:
        is_even = not reader.is_busy and 0 <= reader.seen <= heartbeat.upto
        if is_even and feed.pending(reader.seen) is None:
            reader.write(heartbeat)
