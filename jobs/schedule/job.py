"""What a job is."""

from collections.abc import Callable
from typing import NamedTuple

import psycopg

from pgstrike.db.lock import Lock

Work = Callable[[psycopg.Connection], object]  # a whole number: so many rows


class Job(NamedTuple):
    """A job and its usual interval.

    The work gets a connection in autocommit. An atomic one is a single transaction, and is
    done once; any other must bear being done again. Its lock is held meanwhile. `kept` opens
    the connection of a job that keeps its own: such a job does its work even when the ledger
    takes no run.
    """

    name: str
    work: Work
    seconds: float
    is_atomic: bool = False
    lock: Lock | None = None
    misfire: str = "once"
    kept: Callable[[], psycopg.Connection] | None = None
