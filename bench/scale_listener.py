"""What a host costs whose workers share one listener, against a listener for each process.

CPU of all processes of the api, for each event that a reader got; in turns, in one run.
`rows()` is a part of `make bench-scale`.
"""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench.report import Figure, at_most, report
from bench.streaming.load import load, pause
from bench.streaming.machine import (
    SERVER_CORES,
    cpu_seconds,
    free_port,
    program,
    raise_limits,
)
from bench.streaming.ours import api, database, writer
from bench.streaming.subscriptions import KEY, raw
from bench.streaming.writer import open_market

WORKERS = 8
READERS = 50  # of each worker
EVERY_MS = 10
SETTLE_SECONDS = 3
GOAL = 1.05


class Processes(NamedTuple):
    """Those that serve, and where: a port of each, or one of them all."""

    pids: list[int]
    ports: list[int]


class Run(NamedTuple):
    """An interval: CPU in seconds, and events of all readers together."""

    cpu: float
    events: int


def rows(rounds: int = 5, seconds: float = 8) -> list[Figure]:
    """CPU for each event delivered, in us: the shared listener's over a listener each."""
    raise_limits(WORKERS * READERS + 1024)
    kinds = {"shared": sharing, "each": listening_each}
    found: dict[str, list[float]] = {kind: [] for kind in kinds}
    with database() as dsn:
        open_market(dsn)
        for _ in range(rounds):
            for kind, serve in kinds.items():
                with serve(dsn) as processes, writer(dsn, 1, EVERY_MS):
                    run = interval(processes, seconds)
                found[kind].append(1e6 * run.cpu / run.events)
                print(
                    f"  {kind}: {run.cpu:.2f} s for {run.events:,} events", flush=True
                )
    ours, its = (median(found[kind]) for kind in kinds)
    ratio = median(a / b for a, b in zip(found["shared"], found["each"], strict=True))
    what = f"CPU us for an event, {WORKERS} workers of {READERS} readers"
    return [at_most(what, ours, its, "a listener for each process", ratio, GOAL)]


@contextlib.contextmanager
def sharing(dsn: str) -> Iterator[Processes]:
    port = free_port()
    env = {
        "PGSTRIKE_DSN": dsn,
        "PGSTRIKE_API_PORT": str(port),
        "PGSTRIKE_API_KEY": KEY,
    }
    command = [sys.executable, "-m", "pgstrike", "serve", "--workers", WORKERS]
    with program(command, cores=SERVER_CORES, env=env) as process:
        assert process.stdout is not None
        process.stdout.readline()  # all of them serve
        yield Processes([process.pid, *children(process.pid)], [port] * WORKERS)


@contextlib.contextmanager
def listening_each(dsn: str) -> Iterator[Processes]:
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(api(dsn)) for _ in range(WORKERS)]
        yield Processes(
            [server.pid for server in servers], [server.port for server in servers]
        )


def interval(processes: Processes, seconds: float) -> Run:
    """What all processes used, and how many events all readers got."""
    with contextlib.ExitStack() as stack:
        loads = [
            stack.enter_context(load(port, READERS, [raw()]))
            for port in processes.ports
        ]
        pause(SETTLE_SECONDS)
        for each in loads:
            each.start()
        before = sum(map(cpu_seconds, processes.pids))
        pause(seconds)
        used = sum(map(cpu_seconds, processes.pids)) - before
        return Run(used, sum(each.stop().events for each in loads))


def children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


if __name__ == "__main__":
    sys.exit(not report("scale", rows()))
