"""The workers of one `pgstrike run`: a bounded number of tasks at once.

Twice a second, and whenever a task is asked for or cancelled, the database is asked what is
free: what nobody has begun, and what a session worked on that is gone. A process that was
stopped loses all its sessions (jobs/schedule/process.py).
"""

import contextlib
import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import psycopg
from psycopg import sql

from pgstrike.db.answers import number
from pgstrike.db.connection import connect
from pgstrike.db.errors import PgstrikeError, explain
from pgstrike.db.queries import query
from pgstrike.jobs.settings import JobsSettings
from pgstrike.jobs.tasks.kind import Kind
from pgstrike.jobs.tasks.kinds import kinds_of
from pgstrike.jobs.tasks.work import Work
from pgstrike.jobs.tasks.worker import work_once

logger = logging.getLogger(__name__)

FindKinds = Callable[[psycopg.Connection, JobsSettings], Mapping[str, Kind]]

LOOK_SECONDS = 0.5
PRUNE_LOOKS = 120
RETRY_SECONDS = 1.0
END_SECONDS = 10.0  # that the workers have to end with the process


class WorkerPool:
    """Starts workers as tasks are free, up to settings.max_tasks."""

    def __init__(self, dsn: str, settings: JobsSettings, find_kinds: FindKinds) -> None:
        self.dsn = dsn
        self.settings = settings
        self.find_kinds = find_kinds
        self.kinds: Mapping[str, Kind] = {}
        self.stop = threading.Event()
        self.lock = threading.Lock()
        self.works: dict[threading.Thread, Work | None] = {}

    def run(self) -> None:
        """Serve until stopped, also after the server has been away."""
        while not self.stop.is_set():
            try:
                with connect(self.dsn, "tasks") as connection:
                    self._prepare(connection)
                    self._serve(connection)
            except (psycopg.Error, PgstrikeError) as error:
                logger.error("tasks wait, and are tried again: %s", explain(error))
                self.stop.wait(RETRY_SECONDS)

    def close(self) -> None:
        """Have the workers end: what they have not done is free for others."""
        self.stop.set()
        with self.lock:
            works = dict(self.works)
        for work in filter(None, works.values()):
            with contextlib.suppress(psycopg.Error):
                work.stop()
        for thread in works:
            thread.join(END_SECONDS)

    def _prepare(self, connection: psycopg.Connection) -> None:
        self.kinds = self.find_kinds(connection, self.settings)
        self._note_kinds(connection)
        row = connection.execute(query("task_channel")).fetchone()
        assert row is not None
        connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(row[0])))

    def _note_kinds(self, connection: psycopg.Connection) -> None:
        """Note all kinds at once, so that a client that sees one can ask for each."""
        with connection.transaction():
            # In one order: two processes that start together must not wait for each other.
            for name, kind in sorted(self.kinds.items()):
                said = [
                    name,
                    kind.about,
                    json.dumps(kind.schema()),
                    kind.is_for_readers,
                ]
                connection.execute(query("note_kind"), said)

    def _serve(self, connection: psycopg.Connection) -> None:
        looks = 0
        while not self.stop.is_set():
            if looks % PRUNE_LOOKS == 0:
                connection.execute(query("prune_tasks"))
            looks += 1
            free = number(connection, "look_for_tasks", [list(self.kinds)])
            for _ in range(min(free, self.settings.max_tasks - len(self.works))):
                self._start()
            for _ in connection.notifies(timeout=LOOK_SECONDS, stop_after=1):
                pass

    def _start(self) -> None:
        thread = threading.Thread(target=self._work, name="task", daemon=True)
        with self.lock:
            self.works[thread] = None
        thread.start()

    def _work(self) -> None:
        """Do tasks one after the other, until none is free."""
        own = threading.current_thread()
        began = partial(self._began, own)
        try:
            while not self.stop.is_set() and work_once(
                self.dsn, self.settings, self.kinds, began
            ):
                with self.lock:
                    self.works[own] = None
        except psycopg.Error as error:
            logger.warning("a worker ended: %s", explain(error))
        finally:
            with self.lock:
                del self.works[own]

    def _began(self, thread: threading.Thread, work: Work) -> None:
        with self.lock:
            self.works[thread] = work
        if self.stop.is_set():  # it was, before `close` could see the work
            work.stops.set()


@contextlib.contextmanager
def working(
    dsn: str, settings: JobsSettings, find_kinds: FindKinds = kinds_of
) -> Iterator[WorkerPool]:
    """Workers, as long as the context."""
    pool = WorkerPool(dsn, settings, find_kinds)
    thread = threading.Thread(target=pool.run, name="tasks", daemon=True)
    thread.start()
    try:
        yield pool
    finally:
        pool.close()
        thread.join(END_SECONDS)
