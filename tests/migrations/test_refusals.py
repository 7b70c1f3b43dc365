"""What `pgstrike upgrade` refuses: in one line that says what to do, untouched."""

import re
from collections.abc import Iterator

import psycopg
import pytest

import pgstrike.db.install.engine
from pgstrike.db.embedded.server import Server
from pgstrike.db.errors import DatabaseError
from tests.conftest import NUMBERS, Cluster
from tests.support.catalog import fingerprint, fingerprint_of
from tests.support.engines import WANTED, alembic, clone, make_server, running

pytestmark = pytest.mark.second_later

SECRET = "correct-horse"


@pytest.fixture
def empty(cluster: Cluster) -> Iterator[str]:
    """A database in which nothing is."""
    with clone(cluster.server, "template0", f"test_{next(NUMBERS)}") as own:
        yield own


@pytest.fixture
def timescaledb(cluster: Cluster) -> Iterator[Server]:
    """A stopped server of TimescaleDB's binaries, with other settings than usual."""
    server = make_server("timescaledb")
    if server is None:
        pytest.skip(f"engine timescaledb is not here: {WANTED}")
    yield server


def refusal(dsn: str, *arguments: str, **environ: str) -> str:
    """The one line that a command says before it fails, without our name."""
    done = alembic(dsn, *(arguments or ("upgrade", "head")), **environ)
    assert done.returncode == 1
    assert done.stdout == ""
    # The engine is said first, where the database could be asked.
    said = [line for line in done.stderr.splitlines() if " engine: " not in line]
    assert len(said) == 1, done.stderr
    assert said[0].startswith("pgstrike: ")
    return said[0].removeprefix("pgstrike: ")


@pytest.mark.parametrize(
    "dsn",
    [
        f"host=/nowhere dbname=market password={SECRET}",
        f"postgresql://trader:{SECRET}@127.0.0.1:1/market",
    ],
)
def test_unreachable_database_is_named_without_its_password(dsn: str) -> None:
    """Errors end in logs."""
    said = refusal(dsn)
    assert said.startswith("cannot reach the database market on ")
    assert said.endswith("; check PGSTRIKE_DSN")
    assert SECRET not in said


@pytest.mark.parametrize("dsn", ["nonsense", "host=/tmp no_such_option=1"])
def test_dsn_that_is_none_is_refused(dsn: str) -> None:
    """With the form that one has."""
    said = refusal(dsn)
    assert said.startswith("PGSTRIKE_DSN is no connection string (")
    assert said.endswith("; set it to postgresql://user@host:port/database")


def test_missing_database_is_named(cluster: Cluster) -> None:
    """The server answers, and what it says is passed on."""
    said = refusal(cluster.server.dsn("no_such"))
    assert 'database "no_such" does not exist' in said


@pytest.mark.parametrize(
    "command", [("upgrade", "head"), ("downgrade", "base"), ("current",)]
)
def test_newer_revision_is_left_alone(
    dsn: str, connection: psycopg.Connection, command: tuple[str, ...]
) -> None:
    """Whatever is asked of it."""
    connection.execute("UPDATE public.alembic_version SET version_num = '9999'")
    before = fingerprint(connection)
    assert refusal(dsn, *command) == (
        "the database is at revision 9999, which this pgstrike does not know; "
        "use the pgstrike that upgraded it, or a newer one"
    )
    assert fingerprint(connection) == before


def test_bad_engine_is_refused(empty: str) -> None:
    """Before the database is asked anything."""
    assert refusal(empty, PGSTRIKE_ENGINE="mysql") == (
        "PGSTRIKE_ENGINE is 'mysql'; set it to postgres or timescaledb, or leave it unset"
    )
    assert fingerprint_of(empty)["schemas"] == ["public"]


@pytest.mark.parametrize("cluster", ["postgres"], indirect=True)
def test_engine_that_is_not_there_is_refused(empty: str) -> None:
    """Asked for, it is not replaced by the other one."""
    assert refusal(empty, PGSTRIKE_ENGINE="timescaledb") == (
        "PGSTRIKE_ENGINE is timescaledb, but the server does not have TimescaleDB"
    )
    assert fingerprint_of(empty)["schemas"] == ["public"]


@pytest.mark.parametrize("cluster", ["timescaledb"], indirect=True)
def test_apache_build_is_refused(timescaledb: Server) -> None:
    """By name, with both ways out; the extension is not left behind."""
    apache = {**timescaledb.settings, "timescaledb.license": "apache"}
    with running(timescaledb._replace(settings=apache)) as server:
        server.create_database("own")
        own = server.dsn("own")
        before = fingerprint_of(own)
        assert refusal(own) == (
            "the server has the Apache build of TimescaleDB, which has no continuous "
            "aggregates; install the Community build of TimescaleDB 2.28 or newer, "
            "or set PGSTRIKE_ENGINE=postgres to do without it"
        )
        assert fingerprint_of(own) == before
        assert (
            alembic(own, "upgrade", "head", PGSTRIKE_ENGINE="postgres").returncode == 0
        )


