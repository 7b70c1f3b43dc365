"""A bundle: what one page shows, sent whole whenever it changed.

It is read at most once per interval, after an event that may change it, for all its readers.
Nothing is kept of the past: a reader that comes back gets the whole state first.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from pgstrike.api.access.rights import Rights
from pgstrike.api.events.event import Event, Position, Reset
from pgstrike.api.events.hub import Hub
from pgstrike.api.streams.broadcast import Broadcast
from pgstrike.api.streams.throttle import Throttle
from pgstrike.api.wire import sse
from pgstrike.api.wire.frames import Burst, Frame
from pgstrike.db.backoff import backoff
from pgstrike.db.errors import PgstrikeError, one_line

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Bundle:
    """What a page shows; readers with other rights, or with data of their own, share none."""

    name: str
    topic: str  # of the events that may change it
    symbol: str | None
    interval_ms: int
    rights: Rights
    reader: str | None = None  # the key whose data it is
    is_timed: bool = False  # it changes without an event too: looked at each interval

    def named_topics(self) -> frozenset[str]:
        return frozenset({self.topic} if self.symbol else ())

    def concerns(self, event: Event) -> bool:
        return event.topic == self.topic and self.symbol in (None, event.symbol)


Reading: TypeAlias = Callable[[str], Awaitable[bytes]]  # as a key may have it


class BundleBroadcast(Broadcast):
    """One bundle, for all who read it. What they have seen is counted in states."""

    def __init__(
        self,
        bundle: Bundle,
        hub: Hub,
        pace: Throttle,
        read: Reading,
        stir: Callable[[Broadcast], None],
    ) -> None:
        super().__init__(bundle, stir)
        self.bundle = bundle
        self.hub = hub
        self.pace = pace
        self._read = read
        self._version = 0
        self._body: bytes | None = None
        self._frame: Frame | None = None
        self._task: asyncio.Task[None] | None = None
        self._first: asyncio.Task[None] | None = None
        self._is_due = False
        hub.takers[self] = None

    async def ready(self) -> None:
        """Return once there is a state; the error where there cannot be one."""
        if self._frame is None:
            if self._first is None or self._first.done():
                self._first = asyncio.create_task(self._renew())
            await asyncio.shield(self._first)
            self._want_again()

    def close(self) -> None:
        del self.hub.takers[self]
        self.pace.forget(self)
        for task in (self._task, self._first):
            if task is not None:
                task.cancel()

    def take(self, event: Event) -> None:
        if self.bundle.concerns(event):
            self.pace.want(self)

    def restart(self, reset: Reset) -> None:
        """Read it again: readers need no reset, for they get the whole state."""
        self.pace.want(self)

    def due(self) -> None:
        self._is_due = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._read_again())

    async def _read_again(self) -> None:
        delays = backoff()
        while self._is_due:
            self._is_due = False
            try:
                await self._renew()
            except PgstrikeError as error:
                logger.warning("bundle_unread cause=%s", one_line(error))
                self._is_due = True
                await asyncio.sleep(next(delays))
        self._want_again()

    def _want_again(self) -> None:
        if self.bundle.is_timed:
            self.pace.want(self)

    async def _renew(self) -> None:
        at = self.at()
        body = await self._read(self.payer)
        if body == self._body:
            return
        self._body = body
        self._frame = Frame(
            sse.frame(body.decode(), event=self.bundle.name, id=str(at))
        )
        self._version += 1
        self._bursts.clear()
        self.stir()

    def at(self) -> Position:
        assert self.hub.position is not None  # the hub starts before the server does
        return self.hub.position

    def heartbeat(self) -> Burst:
        frame = Frame(sse.position(str(self.at()), comment="heartbeat"))
        return Burst([frame], self._version)

    def cut(self) -> Frame:
        return Reset("too_slow", self.at()).frame_with(None)

    def flush(self) -> None:
        """A state that is being read is not waited for."""

    def mark(self) -> int:
        return 0

    def passed(self, mark: int) -> None:
        """Nothing is kept for who lags."""

    def _burst(self, seen: int) -> Burst | None:
        if self._frame is None or seen == self._version:
            return None
        return Burst([self._frame], self._version)
