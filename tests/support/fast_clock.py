"""A clock that runs faster than the wall's, alike in each process that is given it."""

from time import time
from typing import NamedTuple

from pgstrike.jobs.feed.times import SECOND


class FastClock(NamedTuple):
    """It showed `begins` (microseconds since 2000-01-01) at `since` (seconds of the wall)."""

    begins: int
    since: float
    speed: float

    def now(self) -> int:
        return self.begins + round((time() - self.since) * self.speed * SECOND)

    def until(self, moment: int) -> float:
        """Seconds of the wall's clock until it shows this; 0 where it does."""
        return self.seconds(max(moment - self.now(), 0))

    def seconds(self, span: int) -> float:
        """Seconds of the wall's clock in which it shows so many microseconds more."""
        return span / SECOND / self.speed
