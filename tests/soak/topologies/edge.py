"""A primary, and an edge that the api listens to; either of them crashes.

Readers compare what they were told by the edge with the log of the primary.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator

import psycopg

from pgstrike.db.embedded.server import Server
from pgstrike.db.install.render import Engine
from tests.soak.plan import Plan
from tests.soak.topologies.topology import Topology
from tests.support.edges import Pair, refreshing, with_edge
from tests.support.network import network

SENDERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'walsender'
"""
WEIGHTS = {"edge_crash": 16, "edge_stop": 6, "replication": 16}


@contextlib.asynccontextmanager
async def edge(
    plan: Plan, engine: Engine, server: Server, template: str
) -> AsyncIterator[Topology]:
    """Servers of the round's own, of the plain engine: no other is sent to an edge."""
    with with_edge() as pair, refreshing(pair):
        async with network(pair.edge.dsn()) as (between, read):
            faults = Faults(pair)
            yield Topology(
                pair.primary,
                pair.primary.dsn(),
                pair.edge.dsn(),
                {
                    "PGSTRIKE_DSN": read,
                    "PGSTRIKE_PRIMARY_DSN": pair.primary.dsn(),
                    "PGSTRIKE_SOURCE": "edge",
                },
                plan.workers,
                network=between,
                weights=WEIGHTS,
                faults={
                    "edge_crash": faults.crash,
                    "edge_stop": faults.stop,
                    "replication": faults.cut_replication,
                },
            )


class Faults:
    """What befalls an edge."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair

    async def crash(self, _: random.Random) -> None:
        await self._restart("immediate")

    async def stop(self, _: random.Random) -> None:
        await self._restart("fast")

    async def _restart(self, mode: str) -> None:
        await asyncio.to_thread(self.pair.edge.stop, mode)
        await asyncio.to_thread(self.pair.edge.start)

    async def cut_replication(self, _: random.Random) -> None:
        await asyncio.to_thread(end_senders, self.pair.primary)


def end_senders(primary: Server) -> None:
    with psycopg.connect(primary.dsn(), autocommit=True) as connection:
        connection.execute(SENDERS.encode())
