"""Through a relay and Redis, both on this machine."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.support.pairs import Pair
from tests.support.redis_server import REDIS, redis_server
from tests.support.relays import relaying


@contextmanager
def redis(pair: Pair, name: str) -> Iterator[Mapping[str, str] | None]:
    if REDIS is None:
        yield None
        return
    dsn = pair.primary.dsn(name)
    with redis_server("--appendonly", "no") as server, relaying(dsn, server.url):
        yield {
            "PGSTRIKE_SOURCE": "redis",
            "PGSTRIKE_DSN": dsn,
            "PGSTRIKE_REDIS_URL": server.url,
        }
