"""`make soak`: rounds over seeds until so many faults were done, on each engine in turn.

A round that fails ends it: what is wrong is told in words, and the same seed plans the same.
"""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import cycle

from pgstrike.db.embedded.server import Server
from pgstrike.db.install.render import Engine
from tests.soak.plan import Plan
from tests.soak.report import Report, say
from tests.soak.round import Result, play
from tests.soak.shards.play import play as play_shards
from tests.soak.topologies.table import TOPOLOGIES
from tests.support.engines import make_server, make_template, running

ENGINES: tuple[Engine, ...] = ("postgres", "timescaledb")
SHARDS = "shards"
SAFE: dict[str, str] = {}  # what was committed survives a crash


def main() -> int:
    arguments = parser().parse_args()
    logging.getLogger("psycopg").setLevel(logging.CRITICAL)  # it tells of each crash
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    report = Report()
    with ExitStack() as stack:
        servers = [*started(stack, arguments.engine)]
        engines = cycle(servers)
        seed = arguments.seed
        while report.faults < arguments.faults:
            if report.failed() is not None and not arguments.keep_going:
                break
            report.add(
                one_round(arguments.topology, plan(seed, arguments), *next(engines))
            )
            seed += 1
    return report.end()


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    made.add_argument("--faults", type=int, default=1000, help="so many at least")
    made.add_argument("--seed", type=int, default=1, help="of the first round")
    made.add_argument("--subscribers", type=int, default=100)
    made.add_argument("--mutations", type=int, default=500)
    made.add_argument(
        "--keep-going", action="store_true", help="after a round that failed as well"
    )
    topologies = [*TOPOLOGIES, SHARDS]
    made.add_argument("--topology", choices=topologies, default="plain")
    made.add_argument("--engine", choices=ENGINES, help="only this one")
    return made


def plan(seed: int, arguments: argparse.Namespace) -> Plan:
    """A tenth as many faults as mutations."""
    count = max(1, arguments.mutations // 10)
    return Plan(seed, arguments.subscribers, arguments.mutations, count)


def started(
    stack: ExitStack, only: Engine | None
) -> Iterator[tuple[Engine, Server, str]]:
    """A server of each engine that the machine has, and the database to clone."""
    for engine in [only] if only else ENGINES:
        server = make_server(engine, SAFE)
        if server is None:
            say(f"engine {engine} is not here")
            continue
        stack.enter_context(running(server))
        yield engine, server, make_template(server)


def one_round(
    topology: str, plan: Plan, engine: Engine, server: Server, template: str
) -> Result:
    async def played() -> Result:
        if topology == SHARDS:  # two logs, so an oracle of its own
            return await play_shards(plan, engine, server, template)
        async with TOPOLOGIES[topology](plan, engine, server, template) as made:
            return await play(plan, made, engine)

    return asyncio.run(played())


if __name__ == "__main__":
    sys.exit(main())
