"""Backup and restore by docs/operations.md: on another server all is as it was, and goes on."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from pgstrike.db.embedded.server import Server
from pgstrike.db.install.render import Engine
from pgstrike.jobs.refresh.refresh import refresh_all
from pgstrike.jobs.storage.columnstore import compress_cold
from tests.conftest import ENGINES
from tests.support.cli import jobs, refused
from tests.support.engines import WANTED, alembic, make_server, running
from tests.support.operations import API, OWNER, dsn_of, follow, sections
from tests.support.quote_market import (
    EXPIRY,
    THURSDAY,
    Quote,
    add,
    ladder,
    open_store,
    value,
)

pytestmark = pytest.mark.second_later

RESTORE = {
    "postgres": "Restore on plain PostgreSQL",
    "timescaledb": "Restore on TimescaleDB",
}
STEPS = [
    "Prepare a server",
    "Replace a rollup",  # by test_replace.py
    "What a reader's login can hold up",  # by test_plain_owner.py
    "Back up",
    *RESTORE.values(),
    "After a restore",
]
TABLES = """
SELECT relnamespace::regnamespace || '.' || relname FROM pg_class
WHERE relkind IN ('r', 'p', 'm', 'v') AND NOT relispartition
    AND relnamespace::regnamespace::text IN ('fo', 'job')
    AND relname NOT IN ('installation', 'refresh_lock')
"""
ANSWERS = (
    "SELECT row::text FROM analytics.expiry_metrics('NIFTY') AS row",
    f"SELECT row::text FROM analytics.chain('NIFTY', '{EXPIRY}') AS row",
)


class Pair:
    """A server with a market, and one to restore on, both of one engine."""

    def __init__(self, engine: Engine, old: Server, new: Server, place: Path) -> None:
        self.engine, self.old, self.new, self.place = engine, old, new, place


@pytest.fixture(params=ENGINES, scope="module")
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    """The old one is prepared, upgraded by its owner, in use, and backed up."""
    old, new = make_server(request.param), make_server(request.param)
    if old is None or new is None:
        pytest.skip(f"engine {request.param} is not here: {WANTED}")
    place = tmp_path_factory.mktemp("operations")
    with ExitStack() as stack:
        for server in (old, new):
            stack.enter_context(running(server))
        follow("Prepare a server", old, place)
        succeed(dsn_of(old, OWNER))
        store = open_store(dsn_of(old, OWNER))
        with store.connection:
            add(store, *ladder("15:20:00", 24_590.0, day=THURSDAY))
            for minute, underlying in (("09:20", 24_610.0), ("09:40", 24_640.0)):
                add(store, *ladder(f"{minute}:00", underlying))
                refresh_all(store.connection)
            compressed = compress_cold(store.connection, 1)
            assert compressed == (request.param == "timescaledb")
            store.connection.execute("INSERT INTO job.api_key (name) VALUES ('desk')")
        follow("Back up", old, place)
        yield Pair(request.param, old, new, place)


def succeed(dsn: str) -> str:
    done = alembic(dsn, "upgrade", "head")
    assert done.returncode == 0, done.stderr
    return done.stderr


def answers(dsn: str) -> dict[str, object]:
    """The checksum of each relation, and what analytics says."""
    with psycopg.connect(dsn) as connection:
        names = [row[0] for row in connection.execute(TABLES.encode())]
        sums = {
            name: value(
                connection,
                "SELECT count(*) || ':' || coalesce(sum(hashtextextended(row::text, 0)), 0)"
                f" FROM {name} AS row",
            )
            for name in names
            if name != "job.change"  # an upgrade tells that figures may be others
        }
        return sums | {
            query: connection.execute(query.encode()).fetchall() for query in ANSWERS
        }


def epoch(dsn: str) -> str:
    with psycopg.connect(dsn) as connection:
        found: str = value(connection, "SELECT ops.epoch()")
        return found


def test_page_has_these_commands_and_no_others() -> None:
    """So that every one of them is run below."""
    assert list(sections()) == STEPS


def test_restored_database_is_the_same_and_goes_on(pair: Pair) -> None:
    """Equal checksums and answers, rights for the api, another epoch, and new quotes."""
    follow("Prepare a server", pair.new, pair.place)
    said = follow(RESTORE[pair.engine], pair.new, pair.place)
    assert "repaired: the rights of our roles" in said
    old, new = dsn_of(pair.old, OWNER), dsn_of(pair.new, OWNER)
    found = answers(new)
    assert found == answers(old) and len(found) > 30
    assert epoch(new) != epoch(old)
    assert "nothing to do" in succeed(new)
    with psycopg.connect(dsn_of(pair.new, API)) as api:
        assert value(api, "SELECT count(*) FROM analytics.option_quote") > 0
    store = open_store(new)
    with store.connection as connection:
        add(store, Quote("10:05:00", 24_600, {"ltp": 120.0, "oi": 9000.0}))
        add(store, *ladder("15:10:00", 24_580.0, day=THURSDAY))
        refresh_all(connection)
        newest = (
            "SELECT max(quote_time) FROM fo.latest_snapshot WHERE timeframe = 'live'"
        )
        assert value(connection, newest) == value(
            connection, "SELECT clock FROM fo.instrument WHERE symbol = 'NIFTY'"
        )
    before = epoch(new)
    follow("After a restore", pair.new, pair.place)
    assert epoch(new) != before


@pytest.mark.parametrize("pair", ["postgres"], indirect=True)
def test_server_without_our_roles_is_told_what_to_run(pair: Pair) -> None:
    """It says so before the upgrade, and the upgrade heals it."""
    server = make_server("postgres")
    assert server is not None
    with running(server):
        server.create_database("pgstrike")
        with psycopg.connect(server.dsn("pgstrike"), autocommit=True) as admin:
            admin.execute(f"CREATE ROLE {OWNER} LOGIN CREATEROLE".encode())
            admin.execute(f"ALTER DATABASE pgstrike OWNER TO {OWNER}".encode())
        own = dsn_of(server, OWNER)
        follow_only_restore(pair, server)
        said = refused(jobs(own, "refresh"))
        assert (
            "lacks the roles pgstrike_reader, pgstrike_server and pgstrike_alert"
            in said
        )
        assert "run `pgstrike upgrade` as the owner" in said
        said = succeed(own)
        assert "repaired: CREATE ROLE pgstrike_reader NOLOGIN" in said
        assert "repaired: the rights of our roles" in said
        assert jobs(own, "refresh").returncode == 0


def follow_only_restore(pair: Pair, server: Server) -> None:
    """All of the restore's commands but the upgrade."""
    subprocess.run(
        [
            server.bin_dir / "pg_restore",
            "--exit-on-error",
            "--no-owner",
            "--no-acl",
            f"--dbname={dsn_of(server, OWNER)}",
            pair.place / "pgstrike.dump",
        ],
        check=True,
    )
