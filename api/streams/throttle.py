"""When changes are sent: at once after a quiet time, then at most once per interval.

All broadcasts of one interval send at the same ticks, so a common change is encoded once.
"""

import asyncio
from itertools import islice
from typing import NamedTuple, Protocol

from pgstrike.api.streams.allowance import Allowance

GATHER_SECONDS = 0.005  # one commit's changes come as several notifications
AT_ONCE = 100  # broadcasts in a row, before other tasks may run


class Throttled(Protocol):
    """What has its pace."""

    def due(self) -> None:
        """Changes are due to be sent."""


class Throttle:
    """The ticks of one interval; there is none while nothing waits."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._waiting: dict[Throttled, None] = {}
        self._due: dict[Throttled, None] = {}  # at the last tick
        self._last = float("-inf")
        self._timer: asyncio.Handle | None = None

    def want(self, broadcast: Throttled) -> None:
        """Call the broadcast at the next tick."""
        self._waiting[broadcast] = None
        if self._timer is None:
            self._set_timer()

    def forget(self, broadcast: Throttled) -> None:
        self._waiting.pop(broadcast, None)
        self._due.pop(broadcast, None)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _set_timer(self) -> None:
        loop = asyncio.get_running_loop()
        at = max(loop.time() + GATHER_SECONDS, self._last + self.seconds)
        # The next tick is counted from when this one should be, however late it comes.
        self._timer = loop.call_at(at, self._tick, at)

    def _tick(self, at: float) -> None:
        self._last = at
        self._due, self._waiting = self._waiting, {}
        self._tell()

    def _tell(self) -> None:
        try:
            for broadcast in [*islice(self._due, AT_ONCE)]:
                if broadcast in self._due:  # the one before may have made it forgotten
                    del self._due[broadcast]
                    broadcast.due()
        finally:
            self._timer = None
            if self._due:
                self._timer = asyncio.get_running_loop().call_soon(self._tell)
            elif self._waiting:
                self._set_timer()


class Haste(NamedTuple):
    """Each event by itself, while there is time for that; then several events' changes."""

    allowance: Allowance
    pace: Throttle
