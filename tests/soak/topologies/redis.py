"""Two relays and a Redis, which the api reads; all of them die, and the network is cut."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator

from pgstrike.db.embedded.server import Server
from pgstrike.db.install.render import Engine
from tests.soak.plan import Plan
from tests.soak.topologies.topology import Topology
from tests.support.engines import clone
from tests.support.network import Network, network_before
from tests.support.redis_server import RedisServer, redis_server
from tests.support.relays import RelayProcess

SILENT_SECONDS = 1.0
AWAY_SECONDS = 0.5
WEIGHTS = {
    "relay": 12,
    "relays": 16,
    "engine": 14,
    "flush": 14,
    "emptied": 12,
    "redis_cut": 12,
    "redis_silence": 8,
    **dict.fromkeys(("host", "hang"), 0),  # each worker reads Redis, and none listens
}


@contextlib.asynccontextmanager
async def redis(
    plan: Plan, engine: Engine, server: Server, template: str
) -> AsyncIterator[Topology]:
    with clone(server, template, f"soak_{plan.seed}") as dsn, redis_server() as own:
        path = f"{own.folder}.sock"
        own.kill()
        own.start("--unixsocket", path)
        async with network_before(path) as near:
            made = Relayed(dsn, own, near, path)
            try:
                await made.start_relays()
                yield made.topology(server, plan)
            finally:
                made.kill(*made.relays)


class Relayed:
    """What stands between the database and the api."""

    def __init__(self, dsn: str, redis: RedisServer, near: Network, path: str) -> None:
        self.dsn = dsn
        self.redis = redis
        self.near = near  # between the api and Redis
        self.path = path
        self.relays: list[RelayProcess] = []

    def topology(self, server: Server, plan: Plan) -> Topology:
        environ = {
            "PGSTRIKE_DSN": self.dsn,
            "PGSTRIKE_SOURCE": "redis",
            "PGSTRIKE_REDIS_URL": f"redis://127.0.0.1:{self.near.port}/0",
        }
        return Topology(
            server,
            self.dsn,
            self.dsn,
            environ,
            plan.workers,
            weights=WEIGHTS,
            faults={
                "relay": self.kill_one,
                "relays": self.kill_both,
                "engine": self.crash,
                "flush": self.flush,
                "emptied": self.empty,
                "redis_cut": self.cut,
                "redis_silence": self.silence,
            },
        )

    async def start_relays(self) -> None:
        while len(self.relays) < 2:
            made = RelayProcess(self.dsn, self.redis.url)
            self.relays.append(made)
            line = await asyncio.to_thread(made.runs)
            assert line.startswith("pgstrike relay: "), "a relay did not start"

    def kill(self, *relays: RelayProcess) -> None:
        for each in relays:
            self.relays.remove(each)
            each.kill()
            each.communicate()

    async def kill_one(self, chance: random.Random) -> None:
        self.kill(chance.choice(self.relays))
        await self.start_relays()

    async def kill_both(self, _: random.Random) -> None:
        """For a while none runs."""
        self.kill(*self.relays)
        await asyncio.sleep(AWAY_SECONDS)
        await self.start_relays()

    async def crash(self, _: random.Random) -> None:
        await asyncio.to_thread(self.redis.kill)
        await asyncio.to_thread(self.redis.start, "--unixsocket", self.path)

    async def flush(self, _: random.Random) -> None:
        await asyncio.to_thread(self.redis.flush)

    async def empty(self, _: random.Random) -> None:
        await asyncio.to_thread(self.redis.kill)
        await asyncio.to_thread(self.redis.empty)
        await asyncio.to_thread(self.redis.start, "--unixsocket", self.path)

    async def cut(self, _: random.Random) -> None:
        self.near.cut()

    async def silence(self, _: random.Random) -> None:
        """The network passes nothing on for a while."""
        self.near.passes.clear()
        await asyncio.sleep(SILENT_SECONDS)
        self.near.passes.set()
