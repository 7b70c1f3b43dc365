"""Up, down and up again: what `alembic` leaves, and what it does not touch."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from time import monotonic

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from pgstrike.db.embedded.server import Server
from pgstrike.db.paths import ROOT
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.conftest import NUMBERS, Cluster
from tests.support.catalog import (
    Fingerprint,
    fingerprint,
    fingerprint_of,
    lines,
    seeds,
)
from tests.support.engines import alembic, clone, venv_path
from tests.support.quote_market import add, ladder, open_store, value

SECONDS = 30
VERSIONS = """
SELECT 'relation', relname, oid, xmin, relfilenode FROM pg_catalog.pg_class
WHERE relnamespace IN ('fo'::regnamespace, 'job'::regnamespace, 'ops'::regnamespace)
UNION ALL
SELECT 'function', proname, oid, xmin, 0 FROM pg_catalog.pg_proc
WHERE pronamespace IN ('ops'::regnamespace, 'analytics'::regnamespace)
UNION ALL
SELECT 'row', engine, 0, xmin, 0 FROM job.installation
"""


@pytest.fixture
def empty(cluster: Cluster) -> Iterator[str]:
    """A database in which nothing is."""
    with clone(cluster.server, "template0", f"test_{next(NUMBERS)}") as own:
        yield own


def test_there_is_one_head() -> None:
    """Two revisions with one parent would make `upgrade head` ambiguous."""
    scripts = ScriptDirectory.from_config(Config(str(ROOT / "alembic.ini")))
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1


def test_up_down_up_ends_where_it_began(
    empty: str, connection: psycopg.Connection
) -> None:
    """`downgrade base` leaves nothing behind, so that the second way up is as the first."""
    nothing = fingerprint_of(empty)
    succeed(empty, "upgrade", "head")
    built, rows = fingerprint_of(empty), ask(empty, seeds)
    assert built == fingerprint(connection) != nothing
    use(empty)
    succeed(empty, "downgrade", "base")
    assert fingerprint_of(empty) == nothing
    assert ask(empty, tables_of_alembic) == []
    succeed(empty, "upgrade", "head")
    assert (fingerprint_of(empty), ask(empty, seeds)) == (built, rows)


def test_upgrade_says_the_engine_and_why(empty: str, cluster: Cluster) -> None:
    """In one line, before anything is done; the next one says that it was chosen before."""
    first = succeed(empty, "upgrade", "head").stderr.splitlines()
    second = succeed(empty, "upgrade", "head").stderr.splitlines()
    said, reason = {
        False: ("postgres", "the server does not have TimescaleDB"),
        True: ("timescaledb", "the server offers it"),
    }[has_timescaledb(cluster.server)]
    assert first == [f"pgstrike: engine: {said} ({reason})", "pgstrike: logic: rebuilt"]
    assert second == [
        f"pgstrike: engine: {said} (the database was built for it)",
        "pgstrike: nothing to do",
    ]


@pytest.mark.second_later
def test_second_upgrade_touches_nothing(
    dsn: str, connection: psycopg.Connection
) -> None:
    """No object is created anew, and no row of the catalog or of ours is written."""
    before = object_versions(connection)
    assert "nothing to do" in succeed(dsn, "upgrade", "head").stderr
    assert object_versions(connection) == before


def test_changed_logic_is_rebuilt_and_state_is_not(
    dsn: str, connection: psycopg.Connection
) -> None:
    """Every function is a new one, what no text defines is gone, and tables stay."""
    connection.execute("CREATE VIEW ops.forgotten AS SELECT 1 AS one")
    connection.execute("INSERT INTO job.stale_bucket VALUES (DEFAULT, 'a', 'b', now())")
    connection.execute("UPDATE job.installation SET logic_hash = 'of an older text'")
    before = versions(connection)
    said = succeed(dsn, "upgrade", "head").stderr
    after = versions(connection)
    assert "logic: rebuilt" in said and "nothing to do" not in said
    assert "ops.forgotten" in before["logic"] and "ops.forgotten" not in after["logic"]
    assert before["logic"].keys() - {"ops.forgotten"} == after["logic"].keys()
    assert not set(before["logic"].values()) & set(after["logic"].values())
    assert before["state"] == after["state"]
    kept = connection.execute("SELECT count(*) FROM job.stale_bucket").fetchone()
    assert kept == (1,)
    assert "nothing to do" in succeed(dsn, "upgrade", "head").stderr


@pytest.mark.second_later
def test_logic_that_was_lost_is_built_again(
    dsn: str, connection: psycopg.Connection
) -> None:
    """NULL is how a database between two revisions stands."""
    before = fingerprint(connection)
    connection.execute("DROP SCHEMA ops, analytics, compat CASCADE")
    connection.execute("UPDATE job.installation SET logic_hash = NULL")
    succeed(dsn, "upgrade", "head")
    assert fingerprint(connection) == before


@pytest.mark.second_later
def test_looking_changes_nothing(empty: str) -> None:
    """`current` runs env.py too, and goes nowhere."""
    nothing = fingerprint_of(empty)
    assert succeed(empty, "current").stdout == ""
    assert fingerprint_of(empty) == nothing
    succeed(empty, "upgrade", "head")
    built = ask(empty, object_versions)
    assert succeed(empty, "current").stdout == "0001 (head)\n"
    assert ask(empty, object_versions) == built


@pytest.mark.second_later
def test_relative_steps_lead_there_too(
    empty: str, connection: psycopg.Connection
) -> None:
    """One up is the head, as long as there is one revision; one down is the base."""
    nothing = fingerprint_of(empty)
    succeed(empty, "upgrade", "+1")
    assert fingerprint_of(empty) == fingerprint(connection)
    succeed(empty, "downgrade", "-1")
    assert fingerprint_of(empty) == nothing


@pytest.mark.second_later
def test_two_upgrades_at_once_build_once(
    empty: str, connection: psycopg.Connection
) -> None:
    """The second waits for the first, and then finds nothing to do."""
    with (
        psycopg.connect(empty) as obstacle,
        psycopg.connect(empty, autocommit=True) as own,
    ):
        obstacle.execute(
            "CREATE SCHEMA fo"
        )  # not committed: whoever does the same waits
        first = start(empty, "upgrade", "head")
        wait_for(
            own, "SELECT FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted"
        )
        second = start(empty, "upgrade", "head")
        wait_for(own, "SELECT FROM pg_locks WHERE locktype = 'object' AND NOT granted")
        obstacle.rollback()
        said = [command.communicate(timeout=SECONDS)[1] for command in (first, second)]
    assert [command.returncode for command in (first, second)] == [0, 0]
    assert ["nothing to do" in each for each in said] == [False, True]
    assert fingerprint_of(empty) == fingerprint(connection)


@pytest.mark.parametrize("cluster", ["timescaledb"], indirect=True)
def test_extension_that_was_there_stays(empty: str) -> None:
    """`downgrade base` takes away only what `upgrade` brought, with all that came of it."""
    with psycopg.connect(empty, autocommit=True) as own:
        own.execute("SET client_min_messages = 'error'")
        own.execute("CREATE EXTENSION timescaledb")
    before, inside = fingerprint_of(empty), ask(empty, tables_of_timescaledb)
    assert "timescaledb" in before["extensions"]
    succeed(empty, "upgrade", "head")
    use(empty)
    assert ask(empty, tables_of_timescaledb) != inside
    succeed(empty, "downgrade", "base")
    assert fingerprint_of(empty) == before
    assert ask(empty, tables_of_timescaledb) == inside


@pytest.mark.parametrize("cluster", ["timescaledb"], indirect=True)
def test_plain_engine_can_be_asked_for(empty: str) -> None:
    """On a server that offers more; nothing of TimescaleDB's is then created."""
    done = succeed(empty, "upgrade", "head", PGSTRIKE_ENGINE="postgres")
    assert "engine: postgres (PGSTRIKE_ENGINE says so)" in done.stderr
    assert fingerprint_of(empty)["extensions"] == ["plpgsql"]
    assert "nothing to do" in succeed(empty, "upgrade", "head").stderr


