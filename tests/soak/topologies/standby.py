"""A primary, and a hot standby that the api polls; the two change places.

Commits wait until the standby has applied them. So a promotion loses none that a writer was
told of, and the log of the promoted server is the oracle as everywhere.
"""

import asyncio
import contextlib
import random
import shutil
from collections.abc import AsyncIterator

import psycopg
from psycopg.conninfo import make_conninfo

from pgstrike.db.embedded.server import Server
from pgstrike.db.install.render import Engine
from tests.soak.plan import Plan
from tests.soak.topologies.topology import Topology
from tests.support.engines import make_template
from tests.support.network import Network, network
from tests.support.pairs import Pair, copy, pair_of

NAME = "soak"
SILENT_SECONDS = 0.5
WAITS = (
    "ALTER SYSTEM SET synchronous_standby_names = '*'",
    "ALTER SYSTEM SET synchronous_commit = 'remote_apply'",
    "SELECT pg_reload_conf()",
)
WEIGHTS = {"standby_crash": 16, "standby_stop": 6, "promotion": 12, "replication": 16}


@contextlib.asynccontextmanager
async def standby(
    plan: Plan, engine: Engine, server: Server, template: str
) -> AsyncIterator[Topology]:
    """Servers of the round's own: a promotion is for good."""
    with pair_of(engine) as pair:
        assert pair is not None
        make_template(pair.primary, NAME)
        run(pair.primary, f"ALTER DATABASE {NAME} ALLOW_CONNECTIONS true")
        pair.replayed()
        async with (
            network(pair.standby.dsn(NAME)) as (near, read),
            network(pair.primary.dsn(NAME)) as (wal, _),
        ):
            made = Standby(pair, near, wal)
            await made.follow_through_the_network()
            yield made.topology(read)


class Standby:
    """The two servers, by their present roles."""

    def __init__(self, pair: Pair, near: Network, wal: Network) -> None:
        self.primary, self.standby = pair
        self.near = near  # between the api and the standby
        self.wal = wal  # between the standby and the primary
        self.made: Topology | None = None

    def topology(self, read: str) -> Topology:
        either = make_conninfo(
            self.primary.dsn(NAME),
            host=f"{self.primary.sockets},{self.standby.sockets}",
            port="5432,5432",
            target_session_attrs="primary",
        )
        environ = {
            "PGSTRIKE_DSN": read,
            "PGSTRIKE_PRIMARY_DSN": either,
            "PGSTRIKE_SOURCE": "standby",
        }
        self.made = Topology(
            self.primary,
            either,
            self.standby.dsn(NAME),
            environ,
            workers=0,
            network=self.near,
            listener="pgstrike api poller",
            says_lost="poll_lost",
            reasons=frozenset({"other_epoch"}),
            weights=WEIGHTS,
            faults={
                "standby_crash": self.crash,
                "standby_stop": self.stop,
                "promotion": self.promote,
                "replication": self.cut_replication,
            },
        )
        return self.made

    async def crash(self, _: random.Random) -> None:
        await self.restart("immediate")

    async def stop(self, _: random.Random) -> None:
        await self.restart("fast")

    async def restart(self, mode: str) -> None:
        await asyncio.to_thread(self.standby.stop, mode)
        await asyncio.to_thread(self.standby.start)

    async def cut_replication(self, chance: random.Random) -> None:
        """Its connection ends, or it is silent for a while."""
        if chance.random() < 0.5:
            return self.wal.cut()
        self.wal.passes.clear()
        await asyncio.sleep(SILENT_SECONDS)
        self.wal.passes.set()

    async def promote(self, _: random.Random) -> None:
        """The primary dies, the standby takes its place, and gets a standby of its own."""
        assert self.made is not None
        self.made.epochs.add(await asyncio.to_thread(epoch, self.standby))
        await asyncio.to_thread(self.primary.stop, "immediate")
        await asyncio.to_thread(Pair(self.primary, self.standby).promote)
        self.primary, self.standby = self.standby, self.primary
        self.made.server, self.made.near = self.primary, self.standby.dsn(NAME)
        shutil.rmtree(self.standby.data)
        await self.follow_through_the_network(is_new=True)
        self.near.socket_path = socket_of(self.standby)
        self.near.cut()

    async def follow_through_the_network(self, *, is_new: bool = False) -> None:
        """Have the standby follow the primary, and commits wait for it."""
        through = {"host": "127.0.0.1", "port": str(self.wal.port)}
        self.wal.socket_path = socket_of(self.primary)
        if not is_new:
            await asyncio.to_thread(self.standby.stop)
            await asyncio.to_thread(shutil.rmtree, self.standby.data)
        await asyncio.to_thread(copy, self.primary, self.standby, through)
        await asyncio.to_thread(self.standby.start)
        await asyncio.to_thread(run, self.primary, *WAITS)


def run(server: Server, *statements: str) -> None:
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def epoch(server: Server) -> str:
    with psycopg.connect(server.dsn(NAME)) as connection:
        [(found,)] = connection.execute("SELECT ops.epoch()").fetchall()
        return str(found)


def socket_of(server: Server) -> str:
    return f"{server.sockets}/.s.PGSQL.5432"
