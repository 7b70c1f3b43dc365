"""Waiting while the database is away, and knowing that from a refusal.

An outage ends without us: a server restarts or fails over, a network recovers, somebody frees
a disk. A refusal would be repeated.
"""

import logging
import random
from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

import psycopg

from pgstrike.db.errors import one_line

logger = logging.getLogger(__name__)

# Lost connections, servers that shut down or start, full disks and memory, deadlocks, sessions
# that were ended for their age, and a server that has become a standby.
AWAY = ("08", "57P", "53", "40", "25P03", "25P04", "25006")
LIMIT = "53400"  # of a setting: the same would exceed it again
FIRST_SECONDS, LONGEST_SECONDS = 0.1, 5.0
SAY_SECONDS = 60.0

Result = TypeVar("Result")


def is_away(error: psycopg.Error) -> bool:
    """Whether the same may succeed later, through another connection."""
    if error.sqlstate is None:
        # libpq says in words only that it reached nobody, or lost the connection.
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return error.sqlstate.startswith(AWAY) and error.sqlstate != LIMIT


class Outage:
    """Tries again and again, ever less often; says so at first, each minute and at the end.

    `held` is how many rows wait meanwhile.
    """

    def __init__(
        self, held: Callable[[], int], sleep: Callable[[float], object] = sleep
    ) -> None:
        self._held = held
        self._sleep = sleep
        self._pause = 0.0
        self._began = self._said = 0.0

    @property
    def lasts(self) -> bool:
        """Whether the last attempt failed."""
        return self._pause > 0

    def endure(self, attempt: Callable[[], Result]) -> Result:
        """What the attempt comes to, once the database is there."""
        while True:
            try:
                result = attempt()
            except psycopg.Error as error:
                if not is_away(error):
                    raise
                self._wait(one_line(error))
            else:
                self._end()
                return result

    def _wait(self, cause: str) -> None:
        now = monotonic()
        if not self.lasts:
            self._began = self._said = now
            self._pause = FIRST_SECONDS
            logger.warning("the database is away, and waited for: %s", cause)
        elif now - self._said >= SAY_SECONDS:
            self._said = now
            away, rows = now - self._began, f"{self._held():,}"
            logger.warning(
                "the database is away for %.0f s, %s rows wait: %s", away, rows, cause
            )
        # Not all who wait are to come at the same moment.
        self._sleep(self._pause * random.uniform(0.5, 1))
        self._pause = min(2 * self._pause, LONGEST_SECONDS)

    def _end(self) -> None:
        if self.lasts:
            logger.warning(
                "the database is back after %.1f s", monotonic() - self._began
            )
            self._pause = 0.0
