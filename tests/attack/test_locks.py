"""What a reader's login can hold: no lock of ours, nothing for long, and not the server."""

from collections.abc import Callable
from contextlib import suppress

import psycopg
import pytest

import pgstrike.db.lock
from pgstrike.db.connection import connect
from pgstrike.db.lock import REFRESH, Lock, held, holders, upgrade_lock
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.engines import alembic
from tests.support.locks import grant_back
from tests.support.logins import reader_login
from tests.support.quote_market import add, ladder, value

Measured = Callable[[str], None]
Times = Callable[[int, int], int]

MODES = (
    "ACCESS SHARE",
    "ROW SHARE",
    "ROW EXCLUSIVE",
    "SHARE UPDATE EXCLUSIVE",
    "SHARE",
    "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE",
    "ACCESS EXCLUSIVE",
)
OLD_NUMBERS = (5_201_314_711, 5_201_314_712, 7_164_523_190)
HARMFUL = (
    "SELECT pg_advisory_lock(1)",
    "SELECT pg_try_advisory_xact_lock_shared(1, 2)",
    "CREATE TEMPORARY TABLE mine ()",
    "SELECT lo_create(0)",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT pg_logical_emit_message(FALSE, 'x', 'y')",
    "CREATE TABLE public.mine ()",
    "SELECT ops.lock_market('{NIFTY}', 'real', NULL, NULL)",
    "SELECT ops.ensure_partitions()",
)


def is_refused(reader: psycopg.Connection, statement: str) -> bool:
    try:
        with reader.transaction():
            reader.execute(statement.encode())
    except psycopg.errors.InsufficientPrivilege:
        return True
    return False


def relations(owner: psycopg.Connection) -> list[str]:
    """Everything that could be locked in our schemas, partitions and chunks aside."""
    found = owner.execute(
        "SELECT relnamespace::regnamespace || '.' || quote_ident(relname) FROM pg_class"
        " WHERE relkind IN ('r', 'p', 'v', 'm') AND NOT relispartition"
        " AND relnamespace::regnamespace::text IN ('fo', 'job', 'ops', 'analytics')"
    )
    return [row[0] for row in found]


def test_no_relation_is_locked_by_more_than_a_look(
    connection: psycopg.Connection, reader: psycopg.Connection, measured: Measured
) -> None:
    """A reader looks at views; nothing of ours that waits is held up by a look."""
    tried = locked = 0
    for relation in relations(connection):
        for mode in MODES:
            tried += 1
            if not is_refused(reader, f"LOCK TABLE {relation} IN {mode} MODE"):
                locked += 1
                assert mode == "ACCESS SHARE", relation
                assert not relation.startswith(("job.", "fo.")), relation
        for strength in ("UPDATE", "NO KEY UPDATE", "SHARE", "KEY SHARE"):
            tried += 1
            assert is_refused(reader, f"SELECT FROM {relation} FOR {strength}")
    assert REFRESH.view in relations(connection)
    measured(f"locks: {tried} tried by a reader, {locked} taken, all to look at a view")


@pytest.mark.parametrize("statement", HARMFUL)
def test_what_holds_others_up_is_refused(
    reader: psycopg.Connection, statement: str
) -> None:
    """The tests' server was upgraded by a superuser, who may."""
    assert is_refused(reader, statement)


@pytest.mark.parametrize("cluster", ["timescaledb"], indirect=True)
def test_no_job_of_a_reader_outlives_its_session(reader: psycopg.Connection) -> None:
    """TimescaleDB would run it as the reader, every second, for ever."""
    policy = "_timescaledb_functions.policy_refresh_continuous_aggregate"
    assert is_refused(reader, f"SELECT public.add_job('{policy}', '1 second')")


def test_lock_is_held_without_a_snapshot(
    dsn: str, connection: psycopg.Connection
) -> None:
    """So vacuum does not wait for a refresh that takes long."""
    with connect(dsn, "lock") as holder, held(holder, REFRESH) as mine:
        assert mine
        holder.execute("SELECT 1")
        state = connection.execute(
            "SELECT state, backend_xid, backend_xmin FROM pg_stat_activity WHERE pid = %s",
            [holder.info.backend_pid],
        ).fetchall()
        assert state == [("idle in transaction", None, None)]


