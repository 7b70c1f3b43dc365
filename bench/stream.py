"""`make bench-stream`: the stream against its peers, in one run.

One server at a time, pinned to one core; its clients (bench/load.c), Postgres and whoever
writes or publishes have the others. CPU is what the kernel says the server's process used.
Ours is `pgstrike serve` with a key, driven by commits on an embedded server; an event of
theirs is stamped when they begin to send it, one of ours when its transaction commits. The
peers are installed into build/bench/. Takes about 20 minutes, 12,000 open files and cores
that do nothing else.
"""

import argparse
import os
import signal
import sys

from bench.report import Figure, report
from bench.streaming.bandwidth import bandwidth_figures
from bench.streaming.cost import cpu_figures, crowd_figures, distinct_figures, ours
from bench.streaming.latency import latency_figures
from bench.streaming.machine import OTHER_CORES, raise_limits
from bench.streaming.memory import frozen_figures, idle_figures
from bench.streaming.ours import database
from bench.streaming.peers import available
from bench.streaming.replay import replay_figures
from bench.streaming.starving import starving_figures
from bench.streaming.steady import Contender
from bench.streaming.writer import open_market

FILES = 12_000  # each client is one, on either side
KINDS = ["raw", "panel"]
PARTS = (
    "cpu",
    "crowd",
    "latency",
    "distinct",
    "starving",
    "idle",
    "bandwidth",
    "replay",
    "frozen",
)
COMPARED = {"cpu", "crowd", "idle"}  # parts with peers


def main() -> int:
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and stop what was started
    raise_limits(FILES)
    os.sched_setaffinity(0, OTHER_CORES)  # of the embedded server as well
    theirs = available() if COMPARED & {*options.only} else []
    figures: list[Figure] = []
    for part in options.only:
        print(f"{part}:", flush=True)
        figures += measured(part, theirs, options)
    return 0 if report("stream", figures) else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.stream", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    return parser.parse_args()


def measured(
    part: str, theirs: list[Contender], options: argparse.Namespace
) -> list[Figure]:
    """One part, on a database of its own."""
    often = options.rounds, options.seconds
    if part == "bandwidth":
        return bandwidth_figures()
    with database() as dsn:
        open_market(dsn)
        match part:
            case "cpu":
                return cpu_figures(ours(dsn, KINDS), theirs, *often)
            case "crowd":
                return crowd_figures(ours(dsn, [*KINDS, "paced"]), theirs, *often)
            case "latency":
                return latency_figures(dsn, KINDS, *often)
            case "distinct":
                return distinct_figures(dsn, KINDS, *often)
            case "starving":
                return starving_figures(dsn, KINDS, *often)
            case "idle":
                return idle_figures(dsn, KINDS, theirs)
            case "replay":
                return replay_figures(dsn)
        return frozen_figures(dsn, options.rounds)


if __name__ == "__main__":
    sys.exit(main())
