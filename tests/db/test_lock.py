"""db.lock: waiting for a lock in time, and who is named meanwhile.

tests/attack/test_locks.py tries what readers and timeouts could do to them.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

import pgstrike.db.lock
from pgstrike.db.connection import connect
from pgstrike.db.lock import REFRESH, held, upgrade_lock

RESCUE_SECONDS = 20  # a wait without an end becomes a failure


@pytest.fixture
def other(dsn: str) -> Iterator[psycopg.Connection]:
    with connect(dsn, "other") as connection:
        yield connection


@contextmanager
def taken(dsn: str) -> Iterator[psycopg.Connection]:
    """The refresh lock, held by a session that is ended where a wait for it does not end."""

    def rescue() -> None:
        with psycopg.connect(dsn) as own:
            own.execute("SELECT pg_terminate_backend(%s)", [holder.info.backend_pid])

    with connect(dsn, "holder") as holder:
        timer = threading.Timer(RESCUE_SECONDS, rescue)
        try:
            with held(holder, REFRESH) as mine:
                assert mine
                timer.start()
                yield holder
        finally:
            timer.cancel()


@pytest.mark.parametrize("seconds", [0, 0.0001, 0.3])
def test_lock_that_stays_taken_is_not_had(
    dsn: str,
    other: psycopg.Connection,
    seconds: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In time, also where that is less than what a holder is given before it is named."""
    monkeypatch.setattr(pgstrike.db.lock, "QUIET_SECONDS", 1000.0)
    with taken(dsn), held(other, REFRESH, seconds=seconds) as mine:
        assert not mine
    with held(other, REFRESH, seconds=0) as mine:
        assert mine


def test_lock_is_had_once_it_is_free(dsn: str, other: psycopg.Connection) -> None:
    said = threading.Event()
    free = threading.Event()

    def hold() -> None:
        with taken(dsn):
            free.wait(RESCUE_SECONDS)

    holding = threading.Thread(target=hold)
    holding.start()
    try:
        with connect(dsn, "test") as looker:
            held_by = (
                "SELECT FROM pg_locks WHERE relation = 'job.refresh_lock'::regclass"
            )
            while not looker.execute(held_by.encode()).rowcount:
                pass
        threading.Timer(0.2, free.set).start()
        with held(other, REFRESH, say=lambda line: said.set()) as mine:
            assert mine and free.is_set()
        assert not said.is_set()  # it was only busy
    finally:
        free.set()
        holding.join()


def test_holder_is_named_after_a_while_and_then_now_and_then(
    dsn: str, other: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pgstrike.db.lock, "QUIET_SECONDS", 0.1)
    said: list[str] = []
    with (
        taken(dsn) as holder,
        held(other, REFRESH, seconds=0.6, say=said.append) as mine,
    ):
        assert not mine
        holds = f"held by pid {holder.info.backend_pid} (role "
    [line] = said
    assert line.startswith(f"waiting for the refresh lock, {holds}")


def test_lock_of_an_upgrade_changes_no_comment(
    connection: psycopg.Connection, other: psycopg.Connection
) -> None:
    name = connection.info.dbname
    connection.execute(f"COMMENT ON DATABASE {name} IS 'said'".encode())
    with held(other, upgrade_lock(name)) as mine:
        assert mine
    comment = (
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
        " WHERE datname = current_database()"
    )
    assert connection.execute(comment.encode()).fetchone() == ("said",)


def test_session_is_as_it_was_once_a_lock_was_held(other: psycopg.Connection) -> None:
    """While it is held no timeout of the session ends it."""
    show = "SELECT current_setting('idle_in_transaction_session_timeout')"
    other.execute("SET idle_in_transaction_session_timeout = '90s'")
    with held(other, REFRESH):
        assert other.execute(show.encode()).fetchone() == ("0",)
    assert other.execute(show.encode()).fetchone() == ("90s",)
