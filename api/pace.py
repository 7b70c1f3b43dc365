"""When what changed is sent: at once after a quiet time, and then at most once an interval.

All feeds of one interval share its ticks, so that what they have in common is encoded once.
"""

import asyncio
from typing import Protocol

GATHER_SECONDS = 0.005  # for what one commit changed: it comes as several notifications


class Flushed(Protocol):
    """What is paced."""

    def flush(self) -> None:
        """Make what changed pending."""


class Pace:
    """The ticks of one interval; there is none while nothing waits."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._waiting: dict[Flushed, None] = {}
        self._last = float("-inf")
        self._timer: asyncio.TimerHandle | None = None

    def want(self, feed: Flushed) -> None:
        """Have the feed be flushed at the next tick."""
        self._waiting[feed] = None
        if self._timer is None:
            loop = asyncio.get_running_loop()
            at = max(loop.time() + GATHER_SECONDS, self._last + self.seconds)
            self._timer = loop.call_at(at, self._tick)

    def forget(self, feed: Flushed) -> None:
        self._waiting.pop(feed, None)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _tick(self) -> None:
        self._timer = None
        self._last = asyncio.get_running_loop().time()
        waiting, self._waiting = self._waiting, {}
        for feed in waiting:
            feed.flush()
