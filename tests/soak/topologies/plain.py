"""One server, to which the api listens; in half of all rounds over a network."""

import contextlib
from collections.abc import AsyncIterator

from pgstrike.db.embedded.server import Server
from pgstrike.db.install.render import Engine
from tests.soak.plan import Plan
from tests.soak.topologies.topology import Topology
from tests.support.engines import clone
from tests.support.network import network


@contextlib.asynccontextmanager
async def plain(
    plan: Plan, engine: Engine, server: Server, template: str
) -> AsyncIterator[Topology]:
    with clone(server, template, f"soak_{plan.seed}") as dsn:
        async with on(plan, server, dsn) as made:
            yield made


@contextlib.asynccontextmanager
async def on(plan: Plan, server: Server, dsn: str) -> AsyncIterator[Topology]:
    """On a database that is built and empty."""
    async with contextlib.AsyncExitStack() as stack:
        between, through = None, dsn
        if plan.is_far:
            between, through = await stack.enter_async_context(network(dsn))
        environ = {"PGSTRIKE_DSN": through}
        yield Topology(server, dsn, dsn, environ, plan.workers, between)