@pytest.mark.parametrize("cluster", ["timescaledb"], indirect=True)
def test_library_that_is_not_preloaded_is_said(timescaledb: Server) -> None:
    """Refused where TimescaleDB is asked for; else the reason why it is not chosen."""
    settings = {**timescaledb.settings, "shared_preload_libraries": ""}
    settings = {
        name: x for name, x in settings.items() if not name.startswith("timescaledb.")
    }
    reason = "TimescaleDB is not in the server's shared_preload_libraries"
    with running(timescaledb._replace(settings=settings)) as server:
        server.create_database("own")
        said = refusal(server.dsn("own"), PGSTRIKE_ENGINE="timescaledb")
        assert said == f"PGSTRIKE_ENGINE is timescaledb, but {reason}"
        done = alembic(server.dsn("own"), "upgrade", "head")
        assert f"engine: postgres ({reason})" in done.stderr
        assert done.returncode == 0


@pytest.mark.parametrize("cluster", ["timescaledb"], indirect=True)
def test_old_timescaledb_is_refused(
    empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its version, with both ways out; the extension is not left behind."""
    monkeypatch.setattr(pgstrike.db.install.engine, "OLDEST_TIMESCALEDB", (99, 0))
    with psycopg.connect(empty, autocommit=True) as own:
        with pytest.raises(DatabaseError) as refused:
            pgstrike.db.install.engine.choose_engine(own, None)
        assert re.match(
            r"the server's TimescaleDB is 2\.\d+\.\d+, too old; ", str(refused.value)
        )
        assert "PGSTRIKE_ENGINE=postgres" in str(refused.value)
    assert fingerprint_of(empty)["extensions"] == ["plpgsql"]


def test_old_postgres_is_refused(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its version."""
    monkeypatch.setattr(pgstrike.db.install.engine, "OLDEST_POSTGRES", 99)
    with (
        psycopg.connect(empty, autocommit=True) as own,
        pytest.raises(DatabaseError, match=r"is PostgreSQL \d\d; use 99 or newer"),
    ):
        pgstrike.db.install.engine.choose_engine(own, None)


@pytest.mark.parametrize("schema", ["fo", "job", "ops", "analytics", "compat"])
def test_schema_of_somebody_else_is_not_taken(empty: str, schema: str) -> None:
    """A database that was never ours: nothing in it is dropped, and nothing is added."""
    with psycopg.connect(empty, autocommit=True) as own:
        own.execute(f"CREATE SCHEMA {schema} CREATE TABLE theirs (id int)".encode())
    before = fingerprint_of(empty)
    assert refusal(empty) == (
        f'schema "{schema}" already exists; give pgstrike a database of its own'
    )
    assert fingerprint_of(empty) == before


def test_role_that_may_not_is_told_who_may(
    cluster: Cluster, dsn: str, connection: psycopg.Connection
) -> None:
    """The owner; a reader has neither to be one nor to see a traceback."""
    connection.execute("CREATE ROLE reader LOGIN")
    try:
        said = refusal(dsn.replace("user=postgres", "user=reader"))
    finally:
        connection.execute("DROP ROLE reader")
    assert said == (
        f"must be owner of database {connection.info.dbname}; "
        "upgrade as the owner of the database"
    )


def test_busy_database_is_tried_again_later(
    dsn: str, connection: psycopg.Connection
) -> None:
    """A reader in an open transaction holds logic up, is named, and not for long the others."""
    connection.execute("UPDATE job.installation SET logic_hash = 'of an older text'")
    before = fingerprint(connection)
    with connection.transaction():
        connection.execute("SELECT count(*) FROM ops.stale_window")
        said = refusal(dsn)
    assert re.fullmatch(
        rf"the database is in use by pid {connection.info.backend_pid} "
        r"\(role postgres, since [-0-9:+ ]+\); try again when that is over, "
        "or end it with pg_terminate_backend",
        said,
    )
    assert fingerprint(connection) == before


def test_offline_mode_is_refused(empty: str) -> None:
    """Logic is built around the revisions, which no script of theirs would show."""
    said = refusal(empty, "upgrade", "head", "--sql")
    assert said == "there is no --sql mode; run against a database"


def test_stamp_of_what_is_not_there_is_refused(empty: str) -> None:
    """A database that says more than it holds would never be upgraded again."""
    before = fingerprint_of(empty)
    said = refusal(empty, "stamp", "head")
    assert re.search(r"fo\b.* does not exist.*; run `pgstrike upgrade`$", said)
    assert fingerprint_of(empty) == before
