"""How a database becomes an edge, and is none any more; and which may not become one."""

import subprocess
from collections.abc import Iterator

import psycopg
import pytest

from pgstrike.api.http_server import serving
from pgstrike.db.embedded.server import Server
from pgstrike.db.errors import SettingError
from tests.api.conftest import settings
from tests.conftest import Cluster
from tests.support.cli import pgstrike, refused
from tests.support.edges import command, connected, edge, two_servers
from tests.support.engines import make_server, running
from tests.support.live_market import append


def test_edge_is_an_ordinary_database_again() -> None:
    """And a primary whose slots are not bounded is warned of."""
    with two_servers(max_slot_wal_keep_size="-1") as pair:
        added = command(pair, "add", "--primary", pair.primary.dsn())
        assert added.returncode == 0, added.stderr
        assert "set max_slot_wal_keep_size there" in added.stdout
        removed = command(pair, "remove")
        assert removed.returncode == 0, removed.stderr
        with connected(pair.primary) as primary, connected(pair.edge) as edge:
            append(edge, 1)
            assert primary.execute("SELECT FROM pg_replication_slots").rowcount == 0
            assert primary.execute("SELECT FROM pg_publication").rowcount == 0
            assert edge.execute("SELECT ops.epoch()").fetchone() != (
                primary.execute("SELECT ops.epoch()").fetchone()
            )


@pytest.fixture(scope="module")
def lone() -> Iterator[Server]:
    server = make_server("postgres")
    assert server is not None
    with running(server):
        for name in ("pgstrike", "other"):
            server.create_database(name)
            built = pgstrike(
                "upgrade", PGSTRIKE_DSN=server.dsn(name), PGSTRIKE_ENGINE="postgres"
            )
            assert built.returncode == 0, built.stderr
        yield server


def test_primary_that_cannot_send_is_refused(
    lone: Server, dsn: str, cluster: Cluster
) -> None:
    """In one line each: the engine, the server's setting, the server itself, no edge at all."""
    is_plain = "timescaledb" not in str(cluster.server.settings)
    said = refused(edge(lone.dsn(), "add", "--primary", dsn))
    wanted = "set wal_level=logical there" if is_plain else "built on TimescaleDB"
    assert wanted in said
    said = refused(edge(lone.dsn(), "add", "--primary", lone.dsn("other")))
    assert "on one server" in said
    assert "is no edge" in refused(edge(lone.dsn(), "status"))
    assert "is no edge" in refused(edge(lone.dsn(), "remove"))


WRITERS = (["ingest", "-"], ["simulate"], ["refresh"], ["feed", "run", "deribit"])


def make_edge(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO job.edge (primary_name, subscription, epoch, is_ready)"
            " VALUES ('market on main', 'some', 'other', TRUE)"
        )
        connection.execute("SELECT ops.guard_edge()")


@pytest.mark.one_engine
@pytest.mark.parametrize("command", WRITERS)
def test_writer_is_sent_to_the_primary(dsn: str, command: list[str]) -> None:
    """At once: a writer that only finds its database away would wait."""
    make_edge(dsn)
    said = refused(pgstrike(*command, PGSTRIKE_DSN=dsn))
    assert "is an edge of market on main" in said
    assert "point PGSTRIKE_DSN there" in said


@pytest.mark.one_engine
def test_calendar_is_shown_as_far_as_it_is_stored(dsn: str) -> None:
    def show(year: str) -> "subprocess.CompletedProcess[str]":
        return pgstrike("calendar", "show", "NSE", year, PGSTRIKE_DSN=dsn)

    before = show("2025").stdout
    make_edge(dsn)
    assert before.startswith("NSE 2025: 249 sessions\n")
    assert show("2025").stdout == before
    assert "the primary has not stored 2024 of NSE yet" in refused(show("2024"))


async def test_database_that_is_no_edge_is_not_served_as_one(dsn: str) -> None:
    with pytest.raises(SettingError, match="is no edge; run `pgstrike edge add`"):
        async with serving(settings(source="edge"), dsn):
            pass
