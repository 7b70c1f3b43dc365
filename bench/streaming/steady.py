"""A steady interval of a server: CPU for each event delivered, and how late events are."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from statistics import median
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bench.streaming.load import Load, Taken, load, pause
from bench.streaming.machine import cpu_seconds

SETTLE_SECONDS = 3  # for what connecting so many has left to do
EVENT_BYTES = 1000
EVERY_MS = 200

Nanoseconds = npt.NDArray[np.uint64]


class Server(NamedTuple):
    """A server that runs: the process to look at, and where it serves."""

    pid: int
    port: int


def as_sent(stamps: Nanoseconds) -> Nanoseconds:
    """Peers stamp their events with the moment they are sent."""
    return stamps


class Contender(NamedTuple):
    """A server that can be started, and what its clients ask.

    `serve` takes the bytes of an event and the ms between two; `clients` is how many are
    served with time to spare; `sent` finds the moment an event was sent by its stamp.
    """

    name: str
    clients: int
    serve: Callable[[int, int], AbstractContextManager[Server]]
    requests: list[str]
    sent: Callable[[Nanoseconds], Nanoseconds] = as_sent


class Steady(NamedTuple):
    """What an interval came to; latencies in ms."""

    cpu_us: float  # of the server, for each event delivered
    core: float  # share of a core that the server used
    events: int
    event_bytes: float
    p50: float
    p90: float
    p99: float
    most: float
    resets: int
    lost: int


def broadcast(contender: Contender, clients: int, seconds: float) -> Steady:
    """An event every so often to so many clients, once they are all there."""
    with (
        contender.serve(EVENT_BYTES, EVERY_MS) as server,
        load(server.port, clients, contender.requests) as readers,
    ):
        pause(SETTLE_SECONDS)
        run = interval(server, readers, seconds, contender)
    share = run.events / (clients * seconds * 1000 / EVERY_MS)
    print(f"  {contender.name}, {clients:,} clients, {share:.0%} of their events:")
    print(f"    {describe(run)}", flush=True)
    return run


def interval(
    server: Server, readers: Load, seconds: float, contender: Contender
) -> Steady:
    readers.start()
    before = cpu_seconds(server.pid)
    pause(seconds)
    used = cpu_seconds(server.pid) - before
    return summary(readers.stop(), used, seconds, contender)


def summary(taken: Taken, used: float, seconds: float, contender: Contender) -> Steady:
    if not taken.events:
        raise SystemExit(f"{contender.name}: no event arrived")
    # Signed: clocks are read by two processes.
    sent = contender.sent(taken.stamps).astype(np.int64)
    late = (taken.arrived.astype(np.int64) - sent) / 1e6
    p50, p90, p99, most = (
        float(each) for each in np.percentile(late, [50, 90, 99, 100])
    )
    return Steady(
        used * 1e6 / taken.events,
        used / seconds,
        taken.events,
        taken.bytes / taken.events,
        p50,
        p90,
        p99,
        most,
        taken.resets,
        taken.lost,
    )


def describe(run: Steady) -> str:
    said = (
        f"{run.cpu_us:.1f} us an event of {run.event_bytes:,.0f} B, {run.core:.0%} of a core,"
        f" {run.events:,} events, late p50 {run.p50:.1f} p90 {run.p90:.1f}"
        f" p99 {run.p99:.1f} max {run.most:.0f} ms"
    )
    if run.resets or run.lost:
        said += f", {run.resets} resets, {run.lost} connections lost"
    return said


def in_turn(
    contenders: Iterable[Contender],
    rounds: int,
    seconds: float,
    clients: int | None = None,
) -> dict[str, Steady]:
    """The medians of each after some rounds, at so many clients or as many as it serves."""
    runs: dict[str, list[Steady]] = {}
    for _ in range(rounds):
        for each in contenders:
            run = broadcast(each, clients or each.clients, seconds)
            runs.setdefault(each.name, []).append(run)
    return {name: medians(found) for name, found in runs.items()}


def medians(runs: list[Steady]) -> Steady:
    """Each figure's median."""
    return Steady(*(median(column) for column in zip(*runs, strict=True)))
