"""The feeds of one process: one event loop for all, a thread each that stores, and one that
keeps the database's account of them.

Every beat the thread says how the feeds stand, claims those that are on and that nobody drives,
has the sources chosen, and takes what is asked of each. A feed whose row has changed is begun
anew. Of several processes exactly one drives a feed: its session holds the row.
"""

import asyncio
import json
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import psycopg
from psycopg.rows import class_row

from pgstrike.db.connection import connect
from pgstrike.db.errors import PgstrikeError, explain
from pgstrike.db.queries import query
from pgstrike.db.signals import ending_signals
from pgstrike.jobs.live.calendar import Calendar
from pgstrike.jobs.live.outside import Outside
from pgstrike.jobs.live.pace import Pace
from pgstrike.jobs.live.positions import positions_of
from pgstrike.jobs.loading import LOADING
from pgstrike.jobs.settings import JobsSettings

if TYPE_CHECKING:
    from pgstrike.jobs.live.connection import Connection
    from pgstrike.jobs.live.storing import Storing

logger = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
END_SECONDS = 10.0
Result = TypeVar("Result")


class Row(NamedTuple):
    """A feed that this session drives (ops.driven_feeds)."""

    name: str
    kind: str
    symbols: list[str]
    options: dict[str, str]
    attempt: int
    set_at: datetime
    is_open: bool
    listing_day: str
    in_charge: dict[str, int]
    aliases: dict[str, str]

    def goes_on(self, before: "Row") -> bool:
        """Whether nobody changed or drove the feed meanwhile.

        The next attempt is our own claim, after the database was away: the source's
        connection is kept.
        """
        return self.set_at == before.set_at and self.attempt <= before.attempt + 1


class Driven(NamedTuple):
    """A feed at work."""

    row: Row
    connection: "Connection"
    task: "Future[None]"
    storing: "Storing"


