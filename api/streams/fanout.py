"""Sending broadcasts to their readers, in turns that leave time for everything else.

Only broadcasts with pending frames cost work; a quiet broadcast costs a heartbeat now and
then. Each key has its own line, and all lines have turns of the same length, so a key with
much to do delays only itself. The fan-out holds the event loop for one panel or a few
hundred writes at most; other tasks, the listener above all, run in between.
"""

import asyncio
import contextlib
from collections.abc import Iterable, Iterator
from itertools import takewhile
from time import monotonic, perf_counter
from typing import NamedTuple, TypeAlias

from pgstrike.api.streams.broadcast import Broadcast
from pgstrike.api.streams.connection import StreamConnection
from pgstrike.api.streams.in_step import WORK
from pgstrike.api.wire.frames import Burst
from pgstrike.db.timing import Durations

SLICE_SECONDS = 0.001  # or for so long
# Passes of the loop for other tasks: one to wake them, and one for each task they wake.
PASSES = 3
TURN_SECONDS = 0.0005  # of a key, before other keys have theirs


class Turn(NamedTuple):
    """A reader out of step, which gets frames of its own."""

    broadcast: Broadcast
    reader: StreamConnection
    done: "asyncio.Future[None]"


Work: TypeAlias = Broadcast | Turn


class Line:
    """What waits of one key's, in the order in which it came."""

    __slots__ = ("credit", "steps", "waiting")

    def __init__(self) -> None:
        self.waiting: dict[Work, None] = {}
        self.steps: Iterator[int] | None = None  # of what has begun
        self.credit = 0.0  # seconds; below 0 after a step that took longer than a turn

    def is_done(self) -> bool:
        return self.steps is None and not self.waiting


class Fanout:
    """One per process; stirring a broadcast schedules sending to its readers."""

    def __init__(self, heartbeat_seconds: float) -> None:
        self.heartbeat_seconds = heartbeat_seconds
        self._lines: dict[str, Line] = {}  # by key, those that have something to do
        self._line_of: dict[Broadcast, Line] = {}  # of broadcasts that wait
        self.delivery = Durations()  # from stirring a broadcast until all have it
        self._stirred: dict[Broadcast, float] = {}
        self._quiet: dict[Broadcast, float] = {}  # since when, the longest first
        self._wake = asyncio.Event()
        self._work, self._spent = 0, 0.0  # since others could run

    def stir(self, broadcast: Broadcast) -> None:
        if broadcast not in self._line_of:
            self._stirred[broadcast] = perf_counter()
            self._line_of[broadcast] = self._put(broadcast.payer, broadcast)

    async def turn(self, broadcast: Broadcast, reader: StreamConnection) -> None:
        """Return once a reader has its pending frames, as far as its socket takes them."""
        done = asyncio.get_running_loop().create_future()
        self._put(reader.holder.name, Turn(broadcast, reader, done))
        await done

    def _put(self, key: str, work: Work) -> Line:
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = Line()
        line.waiting[work] = None
        self._wake.set()
        return line

    def add(self, broadcast: Broadcast) -> None:
        self._quiet[broadcast] = monotonic()
        self._wake.set()

    def remove(self, broadcast: Broadcast) -> None:
        if line := self._line_of.pop(broadcast, None):
            line.waiting.pop(broadcast, None)
        self._stirred.pop(broadcast, None)
        self._quiet.pop(broadcast, None)

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await self._woken()
            for key, line in [*self._lines.items()]:
                await self._serve_line(line)
                if line.is_done():
                    del self._lines[key]
            for broadcast in self._due():
                await self._beat(broadcast)

    async def _woken(self) -> None:
        self._wake.clear()
        if self._lines:
            return
        oldest = next(iter(self._quiet.values()), None)
        due = None if oldest is None else oldest + self.heartbeat_seconds - monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(due):
                await self._wake.wait()

    def _due(self) -> list[Broadcast]:
        before = monotonic() - self.heartbeat_seconds
        return [
            broadcast
            for broadcast, _ in takewhile(lambda q: q[1] <= before, self._quiet.items())
        ]

    async def _serve_line(self, line: Line) -> None:
        """Give a key its turn."""
        line.credit = min(line.credit + TURN_SECONDS, TURN_SECONDS)
        while line.credit > 0 and not line.is_done():
            began = perf_counter()
            self._step(line)
            spent = perf_counter() - began
            line.credit -= spent
            self._spent += spent
            if self._work >= WORK or self._spent >= SLICE_SECONDS:
                await self._breathe()

    def _step(self, line: Line) -> None:
        if line.steps is None:
            work = next(iter(line.waiting))
            del line.waiting[work]
            line.steps = self._begun(work)
        written = next(line.steps, None)
        if written is None:
            line.steps = None
        else:
            self._work += written

    def _begun(self, work: Work) -> Iterator[int]:
        if isinstance(work, Turn):
            return take_turn(work)
        del self._line_of[work]
        return self._serve(work)

    def _serve(self, broadcast: Broadcast) -> Iterator[int]:
        """Serve the readers of a broadcast, in parts; yields how many."""
        mark, since = broadcast.mark(), self._stirred.pop(broadcast, perf_counter())
        for group in broadcast.readers.groups():
            yield from group.send_pending(broadcast.pending)
        for part in parts(broadcast):
            serve(broadcast, part)
            yield len(part)
        broadcast.passed(mark)
        self.delivery.note(perf_counter() - since)
        self._note(broadcast)

    async def _beat(self, broadcast: Broadcast) -> None:
        for written in beats(broadcast):
            self._work += written
            if self._work >= WORK:
                await self._breathe()
        self._note(broadcast)

    async def _breathe(self) -> None:
        self._work, self._spent = 0, 0.0
        for _ in range(PASSES):
            await asyncio.sleep(0)

    def _note(self, broadcast: Broadcast) -> None:
        if self._quiet.pop(broadcast, None) is not None:
            self._quiet[broadcast] = monotonic()


