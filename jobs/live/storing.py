"""The thread that stores what one feed is in charge of.

It asks for the newest state when it is ready, once per grid at most: a slow database makes
snapshots rarer, and nothing queues.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from time import time
from typing import Any, TypeVar

import numpy as np
import psycopg

from pgstrike.db.errors import PgstrikeError, explain
from pgstrike.db.queries import query
from pgstrike.jobs.feed.times import now
from pgstrike.jobs.ingest.ingest import store_feed
from pgstrike.jobs.live.connection import Connection
from pgstrike.jobs.quote import QuoteBatch, unknown_quotes
from pgstrike.jobs.settings import JobsSettings

logger = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
LEAVING_SECONDS = 5.0
PLAYED_SECONDS = 0.005  # between two looks at a recording
Result = TypeVar("Result")
NOTHING = QuoteBatch(unknown_quotes(0), (), [], [])


class Storing:
    """One thread. A batch that may not be stored any more is left out."""

    def __init__(
        self,
        dsn: str,
        settings: JobsSettings,
        connection: Connection,
        attempt: int,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._dsn = dsn
        self._settings = settings
        self._connection = connection
        self.attempt = attempt
        self._loop = loop
        self._stop = threading.Event()
        name = f"feed {connection.asked.name}"
        # A daemon: a server that is frozen must not keep us from leaving.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it; called on another thread than the loop's."""
        self._stop.set()
        self._thread.join(LEAVING_SECONDS)

    def _run(self) -> None:
        name = self._connection.asked.name
        while not self._stop.is_set():
            try:
                self._store()
            except psycopg.errors.ObjectNotInPrerequisiteState as error:
                self._refused(error)
            except Exception as error:
                known = isinstance(error, psycopg.Error | PgstrikeError)
                logger.error(
                    "feed %s cannot store: %s", name, explain(error), exc_info=not known
                )
                self._call(
                    self._connection.handover.not_stored,
                    f"cannot store: {explain(error)}",
                )
                self._stop.wait(RETRY_SECONDS)

    def _refused(self, error: psycopg.errors.ObjectNotInPrerequisiteState) -> None:
        """Another source is in charge; or our claim is newer than what we know of it.

        The next beat says which: it ends this thread, or gives it the newest attempt.
        """
        handover = self._connection.handover
        logger.info("feed %s: %s", self._connection.asked.name, explain(error))
        if self._connection.outside.is_played:
            self._call(handover.not_stored, explain(error))
        elif error.diag.constraint_name == "not_driven":
            self._call(handover.take_again)
            self._stop.wait(self._connection.pace.beat)
            return
        self._call(handover.passed_over)

    def _store(self) -> None:
        feed = self._connection.feed
        batches = self._batches()
        for _ in store_feed(
            self._dsn,
            self._settings,
            batches,
            source=self._connection.asked.name,
            is_live=True,
            whole_chains=feed is not None and feed.is_whole,
            guard=self._guard,
        ):
            pass

    def _batches(self) -> Iterator[QuoteBatch]:
        while not self._stop.is_set():
            batch = self._call(self._connection.handover.take, now())
            yield batch or NOTHING
            if batch is not None:
                self._call(self._connection.handover.stored)
            self._stop.wait(self._pause(batch is not None))

    def _pause(self, has_stored: bool) -> float:
        """Seconds to the next edge of the grid; a recording says itself when it is due."""
        if self._connection.outside.is_played:
            return 0.0 if has_stored else PLAYED_SECONDS
        return self._connection.pace.grid - time() % self._connection.pace.grid

    def _guard(self, connection: psycopg.Connection, batch: QuoteBatch) -> None:
        codes, places = np.unique(batch.rows["symbol"], return_inverse=True)
        oldest = np.full(len(codes), np.iinfo(np.int64).max)
        np.minimum.at(oldest, places, batch.rows["quote_time"])
        connection.execute(
            query("require_source"),
            {
                "feed": self._connection.asked.name,
                "attempt": self.attempt,
                "symbols": [batch.symbols[code] for code in codes.tolist()],
                "times": oldest.tolist(),
            },
        )

    def _call(self, act: Callable[..., Result], *arguments: Any) -> Result:
        """Do something on the loop, whose all these things are."""

        async def acted() -> Result:
            return act(*arguments)

        return asyncio.run_coroutine_threadsafe(acted(), self._loop).result()
