"""An owner who is no superuser: upgrades, ingests, refreshes, serves, and watches readers."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import psycopg
import pytest
from psycopg import sql

from pgstrike.db.embedded.server import Server
from pgstrike.db.paths import ROOT
from pgstrike.jobs.refresh.refresh import refresh_all
from pgstrike.jobs.watch.watchdog import Watchdog
from tests.support.catalog import fingerprint_of
from tests.support.cli import jobs, key_command
from tests.support.engines import WANTED, alembic, make_server, running
from tests.support.operations import API, OWNER, dsn_of, follow
from tests.support.quote_market import add, ladder, open_store, value

pytestmark = pytest.mark.second_later
# Before 16 who makes a role has it, and CREATEROLE is nearly everything.
OLD = Path("/usr/lib/postgresql/15/bin")
SERVERS = (
    *("postgres", "timescaledb"),
    pytest.param("postgres-15", marks=pytest.mark.long),
)
ROLES = (
    *("pgstrike_reader", "pgstrike_server", "pgstrike_alert"),
    *("desk", API, OWNER, "poor", "maker"),
)


def server_of(name: str) -> Server:
    if name != "postgres-15":
        made = make_server("postgres" if name == "postgres" else "timescaledb")
        if made is None:
            pytest.skip(f"engine {name} is not here: {WANTED}")
        return made
    if not OLD.exists():
        pytest.skip(f"no PostgreSQL 15 in {OLD}")
    embedded = make_server("postgres")
    assert embedded is not None
    return embedded._replace(bin_dir=OLD)


@pytest.fixture(params=SERVERS, scope="module")
def bare(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server of its own: roles are the whole server's."""
    with running(server_of(request.param)) as server:
        yield server


@pytest.fixture
def server(bare: Server) -> Iterator[Server]:
    """The same, without a role of ours before and after."""
    yield bare
    with admin(bare) as connection:
        for name in ("pgstrike", "poor", "maker"):
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(drop.format(sql.Identifier(name)))
        for name in ROLES:
            drop = sql.SQL("DROP ROLE IF EXISTS {}")
            connection.execute(drop.format(sql.Identifier(name)))


@contextmanager
def admin(server: Server, database: str = "postgres") -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.dsn(database), autocommit=True) as connection:
        yield connection


def owned(server: Server, name: str, rights: str = "") -> str:
    """The DSN of an empty database of its own for a new role, which it is called like."""
    with admin(server) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN {rights}".encode())
        connection.execute(f"CREATE DATABASE {name} OWNER {name}".encode())
    return server.dsn(name).replace("user=postgres", f"user={name}")


def use(dsn: str) -> None:
    """Store and refresh, by our functions and by the commands."""
    store = open_store(dsn)
    with store.connection as connection:
        add(store, *ladder("09:20:00", 24_610.0))
        refresh_all(connection)
        assert value(connection, "SELECT count(*) FROM fo.latest_snapshot") == 20
        assert value(connection, "SELECT count(*) FROM analytics.event") > 0
    done = jobs(dsn, "refresh")
    assert done.returncode == 0, done.stderr


def succeed(dsn: str, *arguments: str) -> None:
    done = alembic(dsn, *arguments)
    assert done.returncode == 0, done.stderr


