"""The topologies that a soak runs over, by name."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

from pgstrike.db.embedded.server import Server
from pgstrike.db.install.render import Engine
from tests.soak.plan import Plan
from tests.soak.topologies.edge import edge
from tests.soak.topologies.plain import plain
from tests.soak.topologies.redis import redis
from tests.soak.topologies.standby import standby
from tests.soak.topologies.topology import Topology

Way: TypeAlias = Callable[
    [Plan, Engine, Server, str], AbstractAsyncContextManager[Topology]
]
TOPOLOGIES: dict[str, Way] = {
    "plain": plain,
    "standby": standby,
    "edge": edge,
    "redis": redis,
}
