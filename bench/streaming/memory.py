"""Memory of clients that get nothing, and of clients that take nothing."""

from collections.abc import Sequence
from statistics import median

from bench.report import Figure, at_most
from bench.streaming import peers, subscriptions
from bench.streaming.load import Load, load, pause
from bench.streaming.machine import resident_bytes
from bench.streaming.ours import api, contender
from bench.streaming.steady import (
    SETTLE_SECONDS,
    Contender,
    Server,
    describe,
    interval,
)

FIRST = 200  # clients, after which a server has what it needs only once
IDLE = 5_000
NEVER_MS = 3_600_000
OTHERS = 500
FROZEN = 100
FROZEN_STRIKES = 24  # a batch: an event of nearly 7 kB, for buffers to fill
FROZEN_EVERY_MS = 50
FROZEN_SECONDS = 20  # first the kernel's own buffers fill: 3 MB for each


def idle_figures(dsn: str, kinds: list[str], theirs: list[Contender]) -> list[Figure]:
    one = {"raw": subscriptions.raw(), "panel": subscriptions.panel(200)}
    compared = (peers.SSE_STARLETTE, peers.NAIVE_AIOHTTP)
    its: dict[str, float] = {}
    for each in theirs:
        if each.name in compared:
            with each.serve(1000, NEVER_MS) as server:
                its[each.name] = idle_kb(server, each.requests)
    print(f"  kB for an idle client: {its}")
    figures = []
    for kind in kinds:
        with api(dsn) as server:
            ours = idle_kb(server, [one[kind]])
        what, peer = f"kB for an idle client, {kind}", peers.NAIVE_AIOHTTP
        figures.append(at_most(what, ours, its[peer], peer, ours, 14))
    return figures


def idle_kb(server: Server, requests: Sequence[str]) -> float:
    with load(server.port, FIRST, requests):
        pause(1)
        before = resident_bytes(server.pid)
        with load(server.port, IDLE, requests):
            pause(1)
            return (resident_bytes(server.pid) - before) / IDLE / 1000


def frozen_figures(dsn: str, rounds: int) -> list[Figure]:
    """100 clients that stop reading, beside 500 that go on.

    Each round is held against the time just before it: the machine drifts by more than they
    cost.
    """
    mine = contender("ours", dsn, [subscriptions.raw()], strikes=FROZEN_STRIKES)
    alone, beside, grown = [], [], []
    with (
        mine.serve(0, FROZEN_EVERY_MS) as server,
        load(server.port, OTHERS, mine.requests) as readers,
    ):
        pause(SETTLE_SECONDS)
        for _ in range(rounds):
            alone.append(late(server, readers, mine))
            before = resident_bytes(server.pid)
            with load(server.port, FROZEN, mine.requests, frozen=True):
                beside.append(late(server, readers, mine))
                grown.append((resident_bytes(server.pid) - before) / 1e6)
    ratio = median(
        with_them / without for with_them, without in zip(beside, alone, strict=True)
    )
    what = f"p99 ms of {OTHERS} others, {FROZEN} frozen"
    return [
        at_most(f"MB more with {FROZEN} frozen", max(grown), 100, "the budget",
                max(grown), 100),
        at_most(what, median(beside), median(alone), "ourselves with none", ratio, 1.1),
    ]  # fmt: skip


def late(server: Server, readers: Load, mine: Contender) -> float:
    run = interval(server, readers, FROZEN_SECONDS, mine)
    print(f"  {describe(run)}", flush=True)
    return run.p99