@contextmanager
def serving(dsn: str) -> Iterator[str]:
    """The address of `pgstrike serve` on a database."""
    child = subprocess.Popen(
        [sys.executable, "-m", "pgstrike", "serve", "--insecure"],
        cwd=ROOT,
        env={**os.environ, "PGSTRIKE_DSN": dsn, "PGSTRIKE_API_PORT": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None and child.stderr is not None
    try:
        line = child.stdout.readline()
        assert line, child.stderr.read()
        yield line.split()[-1]
    finally:
        child.terminate()
        child.communicate(timeout=20)


def test_what_an_administrator_is_asked_to_run_is_enough(server: Server) -> None:
    """For an owner who may not make roles; before that the database stays as it was."""
    dsn = owned(server, "poor")
    before = fingerprint_of(dsn)
    done = alembic(dsn, "upgrade", "head")
    said = done.stderr.splitlines()[-1]
    assert done.returncode == 1
    assert "poor may not make the roles of readers; let an administrator run: " in said
    assert fingerprint_of(dsn)["schemas"] == before["schemas"] == ["public"]
    with admin(server) as connection:
        connection.execute(said.partition(" run: ")[2].encode())
    succeed(dsn, "upgrade", "head")
    use(dsn)
    with serving(dsn) as address:
        assert urlopen(f"{address}/health").status == 200


def test_owner_that_may_make_roles_needs_nobody(server: Server) -> None:
    """Up, down without a trace, and up again."""
    dsn = owned(server, "maker", "CREATEROLE")
    nothing = fingerprint_of(dsn)
    succeed(dsn, "upgrade", "head")
    use(dsn)
    with serving(dsn) as address:
        assert urlopen(f"{address}/health").status == 200
    succeed(dsn, "downgrade", "base")
    assert fingerprint_of(dsn) == nothing
    succeed(dsn, "upgrade", "head")


def test_prepared_server_serves_as_the_roles_of_the_containers(
    server: Server, tmp_path: Path
) -> None:
    """What docker/compose.yml runs, by hand; the image has TimescaleDB in template1."""
    with admin(server, "template1") as template:
        available = "SELECT FROM pg_available_extensions WHERE name = 'timescaledb'"
        if has := template.execute(available).rowcount:
            template.execute("SET client_min_messages = 'error'")
            template.execute("CREATE EXTENSION timescaledb")
    follow("Prepare a server", server, tmp_path)
    dsn = dsn_of(server, OWNER)
    succeed(dsn, "upgrade", "head")
    use(dsn)
    with serving(dsn_of(server, API)) as address:
        assert (
            urlopen(f"{address}/fo/metrics/expiry_metrics?symbol=NIFTY").status == 200
        )
    with admin(server) as connection:
        for role in (OWNER, API):
            mighty = "SELECT rolsuper FROM pg_roles WHERE rolname = %s"
            assert value(connection, mighty, role) is False
    if has:
        with admin(server, "template1") as template:
            template.execute("DROP EXTENSION timescaledb")


def test_owner_watches_and_ends_the_logins_it_made(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Without any right on other sessions; of those that others made it says what it lacks."""
    follow("Prepare a server", server, tmp_path)
    dsn = dsn_of(server, OWNER)
    succeed(dsn, "upgrade", "head")
    assert key_command(dsn, "create", "desk").returncode == 0
    made = key_command(dsn, "login", "desk")
    assert made.returncode == 0 and "the user is desk" in made.stderr
    reader = dsn_of(server, "desk")
    with psycopg.connect(reader) as old, watching(dsn, 0) as look:
        old.execute("SELECT count(*) FROM analytics.instrument")
        look()
        ended(old)
    assert caplog.messages[-1].startswith("ended the session of reader desk (pid ")
    with psycopg.connect(reader) as idle:
        assert key_command(dsn, "revoke", "desk").returncode == 0
        ended(idle)
    with admin(server) as connection:
        connection.execute("CREATE ROLE poor LOGIN IN ROLE pgstrike_reader")
    with (
        psycopg.connect(dsn_of(server, "poor")) as others,
        watching(dsn, 0) as look,
    ):
        others.execute("SELECT 1")
        look()
        said = f"{OWNER} may not see or end what reader poor holds"
        assert said in caplog.messages[-1]
        with admin(server) as connection:
            connection.execute(caplog.messages[-1].partition(" run: ")[2].encode())
        look()
        ended(others)


@contextmanager
def watching(dsn: str, seconds: float) -> Iterator[Callable[[], None]]:
    watchdog = Watchdog(dsn, seconds)
    try:
        yield watchdog.look
    finally:
        watchdog.close()


def ended(session: psycopg.Connection) -> None:
    with pytest.raises(psycopg.OperationalError):
        session.execute("SELECT pg_sleep(20)")


def test_login_that_may_not_be_made_says_what_to_run(server: Server) -> None:
    """The key is in force all the same."""
    dsn = owned(server, "poor")
    with admin(server) as connection:
        connection.execute(
            alembic(dsn, "upgrade", "head").stderr.partition(" run: ")[2].encode()
        )
    succeed(dsn, "upgrade", "head")
    assert key_command(dsn, "create", "desk").returncode == 0
    refused = key_command(dsn, "login", "desk")
    assert refused.returncode == 1
    assert "poor may not make logins (permission denied" in refused.stderr
    with admin(server) as connection:
        connection.execute(refused.stderr.partition(" run: ")[2].encode())
    assert key_command(dsn, "login", "desk").returncode == 0


def test_containers_connect_as_the_owner_and_the_api() -> None:
    """But for one that ends before they begin; and no password is in the file."""
    text = (ROOT / "docker" / "compose.yml").read_text()
    assert re.findall(r" user=(\w+)", text) == [OWNER, API, "postgres"]
    [close] = re.findall(r"^  close:\n(?:    .+\n|\n)+", text, flags=re.MULTILINE)
    assert "user=postgres" in close and "restart" not in close
    passwords = re.findall(r"^ *\w*PASSWORD: (.+)$", text, flags=re.MULTILINE)
    assert len(passwords) == 7
    assert all(re.fullmatch(r'"\$\{\w+:\?.+\}"', each) for each in passwords)
