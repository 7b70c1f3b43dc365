"""A primary and an edge of it, each on a server of its own."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import psycopg

from pgstrike.db.embedded.server import Server
from pgstrike.db.paths import ROOT
from tests.api.conftest import Client, served
from tests.support.cli import pgstrike
from tests.support.embedded import wait_for
from tests.support.engines import FAST, make_server, running

SENDING = {"wal_level": "logical", "max_slot_wal_keep_size": "64MB"}
# A worker that lost its primary is started again after so long: 5 s unless it is said.
SOON = {"wal_retrieve_retry_interval": "100ms"}


class Pair(NamedTuple):
    """Two servers, of which the second one's database is an edge of the first one's."""

    primary: Server
    edge: Server


@contextlib.contextmanager
def two_servers(**settings: str) -> Iterator[Pair]:
    """Both running; the primary's database is built, the edge's is empty."""
    with contextlib.ExitStack() as stack:
        # An edge that loses what it said it has would be sent it no more.
        speed = {**FAST, "synchronous_commit": "on", **SOON}
        servers = []
        for own in ({**SENDING, **settings}, {}):
            server = make_server("postgres", {**speed, **own})
            assert server is not None
            server = stack.enter_context(running(server))
            server.create_database()
            servers.append(server)
        pair = Pair(*servers)
        built = pgstrike(
            "upgrade", PGSTRIKE_DSN=pair.primary.dsn(), PGSTRIKE_ENGINE="postgres"
        )
        assert built.returncode == 0, built.stderr
        yield pair


@contextlib.contextmanager
def with_edge(**settings: str) -> Iterator[Pair]:
    """The same, and the edge is added."""
    with two_servers(**settings) as pair:
        added = command(pair, "add", "--primary", pair.primary.dsn())
        assert added.returncode == 0, added.stderr
        yield pair


@contextlib.contextmanager
def refreshing(pair: Pair) -> Iterator["subprocess.Popen[bytes]"]:
    """`pgstrike run` on the edge, also after its server was away."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PGSTRIKE_")}
    own = {"PGSTRIKE_DSN": pair.edge.dsn(), "PGSTRIKE_SNAPSHOT_SECONDS": "0.1"}
    child = subprocess.Popen(
        [sys.executable, "-m", "pgstrike", "run"],
        cwd=ROOT,
        env={**clean, **own},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def served_by_edge(
    pair: Pair, **changes: Any
) -> contextlib.AbstractAsyncContextManager[Client]:
    """An api of the edge, and a client of it."""
    own = {"source": "edge", "primary_dsn": pair.primary.dsn()}
    return served(pair.edge.dsn(), **own, **changes)


def served_by_primary(pair: Pair) -> contextlib.AbstractAsyncContextManager[Client]:
    return served(pair.primary.dsn())


def command(pair: Pair, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """`pgstrike edge` on the edge."""
    return edge(pair.edge.dsn(), *arguments)


def edge(dsn: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return pgstrike("edge", *arguments, PGSTRIKE_DSN=dsn)


@contextlib.contextmanager
def connected(server: Server) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("SET timezone = 'UTC'")
        yield connection


def newest(connection: psycopg.Connection) -> int:
    [id] = connection.execute("SELECT last_id FROM job.event_counter").fetchone() or [0]
    return int(id)


def wait_until_followed(pair: Pair) -> None:
    """Return once the edge has every event that the primary has by now."""
    with connected(pair.primary) as primary, connected(pair.edge) as edge:
        wanted = newest(primary)
        wait_for(lambda: newest(edge) >= wanted)
