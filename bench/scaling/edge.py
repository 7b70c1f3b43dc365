"""To an edge on this machine, by logical replication."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.support.edges import SOON
from tests.support.edges import edge as command
from tests.support.engines import FAST, make_server, running
from tests.support.pairs import Pair

SPEED = {**FAST, **SOON, "synchronous_commit": "on"}


@contextmanager
def edge(pair: Pair, name: str) -> Iterator[Mapping[str, str] | None]:
    primary, server = pair.primary.dsn(name), make_server("postgres", SPEED)
    assert server is not None
    with running(server):
        server.create_database(name)
        dsn = server.dsn(name)
        added = command(dsn, "add", "--primary", primary)
        assert added.returncode == 0, added.stderr
        yield {
            "PGSTRIKE_SOURCE": "edge",
            "PGSTRIKE_DSN": dsn,
            "PGSTRIKE_PRIMARY_DSN": primary,
        }