def parts(broadcast: Broadcast) -> Iterator[tuple[StreamConnection, ...]]:
    """The readers apart from those in step."""
    readers = tuple(broadcast.readers.apart)
    for start in range(0, len(readers), WORK):
        yield readers[start : start + WORK]


def take_turn(turn: Turn) -> Iterator[int]:
    if not turn.done.done():  # it may have gone meanwhile
        turn.reader.step_out()
        serve(turn.broadcast, [turn.reader])
        turn.done.set_result(None)
        yield 1


def serve(broadcast: Broadcast, readers: Iterable[StreamConnection]) -> None:
    """Send pending frames to readers, as far as their sockets take them."""
    seen, key, burst, wire = None, None, None, b""
    for reader in readers:
        if reader.is_busy:
            continue
        # Most are in step, and what goes without saying is most of what this loop costs.
        if reader.seen != seen or reader.key is not key:
            seen, key, burst = reader.seen, reader.key, broadcast.pending(reader.seen)
            wire = b"" if burst is None else burst.wire(key)
        if burst is not None:
            reader.write_wire(burst, wire)
            if not burst.is_last:
                serve_rest(broadcast, reader)
        broadcast.readers.join(reader)


def serve_rest(broadcast: Broadcast, reader: StreamConnection) -> None:
    while not reader.is_busy and not reader.transport.is_closing():
        burst = broadcast.pending(reader.seen)
        if burst is None:
            return
        reader.write(burst)
        if burst.is_last:
            return


def beats(broadcast: Broadcast) -> Iterator[int]:
    """Send a heartbeat to all that have everything, in parts; yields how many."""
    burst = broadcast.heartbeat()
    for group in broadcast.readers.groups():
        if not group.is_writing and is_even(broadcast, group.seen, burst):
            group.begin(burst)
            yield from group.send_rest()
    for part in parts(broadcast):
        beat(broadcast, part, burst)
        yield len(part)


def beat(
    broadcast: Broadcast, readers: Iterable[StreamConnection], heartbeat: Burst
) -> None:
    """Send a heartbeat to readers that have everything up to it, and no more."""
    for reader in readers:
        if not reader.is_busy and is_even(broadcast, reader.seen, heartbeat):
            reader.write(heartbeat)


def is_even(broadcast: Broadcast, seen: int, heartbeat: Burst) -> bool:
    return 0 <= seen <= heartbeat.upto and broadcast.pending(seen) is None
