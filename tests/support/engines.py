"""The servers that the tests run on: the embedded one, and TimescaleDB where it is."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from time import monotonic, sleep

import psycopg
from psycopg import sql

from pgstrike.db.embedded.guard import Order, ensure_guard
from pgstrike.db.embedded.server import Server, embedded_server
from pgstrike.db.embedded.throwaway import Claim, claim_folder
from pgstrike.db.install.render import Engine
from tests.support.warm import run_warm

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
TIMESCALEDB = {
    "shared_preload_libraries": "timescaledb",
    "timescaledb.telemetry_level": "off",
    "max_worker_processes": "16",
    # DROP DATABASE waits for the launcher, which now and then sleeps for so many ms first.
    "timescaledb.bgw_launcher_poll_time": "1000",
}
# On many a disk a database takes most of its time to make its 900 files.
MEMORY, DISK = "/dev/shm", "/var/tmp"  # every user can reach both
ROOM_BYTES = 4_000_000_000
DROP_SECONDS = 5.0  # so long PostgreSQL itself waits for sessions to end
GUARD = Order(starts=False, removes=True, mode="immediate")
CLAIMS: dict[Path, Claim] = {}
OWNERS: dict[str, psycopg.Connection] = {}
WANTED = "a PostgreSQL 16+ whose pkglibdir holds timescaledb-tsl-*.so"


@cache
def timescaledb_bin() -> Path | None:
    """The binaries of a local server that has TimescaleDB's Community build."""
    named = os.environ.get("PGSTRIKE_TEST_PG_CONFIG")
    candidates = [
        *([Path(named)] if named else []),
        *(Path(found) for found in [shutil.which("pg_config")] if found),
        *sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_config"), reverse=True),
        Path("/usr/local/pgsql/bin/pg_config"),
    ]
    for candidate in candidates:
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            if next(
                Path(ask(candidate, "--pkglibdir")).glob("timescaledb-tsl-*.so"), None
            ):
                return Path(ask(candidate, "--bindir"))
    return None


def ask(pg_config: Path, what: str) -> str:
    done = subprocess.run([pg_config, what], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def make_server(engine: Engine, speed: Mapping[str, str] = FAST) -> Server | None:
    """A throw-away server of the engine, not yet started; None where it is not to be had.

    It loses commits when it crashes, unless `speed` is {}.
    """
    if engine == "timescaledb" and timescaledb_bin() is None:
        return None
    base = claimed(place(speed), f"pgstrike-test-{engine}-")
    return server_in(base, engine, speed)


def server_in(
    base: Path, engine: Engine, speed: Mapping[str, str] = FAST
) -> Server | None:
    """A server of the engine in a folder; None where it is not to be had."""
    if engine == "postgres":
        return embedded_server(base)._replace(settings=speed)
    bin_dir = timescaledb_bin()
    return bin_dir and Server(bin_dir, base, {**speed, **TIMESCALEDB})


def claimed(parent: str, prefix: str) -> Path:
    """A new folder, which another process takes for no leftover while this one lives."""
    claim = claim_folder(Path(parent), prefix)
    CLAIMS[claim.base] = claim
    return claim.base


def place(speed: Mapping[str, str]) -> str:
    """A folder in memory, if there is room: nothing in it needs to last."""
    if speed:
        with contextlib.suppress(OSError):
            if shutil.disk_usage(MEMORY).free > ROOM_BYTES:
                return MEMORY
    return DISK


@contextlib.contextmanager
def running(server: Server) -> Iterator[Server]:
    """The server, running; nothing is left of it afterwards, nor of a killed test run."""
    try:
        server.make()
        ensure_guard(server, GUARD)
        server.launch()
        yield server
    finally:
        if owner := OWNERS.pop(server.dsn("postgres"), None):
            owner.close()
        server.remove()
        if claim := CLAIMS.pop(server.base, None):
            claim.give_up()  # its guard goes as well


def alembic(
    dsn: str, *arguments: str, **environ: str
) -> "subprocess.CompletedProcess[str]":
    """Run alembic as a user would."""
    settings = {**os.environ, "PGSTRIKE_DSN": dsn, **environ}
    return run_warm("alembic.config:main", arguments, settings)


def venv_path() -> str:
    return f"{Path(sys.executable).parent}:{os.environ['PATH']}"


def make_template(server: Server, name: str = "built") -> str:
    """A database that `pgstrike upgrade` built, closed to everybody."""
    server.create_database(name)
    built = alembic(server.dsn(name), "upgrade", "head")
    assert built.returncode == 0, built.stderr
    close(server, name)
    return name


def close(server: Server, name: str) -> None:
    """Let nobody enter a database, so that it can be cloned."""
    with psycopg.connect(server.dsn(name), autocommit=True) as connection:
        # TimescaleDB's scheduler connects to every database, and a busy one is not cloned.
        connection.execute(
            "DO $$ BEGIN IF EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')"
            " THEN PERFORM _timescaledb_functions.stop_background_workers(); END IF; END $$"
        )
    owner = owner_of(server)
    owner.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
    empty(owner, name)  # a scheduler may have been started again meanwhile


@contextlib.contextmanager
def closed(server: Server, name: str) -> Iterator[None]:
    """A database that nobody enters meanwhile."""
    close(server, name)
    try:
        yield
    finally:
        allow = f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"
        owner_of(server).execute(allow.encode())


@contextlib.contextmanager
def stocked(
    server: Server,
    template: str,
    name: str,
    stock: Callable[[psycopg.Connection], None],
) -> Iterator[str]:
    """A template of its own, in which something is stored once for many tests."""
    with clone(server, template, name) as dsn:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("SET timezone = 'UTC'")
            stock(connection)
        close(server, name)
        yield name


@contextlib.contextmanager
def clone(server: Server, template: str, name: str) -> Iterator[str]:
    """The DSN of a database of one's own."""
    own, source = sql.Identifier(name), sql.Identifier(template)
    # A third faster here than to log every page, which is what PostgreSQL does by itself.
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
    revoke = sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC")
    owner = owner_of(server)
    owner.execute(create.format(own, source))
    if template != "template0":  # a database's rights are not cloned
        owner.execute(revoke.format(own))
    try:
        yield server.dsn(name)
    finally:
        owner = owner_of(server)  # a test may have restarted the server
        empty(owner, name)
        owner.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(own))


def owner_of(server: Server) -> psycopg.Connection:
    """The session of the server's owner, which stays open from test to test.

    After a restart of the server it is a new one.
    """
    dsn = server.dsn("postgres")
    with contextlib.suppress(KeyError, psycopg.OperationalError):
        OWNERS[dsn].execute("")
        return OWNERS[dsn]
    OWNERS[dsn] = psycopg.connect(dsn, autocommit=True)
    return OWNERS[dsn]


def empty(connection: psycopg.Connection, name: str) -> None:
    """End the sessions of a database, and wait until they have ended.

    DROP DATABASE waits for them too, but sleeps 100 ms before it looks again: in half of all
    tests, as a session that was just closed takes a moment to end.
    """
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    patience = monotonic() + DROP_SECONDS
    while connection.execute(end, [name]).rowcount and monotonic() < patience:
        sleep(0.001)
