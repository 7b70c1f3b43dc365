"""The watchdog ends readers that hold too much, for too long, or in the way of an upgrade."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import monotonic

import psycopg
import pytest

from pgstrike.db.connection import connect
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_all
from pgstrike.jobs.watch.watchdog import Watchdog
from tests.support.locks import grant_back, wait_until_blocked
from tests.support.logins import reader_login
from tests.support.quote_market import add, ladder, value

Measured = Callable[[str], None]
MakeWatchdog = Callable[[float], Watchdog]


@pytest.fixture
def watchdog(dsn: str) -> Iterator[Callable[[float], Watchdog]]:
    """A watchdog that ends transactions older than so many seconds."""
    made: list[Watchdog] = []

    def make(seconds: float) -> Watchdog:
        made.append(Watchdog(dsn, seconds))
        made[-1].look()
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_flood_of_advisory_locks_is_ended(
    connection: psycopg.Connection,
    reader: psycopg.Connection,
    store: Store,
    watchdog: MakeWatchdog,
    measured: Measured,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It fills the lock table of the whole server; then everything is as it was."""
    add(store, *ladder("09:20:00", 24_610.0))
    grant_back(connection)
    count, before = 1_000_000, watchdog(60)
    with suppress(psycopg.errors.OutOfMemory):
        # Locks of a session outlive the statement that could not have more of them.
        reader.execute(
            "SELECT pg_advisory_lock(1, n) FROM generate_series(1, %s) AS n", [count]
        )
    taken = value(
        connection, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
    )
    assert taken > 1000
    with pytest.raises(psycopg.OperationalError, match="out of shared memory"):
        psycopg.connect(connection.info.dsn)
    began = monotonic()
    with caplog.at_level(logging.WARNING):
        before.look()
    assert f"ended the session of reader {reader.info.user} (pid" in caplog.text
    assert " locks" in caplog.text
    wait_for_end(reader)
    refresh_all(store.connection)
    measured(
        f"locks: {taken:,} advisory locks of one reader; once seen they were gone, and all"
        f" was refreshed, in {monotonic() - began:.1f} s"
    )


def wait_for_end(reader: psycopg.Connection) -> None:
    """Until the server has ended a session."""
    with pytest.raises(psycopg.OperationalError):
        reader.execute("SELECT pg_sleep(20)")


def test_old_transaction_of_a_reader_is_ended(
    connection: psycopg.Connection,
    login: str,
    reader: psycopg.Connection,
    watchdog: MakeWatchdog,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Idle or busy, whatever timeouts it set; a session without one stays."""
    reader.execute("SET statement_timeout = 0")
    reader.execute("SET idle_in_transaction_session_timeout = 0")
    reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    reader.execute("SELECT count(*) FROM analytics.event")
    with psycopg.connect(login, autocommit=True) as quiet:
        watchdog(3600)
        assert value(reader, "SELECT 1") == 1
        pid = reader.info.backend_pid
        with caplog.at_level(logging.WARNING):
            watchdog(0)
        wait_for_end(reader)
        assert value(quiet, "SELECT 1") == 1
    [line] = caplog.messages
    assert f"reader {reader.info.user} (pid {pid}, " in line
    assert "its transaction is 0 s old" in line


def test_transactions_of_the_product_are_never_ended(
    dsn: str, connection: psycopg.Connection, watchdog: MakeWatchdog
) -> None:
    """A superuser's, the owner's who may watch a login, and those of the api's logins."""
    name = connection.info.dbname
    roles = [f"owner_of_{name}", f"server_of_{name}"]
    connection.execute(f"CREATE ROLE {roles[0]} LOGIN".encode())
    connection.execute(f"CREATE ROLE {roles[1]} LOGIN IN ROLE pgstrike_server".encode())
    connection.execute(f"ALTER DATABASE {name} OWNER TO {roles[0]}".encode())
    try:
        with (
            reader_login(connection),
            psycopg.connect(dsn) as superuser,
            psycopg.connect(dsn, user=roles[0]) as owner,
            psycopg.connect(dsn, user=roles[1]) as server,
        ):
            sessions = (superuser, owner, server)
            for session in sessions:
                session.execute("SELECT 1")
            watchdog(0)
            assert [value(session, "SELECT 2") for session in sessions] == [2, 2, 2]
    finally:
        connection.execute(f"ALTER DATABASE {name} OWNER TO postgres".encode())
        for role in roles:
            connection.execute(f"DROP ROLE {role}".encode())


def test_reader_that_blocks_an_upgrade_is_ended(
    dsn: str,
    connection: psycopg.Connection,
    reader: psycopg.Connection,
    watchdog: MakeWatchdog,
) -> None:
    """However young its transaction is."""
    reader.execute("BEGIN")
    reader.execute("LOCK TABLE analytics.event IN ACCESS SHARE MODE")
    with connect(dsn, "upgrade") as owner, ThreadPoolExecutor() as threads:
        exclusive = "BEGIN; LOCK TABLE analytics.event IN ACCESS EXCLUSIVE MODE"
        waiting = threads.submit(owner.execute, exclusive.encode())
        wait_until_blocked(connection, owner, waiting)
        patient = watchdog(3600)
        while not waiting.done():
            patient.look()
        waiting.result()
    wait_for_end(reader)