def ask(
    dsn: str, question: Callable[[psycopg.Connection], Fingerprint | list[str]]
) -> Fingerprint | list[str]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        return question(connection)


def object_versions(connection: psycopg.Connection) -> list[str]:
    return lines(connection, VERSIONS)


def tables_of_alembic(connection: psycopg.Connection) -> list[str]:
    return lines(
        connection, "SELECT relname FROM pg_class WHERE relname LIKE 'alembic%'"
    )


def tables_of_timescaledb(connection: psycopg.Connection) -> list[str]:
    return lines(
        connection,
        "SELECT relnamespace::regnamespace, relname FROM pg_class WHERE relkind = 'r'"
        " AND relnamespace::regnamespace::text LIKE '\\_timescaledb%'",
    )


def use(dsn: str) -> None:
    """Store and refresh something."""
    store = open_store(dsn)
    with store.connection:
        add(store, *ladder("09:20:00", 24_610.0))
        refresh_all(store.connection)
        assert value(store.connection, "SELECT count(*) FROM fo.latest_snapshot") == 20


def succeed(
    dsn: str, *arguments: str, **environ: str
) -> "subprocess.CompletedProcess[str]":
    done = alembic(dsn, *arguments, **environ)
    assert done.returncode == 0, done.stderr
    return done


def start(dsn: str, *arguments: str) -> "subprocess.Popen[str]":
    """The same without waiting for its end."""
    return subprocess.Popen(
        [shutil.which("alembic", path=venv_path()) or "alembic", *arguments],
        cwd=ROOT,
        env={**os.environ, "PGSTRIKE_DSN": dsn},
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(connection: psycopg.Connection, query: str) -> None:
    """Until it finds something."""
    deadline = monotonic() + SECONDS
    while connection.execute(query.encode()).rowcount == 0:
        assert monotonic() < deadline, query


def versions(connection: psycopg.Connection) -> dict[str, dict[str, int]]:
    """The identity of each relation and function, of logic and of state."""
    found = connection.execute(
        "SELECT schema.nspname, schema.nspname || '.' || object.name, object.oid"
        " FROM (SELECT relnamespace, relname AS name, oid FROM pg_catalog.pg_class"
        " UNION ALL SELECT pronamespace, proname, oid FROM pg_catalog.pg_proc)"
        " AS object (namespace, name, oid)"
        " INNER JOIN pg_catalog.pg_namespace AS schema ON schema.oid = object.namespace"
    ).fetchall()
    kinds = {"fo": "state", "job": "state", "ops": "logic", "analytics": "logic"}
    identities: dict[str, dict[str, int]] = {"state": {}, "logic": {}}
    for schema, name, oid in found:
        if schema in kinds:
            identities[kinds[schema]][name] = oid
    return identities


def has_timescaledb(server: Server) -> bool:
    with psycopg.connect(server.dsn("postgres")) as connection:
        return bool(
            connection.execute(
                "SELECT FROM pg_available_extensions WHERE name = 'timescaledb'"
            ).rowcount
        )
