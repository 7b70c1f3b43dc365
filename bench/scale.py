"""`make bench-scale`: what each way to another host adds to a direct LISTEN, in one run.

Followers are processes of their own; all of them hear the same commits. Delay is from the
moment of commit, as Postgres notes it, to the hub. What a way sustains is measured alone: the
writer commits all it can, and the follower has to keep up.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from statistics import quantiles
from typing import Any

import psycopg

from bench.report import Figure, at_least, at_most, report
from bench.scaling.ways import NAME, WAYS
from bench.streaming.ours import COMMITS
from tests.support.engines import make_template
from tests.support.pairs import Pair, pair_of

PER_SECOND = 100
P50_GOAL, P99_GOAL, SUSTAINED_GOAL = 10, 15, 0.9


def main() -> int:
    options = arguments()
    figures: list[Figure] = []
    with contextlib.ExitStack() as stack:
        pair = stack.enter_context(servers())
        ways = opened(stack, pair)
        figures += delay_figures(pair, ways, options.seconds)
        for name, environ in ways.items():
            if name != "listen":
                figures.append(sustained(pair, name, environ, options.seconds / 4))
    figures += listener_figures()
    return 0 if report("scale", figures) else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    return parser.parse_args()


@contextlib.contextmanager
def servers() -> Iterator[Pair]:
    """A primary, which notes the times of commits, and its standby; a database of ours."""
    with pair_of("postgres") as pair:
        assert pair is not None
        make_template(pair.primary, NAME)
        with psycopg.connect(pair.primary.dsn("postgres"), autocommit=True) as session:
            session.execute(f"ALTER DATABASE {NAME} ALLOW_CONNECTIONS true")
            session.execute("ALTER SYSTEM SET track_commit_timestamp = on")
            session.execute("ALTER SYSTEM SET wal_level = logical")  # for the edge
        pair.primary.stop("fast")
        pair.primary.start()
        pair.replayed()
        yield pair


def opened(stack: contextlib.ExitStack, pair: Pair) -> dict[str, Mapping[str, str]]:
    ways = {}
    for name, way in WAYS.items():
        environ = stack.enter_context(way(pair, NAME))
        if environ is None:
            print(f"{name}: not measured, for it is not here", flush=True)
        else:
            ways[name] = environ
    return ways


def delay_figures(
    pair: Pair, ways: Mapping[str, Mapping[str, str]], seconds: float
) -> list[Figure]:
    """Added delay of the same events, over the delay of a direct LISTEN."""
    _, found = heard(pair, ways, PER_SECOND, seconds)
    with psycopg.connect(pair.primary.dsn(NAME)) as session:
        committed = dict(session.execute(COMMITS).fetchall())
    own = sorted(found["listen"][id] - committed[id] for id in found["listen"])
    p50, p99 = percentiles(own)
    figures = []
    for name, at in found.items():
        if name == "listen":
            continue
        added = percentiles([at[id] - found["listen"][id] for id in at])
        what = f"{name}: added delay ms, {PER_SECOND} events/s"
        peers = ("p50", added[0], p50, P50_GOAL), ("p99", added[1], p99, P99_GOAL)
        figures += [
            at_most(
                f"{what}, {part}", ours / 1e6, its / 1e6, "LISTEN", ours / its, goal
            )
            for part, ours, its, goal in peers
        ]
    return figures


def percentiles(values: list[int]) -> tuple[float, float]:
    cuts = quantiles(values, n=100)
    return cuts[49], cuts[98]


def sustained(
    pair: Pair, name: str, environ: Mapping[str, str], seconds: float
) -> Figure:
    """Events/s to the hub, over what the writer commits meanwhile."""
    wrote, found = heard(pair, {name: environ}, 0, seconds)
    ended = max(found[name].values())
    ours = wrote["events"] / (ended - wrote["began_ns"]) * 1e9
    limit = wrote["events"] / (wrote["ended_ns"] - wrote["began_ns"]) * 1e9
    what = f"{name}: events/s, the writer commits all it can"
    return at_least(what, ours, limit, "the writer", ours / limit, SUSTAINED_GOAL)


def heard(
    pair: Pair,
    ways: Mapping[str, Mapping[str, str]],
    per_second: float,
    seconds: float,
) -> tuple[dict[str, Any], dict[str, dict[int, int]]]:
    """What the writer says, and when each follower had each of its events."""
    command = [sys.executable, "-m", "bench.scaling.writer", pair.primary.dsn(NAME)]
    with contextlib.ExitStack() as stack:
        followers = {n: stack.enter_context(follower(e)) for n, e in ways.items()}
        done = subprocess.run(
            [*command, str(per_second), str(seconds)],
            stdout=subprocess.PIPE,
            check=True,
        )
        wrote = json.loads(done.stdout)
        first = wrote["last"] - wrote["events"] + 1
        found = {}
        for name, process in followers.items():
            said, _ = process.communicate(f"{wrote['last']}\n", timeout=120)
            at = {
                int(id): ns for id, ns in json.loads(said).items() if int(id) >= first
            }
            assert len(at) == wrote["events"], f"{name} lost some"
            found[name] = at
    return wrote, found


@contextlib.contextmanager
def follower(environ: Mapping[str, str]) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-m", "bench.scaling.follow"],
        env={**os.environ, **environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def listener_figures() -> list[Figure]:
    try:
        from bench.scale_listener import rows
    except ImportError:
        print("shared listener: not measured, for it is not here", flush=True)
        return []
    return list(rows())


if __name__ == "__main__":
    sys.exit(main())
