"""The ways from a commit to a hub on another host, each opened by a function of its own file.

A way that the machine lacks is skipped, by its name.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TypeAlias

from bench.scaling.edge import edge
from bench.scaling.redis import redis
from tests.support.pairs import Pair

NAME = "scale"
Environ: TypeAlias = Mapping[str, str]  # of an api that goes this way
# It gives None if the machine lacks a program that it needs.
Way: TypeAlias = Callable[[Pair, str], AbstractContextManager[Environ | None]]


@contextmanager
def listen(pair: Pair, name: str) -> Iterator[Environ | None]:
    """What the others are measured against."""
    yield {"PGSTRIKE_SOURCE": "listen", "PGSTRIKE_DSN": pair.primary.dsn(name)}


@contextmanager
def standby(pair: Pair, name: str) -> Iterator[Environ | None]:
    yield {"PGSTRIKE_SOURCE": "standby", "PGSTRIKE_DSN": pair.standby.dsn(name)}


WAYS: dict[str, Way] = {
    "listen": listen,
    "standby": standby,
    "edge": edge,
    "redis": redis,
}