def test_lock_outlives_timeouts_of_its_role(dsn: str) -> None:
    with connect(dsn, "lock") as holder, connect(dsn, "other") as other:
        timeouts = ["idle_in_transaction_session_timeout", "statement_timeout"]
        if holder.info.server_version >= 170000:
            timeouts.append("transaction_timeout")
        for timeout in timeouts:
            holder.execute(f"SET {timeout} = '500ms'".encode())
        with held(holder, REFRESH) as mine, held(other, REFRESH, seconds=1) as theirs:
            assert (mine, theirs) == (True, False)
            assert value(holder, "SELECT 1") == 1
        with held(other, REFRESH, seconds=0) as theirs:
            assert theirs


@pytest.mark.parametrize("lock", [REFRESH, None])
def test_who_holds_a_lock_is_said(
    dsn: str,
    connection: psycopg.Connection,
    lock: Lock | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By whoever waits for it, with all that is needed to find and end the holder."""
    monkeypatch.setattr(pgstrike.db.lock, "QUIET_SECONDS", 0.05)
    lock = lock or upgrade_lock(connection.info.dbname)
    said: list[str] = []
    with connect(dsn, "test") as first, connect(dsn, "second") as second:
        with (
            held(first, lock) as mine,
            held(second, lock, seconds=0.2, say=said.append) as theirs,
        ):
            assert (mine, theirs) == (True, False)
            named = (
                f"pid {first.info.backend_pid} (role postgres, pgstrike test, since 2"
            )
            assert holders(second, lock).startswith(named)
        assert said and all(named in line for line in said)
        with held(second, lock, seconds=0) as theirs:
            assert theirs  # it ended with the first one's transaction


def test_lock_ends_with_its_session(dsn: str, connection: psycopg.Connection) -> None:
    end = "SELECT pg_terminate_backend(%s, 20000)"
    with connect(dsn, "lock") as holder, held(holder, REFRESH):
        assert value(connection, end, holder.info.backend_pid)
        with held(connection, REFRESH, seconds=0) as mine:
            assert mine


def test_upgrade_does_not_wait_for_a_reader(
    dsn: str, connection: psycopg.Connection, reader: psycopg.Connection
) -> None:
    """Nobody but the owner keeps what an upgrade locks, or can lock it for long."""
    reader.execute("BEGIN")
    with pytest.raises(psycopg.errors.InsufficientPrivilege), reader.transaction():
        reader.execute(upgrade_lock(connection.info.dbname).statement)
    reader.execute("SELECT count(*) FROM analytics.instrument")
    done = alembic(dsn, "upgrade", "head")
    assert (done.returncode, "nothing to do" in done.stderr) == (0, True), done.stderr


def test_numbers_that_were_locks_hold_nothing_up(
    connection: psycopg.Connection, reader: psycopg.Connection, store: Store
) -> None:
    """Refresh and upgrade went by these advisory locks once."""
    add(store, *ladder("09:20:00", 24_610.0))
    grant_back(connection)
    for number in OLD_NUMBERS:
        reader.execute("SELECT pg_advisory_lock(%s)", [number])
    refresh_all(store.connection)
    assert value(connection, "SELECT count(*) FROM fo.latest_snapshot") == 20


def test_login_has_as_many_connections_as_were_given(
    connection: psycopg.Connection, times: Times, measured: Measured
) -> None:
    """However many it asks for."""
    tried = times(10, 91)
    opened: list[psycopg.Connection] = []
    with reader_login(connection, connections=3) as login:
        for _ in range(tried):
            with suppress(psycopg.OperationalError):
                opened.append(psycopg.connect(login))
        for each in opened:
            each.close()
    assert len(opened) == 3
    measured(
        f"locks: {tried} connections tried with a login of 3, {len(opened)} opened"
    )
