"""What the database says of itself, asked for all who want to know it at once."""

import asyncio
from time import monotonic
from typing import Any, NamedTuple

import psycopg

from pgstrike.api.http.waits import Waits
from pgstrike.db.disk import free_mb
from pgstrike.db.errors import PgstrikeError, explain
from pgstrike.db.health import Check
from pgstrike.db.pool import Pool, ask
from pgstrike.db.session import EVERYTHING

KEPT_SECONDS = 1.0  # an answer serves everybody who asks within them
PATIENCE_SECONDS = 5.0


class DatabaseState(NamedTuple):
    """What sql/queries/health.sql says."""

    epoch: str
    newest: int
    version: int
    event_id: int
    refreshed_at: str | None
    symbols: dict[str, dict[str, Any]]
    data_directory: str | None
    checks: list[dict[str, Any]]

    def rows(self) -> list[Check]:
        return [Check(**check) for check in self.checks]


class Answer(NamedTuple):
    """The outcome of one question."""

    began: float  # by time.monotonic()
    state: DatabaseState | None
    failure: str  # why there is no state


class DatabaseWatch:
    """Asks at most one question at a time, however many want the answer.

    Nobody waits for long: a database that hangs answers nothing, and psycopg cannot be hurried.
    """

    def __init__(
        self, pool: Pool, late_seconds: float, directory: str | None = None
    ) -> None:
        self.pool = pool
        self.late_seconds = late_seconds
        self.directory = directory  # of the server's data, as it was said last
        self.waits = Waits()
        self._answer = Answer(-KEPT_SECONDS, None, "it was not asked yet")
        self._asking: asyncio.Task[None] | None = None

    async def answer(self, *, is_fresh: bool = False) -> Answer:
        """An answer of the last second, or one to a question that is asked from now on."""
        asked = monotonic()
        oldest = asked if is_fresh else asked - KEPT_SECONDS
        while self._answer.began < oldest:
            if self._asking is None or self._asking.done():
                self._asking = asyncio.create_task(self._ask())
            asking = self._asking  # another who wakes up first may ask again
            rest = asked + PATIENCE_SECONDS - monotonic()
            done, _ = await asyncio.wait({asking}, timeout=max(rest, 0))
            if not done:
                return Answer(asked, None, f"no answer within {PATIENCE_SECONDS:g} s")
            asking.result()
        return self._answer

    async def close(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking})

    async def _ask(self) -> None:
        began = monotonic()
        try:
            [state] = await ask(
                self.pool, "health", self._known(), DatabaseState, reader=EVERYTHING
            )
        except (PgstrikeError, psycopg.Error) as error:
            self._answer = Answer(began, None, explain(error))
        else:
            self.waits.note(state.rows())
            self.directory = state.data_directory
            self._answer = Answer(began, state, "")

    def _known(self) -> dict[str, Any]:
        """What the database cannot measure itself."""
        return {
            "late_seconds": self.late_seconds,
            "waited": self.waits.as_json(),
            "free_mb": free_mb(self.directory),
        }
