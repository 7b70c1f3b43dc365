"""Lines that came over HTTP: stored, each request's in one transaction with its answer.

The api notes them (POST /v1/ingest), and any `pgstrike run` takes them. A session that ends
before its commit has stored nothing, and another one takes the lines.
"""

import contextlib
import logging
import threading
from collections.abc import Iterator
from typing import NamedTuple

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from pgstrike.db.connection import connect
from pgstrike.db.errors import PgstrikeError, explain
from pgstrike.db.queries import query
from pgstrike.jobs.loading import LOADING
from pgstrike.jobs.settings import JobsSettings

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5  # also where no notification comes
PRUNE_LOOKS = 120
RETRY_SECONDS = 1.0
END_SECONDS = 10.0


class Incoming(NamedTuple):
    """A row of sql/queries/take_incoming.sql; symbols None: every one may be ingested."""

    id: int
    symbols: list[str] | None
    lines: bytes
    attempt: int


class Intake:
    """Stores what comes, one request after the other."""

    def __init__(self, dsn: str, settings: JobsSettings) -> None:
        self.dsn = dsn
        self.settings = settings
        self.stop = threading.Event()

    def run(self) -> None:
        """Until stopped, also after the server has been away."""
        while not self.stop.is_set():
            try:
                with connect(self.dsn, "incoming") as connection:
                    self._serve(connection)
            except (psycopg.Error, PgstrikeError) as error:
                logger.error("incoming lines wait: %s", explain(error))
                self.stop.wait(RETRY_SECONDS)

    def _serve(self, connection: psycopg.Connection) -> None:
        row = connection.execute(query("incoming_channel")).fetchone()
        assert row is not None
        connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(row[0])))
        store, looks = None, 0
        while not self.stop.is_set():
            if looks % PRUNE_LOOKS == 0:
                connection.execute(query("prune_incoming"))
            looks += 1
            while not self.stop.is_set() and (found := take(connection)):
                # Here: NumPy and SciPy take long to load, and most processes get no line.
                with LOADING:
                    from pgstrike.jobs.live.storing_lines import serve_one, store_of
                store = store or store_of(connection, self.settings)
                serve_one(store, found, ignores_iv=self.settings.fed_iv == "ignore")
            for _ in connection.notifies(timeout=LOOK_SECONDS, stop_after=1):
                pass


def take(connection: psycopg.Connection) -> Incoming | None:
    with connection.cursor(row_factory=class_row(Incoming)) as cursor:
        return cursor.execute(query("take_incoming")).fetchone()


@contextlib.contextmanager
def taking(dsn: str, settings: JobsSettings) -> Iterator[None]:
    """Take what comes, as long as the context."""
    intake = Intake(dsn, settings)
    thread = threading.Thread(target=intake.run, name="incoming", daemon=True)
    thread.start()
    try:
        yield
    finally:
        intake.stop.set()
        thread.join(END_SECONDS)
