"""Where events come from: what the listener needs of a channel, however they arrive."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from pgstrike.db.session import Session


class EventSource(Protocol):
    """Payloads of events in the order of their ids, and words of changes without an event.

    `db/listen.py` is the first one. Nothing may be lost without a word: wherever payloads may
    be missing, `signals` yields None, and the listener reads the log.
    """

    probe_seconds: float  # how often something comes, whether events do or not

    @property
    def connected(self) -> bool:
        """Whether signals can come now."""

    @property
    def heard_at(self) -> float | None:
        """When something came last, by time.monotonic()."""

    @property
    def name(self) -> str:
        """The database that `connection` leads to, for a message."""

    def alive(self) -> bool:
        """Whether something came lately enough to believe that nothing is missing."""

    def is_quiet(self) -> bool:
        """Whether nothing has arrived that the consumer of the signals has not dealt with."""

    def lost(self) -> bool:
        """Whether there is no connection to query for the consumer of the signals."""

    def signals(self) -> AsyncGenerator[str | None]:
        """Payloads in the order of their ids; None after every (re)connection and hole."""

    def connection(self) -> AbstractAsyncContextManager[Session]:
        """A connection to where the log is, for the consumer between two signals."""
