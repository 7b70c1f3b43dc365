"""What a reader's login can hold: no lock of ours, nothing for long, and not the server."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import monotonic

import psycopg
import pytest

import pgstrike.db.lock
from pgstrike.db.connection import connect
from pgstrike.db.lock import REFRESH, Lock, held, holders, upgrade_lock
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_all
from pgstrike.jobs.watch.watchdog import Watchdog
from tests.support.engines import alembic
from tests.support.locks import wait_until_blocked
from tests.support.logins import reader_login
from tests.support.quote_market import add, ladder, open_store, value

Measured = Callable[[str], None]
MakeWatchdog = Callable[[float], Watchdog]
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


@pytest.fixture
def login(connection: psycopg.Connection) -> Iterator[str]:
    """The DSN of a reader."""
    with reader_login(connection) as own:
        yield own


@pytest.fixture
def reader(login: str) -> Iterator[psycopg.Connection]:
    """A reader, logged in."""
    with psycopg.connect(login, autocommit=True) as connection:
        yield connection


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


@pytest.fixture
def store(dsn: str) -> Iterator[Store]:
    """A database with a chain that is not refreshed yet."""
    opened = open_store(dsn)
    with opened.connection:
        add(opened, *ladder("09:20:00", 24_610.0))
        yield opened


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


def grant_back(owner: psycopg.Connection) -> None:
    """As it is where the owner is no superuser: advisory locks are free to all."""
    for name, arguments in (
        ("pg_advisory_lock", "bigint"),
        ("pg_advisory_lock", "integer, integer"),
    ):
        grant = f"GRANT EXECUTE ON FUNCTION {name}({arguments}) TO PUBLIC"
        owner.execute(grant.encode())


def test_numbers_that_were_locks_hold_nothing_up(
    connection: psycopg.Connection, reader: psycopg.Connection, store: Store
) -> None:
    """Refresh and upgrade went by these advisory locks once."""
    grant_back(connection)
    for number in OLD_NUMBERS:
        reader.execute("SELECT pg_advisory_lock(%s)", [number])
    refresh_all(store.connection)
    assert value(connection, "SELECT count(*) FROM fo.latest_snapshot") == 20


def test_flood_of_advisory_locks_is_ended(
    connection: psycopg.Connection,
    reader: psycopg.Connection,
    store: Store,
    watchdog: MakeWatchdog,
    measured: Measured,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It fills the lock table of the whole server; then everything is as it was."""
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