class FeedRunner:
    """Drives the feeds that are on, of some names or all (None)."""

    def __init__(
        self,
        dsn: str,
        settings: JobsSettings,
        outside: Outside,
        pace: Pace,
        names: Sequence[str] | None = None,
    ) -> None:
        self.dsn = dsn
        self.settings = settings
        self.outside = outside
        self.pace = pace
        self.names = None if names is None else list(names)
        self.stop = threading.Event()
        self.failure: BaseException | None = None  # of a recording
        self.driven: dict[str, Driven] = {}
        self._loop = asyncio.new_event_loop()

    def run(self) -> None:
        """Drive until stopped, also while the database is away."""
        thread = threading.Thread(target=self._turn, name="feeds", daemon=True)
        thread.start()
        try:
            while not self.stop.is_set():
                try:
                    with connect(self.dsn, "feeds") as connection:
                        self._beat_on(connection)
                except (psycopg.Error, PgstrikeError) as error:
                    logger.error("feeds are not noted for now: %s", explain(error))
                    self.stop.wait(RETRY_SECONDS)
        finally:
            for name in list(self.driven):
                self._end(name)
            asyncio.run_coroutine_threadsafe(end_tasks(), self._loop)
            thread.join(END_SECONDS)

    def _turn(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def _beat_on(self, connection: psycopg.Connection) -> None:
        while True:
            self.beat(connection)
            if self.stop.wait(self.pace.beat):
                break
        if self.outside.is_played:
            self._switch(connection, is_on=False)
        connection.close()

    def _switch(self, connection: psycopg.Connection, *, is_on: bool) -> None:
        for name in self.names or ():
            connection.execute(query("switch_feed"), {"name": name, "is_on": is_on})

    def _claim(self, connection: psycopg.Connection) -> None:
        """Take what is free. A feed whose recording is played is on meanwhile, for us."""
        asked = {"names": self.names, "host": socket.gethostname()}
        with connection.transaction():
            if self.outside.is_played and not self.driven:
                self._switch(connection, is_on=True)
            connection.execute(query("claim_feeds"), asked)

    def _look_at_ends(self) -> None:
        """Stop once all recordings are over, or one cannot be stored."""
        ended = [each.task for each in self.driven.values() if each.task.done()]
        for task in ended:
            self.failure = self.failure or task.exception()
        if self.driven and (self.failure or len(ended) == len(self.driven)):
            self.stop.set()

    def beat(self, connection: psycopg.Connection) -> None:
        """Note how the feeds stand, and take over what is asked of them."""
        if self.outside.is_played:
            self._look_at_ends()
        for driven in self.driven.values():
            self._note(connection, driven)
        self._claim(connection)
        for symbol in sorted({s for d in self.driven.values() for s in d.row.symbols}):
            connection.execute(query("choose_source"), {"symbol": symbol})
        with connection.cursor(row_factory=class_row(Row)) as cursor:
            rows = {
                row.name: row
                for row in cursor.execute(query("driven_feeds")).fetchall()
            }
        for name, driven in [*self.driven.items()]:
            if name in rows and rows[name].goes_on(driven.row):
                driven.storing.attempt = rows[name].attempt
                self.driven[name] = driven._replace(row=rows[name])
            else:
                self._end(name)
        for row in rows.values():
            if row.name not in self.driven:
                self._begin(row)
            connected = self.driven[row.name].connection
            calendar = Calendar(row.is_open, row.listing_day)
            self._call(connected.beaten, calendar, row.in_charge, row.aliases)

    def _note(self, connection: psycopg.Connection, driven: Driven) -> None:
        said, symbols, contracts = self._call(partial(standing, driven.connection))
        try:
            if contracts:
                with LOADING:
                    from pgstrike.jobs.live.terms import add_terms

                add_terms(connection, driven.row.name, contracts)
            connection.execute(
                query("note_feed"),
                {
                    "name": driven.row.name,
                    "attempt": driven.row.attempt,
                    "said": json.dumps(said),
                    "symbols": json.dumps(symbols),
                },
            )
        except Exception:
            self._call(driven.connection.untold, said, bool(contracts))
            raise

    def _begin(self, row: Row) -> None:
        # Here: these take long to load, and most processes drive no feed.
        with LOADING:
            from pgstrike.jobs.live.connection import Connection
            from pgstrike.jobs.live.plugin import Asked
            from pgstrike.jobs.live.storing import Storing
        asked = Asked(
            row.name,
            row.symbols,
            row.options,
            self.outside.secret,
            partial(positions_of, self.dsn, row.name),
        )
        calendar = Calendar(row.is_open, row.listing_day)
        connection = self._call(
            Connection, row.kind, asked, calendar, self.outside, self.pace
        )
        self._call(connection.beaten, calendar, row.in_charge, row.aliases)
        task = asyncio.run_coroutine_threadsafe(connection.run(), self._loop)
        storing = Storing(self.dsn, self.settings, connection, row.attempt, self._loop)
        self.driven[row.name] = Driven(row, connection, task, storing)
        logger.info("feed %s: driven by this process", row.name)

    def _end(self, name: str) -> None:
        driven = self.driven.pop(name)
        driven.task.cancel()
        driven.storing.close()
        logger.info("feed %s: no longer driven by this process", name)

    def _call(self, act: Callable[..., Result], *arguments: Any) -> Result:
        """Do something on the loop, whose connections and books are."""

        async def acted() -> Result:
            return act(*arguments)

        return asyncio.run_coroutine_threadsafe(acted(), self._loop).result()


async def end_tasks() -> None:
    """Cancel all tasks of the loop, let them end, and stop it."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    asyncio.get_running_loop().stop()


def standing(
    connection: "Connection",
) -> tuple[dict[str, Any], list[dict[str, Any]], Sequence[Any]]:
    """How it stands, also with its symbols, and contracts that the database lacks."""
    contracts = () if connection.knows_contracts else connection.contracts
    connection.knows_contracts = True
    return connection.told(), connection.symbols_told(), contracts


@contextmanager
def feeding(
    dsn: str,
    settings: JobsSettings,
    outside: Outside,
    pace: Pace,
    names: Sequence[str] | None = None,
) -> Iterator[FeedRunner]:
    """Feeds, as long as the context."""
    runner = FeedRunner(dsn, settings, outside, pace, names)
    thread = threading.Thread(target=runner.run, name="feed beats", daemon=True)
    thread.start()
    try:
        yield runner
    finally:
        runner.stop.set()
        thread.join(END_SECONDS)


def drive(
    dsn: str,
    settings: JobsSettings,
    outside: Outside,
    pace: Pace,
    names: Sequence[str] | None = None,
) -> None:
    """Drive feeds until a signal ends it, or recordings are over.

    NotPlayedError where one could not be stored whole.
    """
    runner = FeedRunner(dsn, settings, outside, pace, names)
    for number in ending_signals():
        signal.signal(number, lambda *_: runner.stop.set())
    runner.run()
    if runner.failure:
        raise runner.failure
