"""When what changed is sent: at once after a quiet time, and then at most once an interval.

All feeds of one interval share its ticks, so that what they have in common is encoded once.
"""

import asyncio
from typing import Protocol

GATHER_SECONDS = 0.005  # for what one commit changed: it comes as several notifications


class Paced(Protocol):
    """What has its pace."""

    def due(self) -> None:
        """What changed is to be sent."""


class Pace:
    """The ticks of one interval; there is none while nothing waits."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._waiting: dict[Paced, None] = {}
        self._last = float("-inf")
        self._timer: asyncio.TimerHandle | None = None

    def want(self, feed: Paced) -> None:
        """Tell the feed at the next tick."""
        self._waiting[feed] = None
        if self._timer is None:
            loop = asyncio.get_running_loop()
            at = max(loop.time() + GATHER_SECONDS, self._last + self.seconds)
            # The next tick is counted from when this one should be, however late it comes.
            self._timer = loop.call_at(at, self._tick, at)

    def forget(self, feed: Paced) -> None:
        self._waiting.pop(feed, None)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _tick(self, at: float) -> None:
        self._timer, self._last = None, at
        waiting, self._waiting = self._waiting, {}
        for feed in waiting:
            feed.due()
