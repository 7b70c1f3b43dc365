"""Ours: `pgstrike serve` on an embedded server, driven by commits, and when those were."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from bench.streaming.machine import (
    OTHER_CORES,
    SERVER_CORES,
    free_port,
    program,
    wait_for_port,
)
from bench.streaming.steady import Contender, Nanoseconds, Server
from bench.streaming.subscriptions import KEY
from pgstrike.db.connection import connect
from pgstrike.db.embedded.server import embedded_server
from tests.support.engines import alembic, claimed, running

COMMITS = (
    "SELECT id, (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1e9)::bigint"
    " FROM fo.event ORDER BY id"
)


@contextlib.contextmanager
def database() -> Iterator[str]:
    """A fresh, migrated database on the embedded server, which notes the time of commits."""
    base = claimed("/var/tmp", "pgstrike-bench-")
    settings = {"track_commit_timestamp": "on"}
    with running(embedded_server(base)._replace(settings=settings)) as server:
        server.create_database()
        built = alembic(server.dsn(), "upgrade", "head")
        if built.returncode != 0:
            raise SystemExit(built.stderr)
        yield server.dsn()


@contextlib.contextmanager
def api(dsn: str, environ: Mapping[str, str] | None = None) -> Iterator[Server]:
    port = free_port()
    env = {
        **(environ or {}),
        "PGSTRIKE_DSN": dsn,
        "PGSTRIKE_API_PORT": str(port),
        "PGSTRIKE_API_KEY": KEY,
    }
    command = [sys.executable, "-m", "pgstrike", "serve"]
    with program(command, cores=SERVER_CORES, env=env) as process:
        wait_for_port(port, process)
        yield Server(process.pid, port)


@contextlib.contextmanager
def writer(dsn: str, strikes: int, every_ms: int) -> Iterator[None]:
    command = [sys.executable, "-m", "bench.streaming.writer", dsn, strikes, every_ms]
    with program(command, cores=OTHER_CORES):
        yield


def commits(dsn: str) -> Callable[[Nanoseconds], Nanoseconds]:
    """The moment of commit of each event, by its id."""

    def at(ids: Nanoseconds) -> Nanoseconds:
        with connect(dsn, "bench") as connection:
            rows = connection.execute(COMMITS).fetchall()
        known, moments = np.array(rows, np.uint64).T
        found_at: Nanoseconds = moments[np.searchsorted(known, ids)]
        return found_at

    return at


def contender(
    name: str,
    dsn: str,
    requests: list[str],
    *,
    strikes: int,
    clients: int = 5000,
    environ: Mapping[str, str] | None = None,
) -> Contender:
    """Ours, with a writer whose batches change so many strikes."""

    @contextlib.contextmanager
    def serve(size: int, every_ms: int) -> Iterator[Server]:
        with api(dsn, environ) as server, writer(dsn, strikes, every_ms):
            yield server

    return Contender(name, clients, serve, requests, commits(dsn))
