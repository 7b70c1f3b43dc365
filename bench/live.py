"""`make bench-live`: the whole way at once, against this project at an older commit.

A feed writes NDJSON into `ingest`, beside `run` and `serve` with 200 panels; every figure of
every strike is another each 5 s, in real time. The peer is a git worktree of 5f92412 with an
environment of its own; both run in turn, on each engine, on databases of their own. Takes
about half an hour, and a machine that does nothing else.
"""

import argparse
import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.feeding.bulk import refresh_figure
from bench.feeding.history import history_figure
from bench.feeding.peer import Checkout, ours, peer
from bench.feeding.run import Lags, environment, feed_live
from bench.report import Figure, at_least, at_most, report
from bench.spine import ingest_figure
from bench.streaming.machine import raise_limits
from pgstrike.db.install.render import Engine
from pgstrike.db.paths import ROOT
from pgstrike.jobs.settings import JobsSettings
from tests.support.engines import make_server, running

DATA = Path(os.environ.get("PGSTRIKE_DATA", ROOT.parent / "shared" / "data"))
ENGINES: tuple[Engine, ...] = ("postgres", "timescaledb")
STRIKES = 10_000
LADDER = (10_000, 20_000, 30_000, 40_000, 60_000)
PARTS = ("lag", "most", "bulk", "history")


def main() -> int:
    options = arguments()
    raise_limits(2_000)
    contenders = (ours(), peer())
    figures: list[Figure] = []
    for engine in options.engines:
        if make_server(engine) is None:
            print(f"{engine}: not on this machine")
            continue
        for part in options.only:
            print(f"{engine}, {part}:", flush=True)
            figures += measured(part, engine, contenders, options)
    return 0 if report("live", figures) else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.live", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=ENGINES)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    return parser.parse_args()


def measured(
    part: str,
    engine: Engine,
    contenders: tuple[Checkout, Checkout],
    options: argparse.Namespace,
) -> list[Figure]:
    match part:
        case "lag":
            return lag_figures(engine, contenders, options.seconds)
        case "most":
            return [most_figure(engine, contenders, options.seconds // 2)]
        case "history":
            with database(engine, ours()) as dsn:
                return [history_figure(engine, dsn)]
    return bulk_figures(engine)


@contextlib.contextmanager
def database(engine: Engine, checkout: Checkout) -> Iterator[str]:
    """A fresh database of the engine, built by that checkout."""
    server = make_server(engine, {})
    assert server is not None
    with running(server) as started:
        started.create_database()
        dsn = started.dsn()
        built = subprocess.run(
            checkout.upgrade,
            cwd=checkout.folder,
            env=environment(dsn),
            capture_output=True,
            text=True,
        )
        if built.returncode != 0:
            raise SystemExit(built.stderr)
        yield dsn


def run(engine: Engine, checkout: Checkout, strikes: int, seconds: int) -> Lags:
    with database(engine, checkout) as dsn:
        found = feed_live(checkout, dsn, strikes, seconds)
    print(
        f"  {checkout.name}, {strikes:,} strikes: stored after {median(found.chain):.2f} s,"
        f" in the snapshot after {median(found.snapshot):.2f} s,"
        f" {'follows' if found.follows else 'falls behind'}",
        flush=True,
    )
    return found


def lag_figures(
    engine: Engine, contenders: tuple[Checkout, Checkout], seconds: int
) -> list[Figure]:
    mine, theirs = (run(engine, each, STRIKES, seconds) for each in contenders)
    figures = []
    for what, ours_late, its_late in (
        ("last chain event", mine.chain, theirs.chain),
        ("snapshot", mine.snapshot, theirs.snapshot),
    ):
        a, b = median(ours_late), median(its_late)
        name = f"{engine}, {STRIKES:,} strikes per 5 s, last line to {what}, s"
        figures.append(at_most(name, a, b, contenders[1].name, a / b, 0.5))
    return figures


def most_figure(
    engine: Engine, contenders: tuple[Checkout, Checkout], seconds: int
) -> Figure:
    a, b = (most(engine, each, seconds) for each in contenders)
    what = f"{engine}, strikes per 5 s followed without growing lag"
    return at_least(what, a, b, contenders[1].name, a / b, 3)


def most(engine: Engine, checkout: Checkout, seconds: int) -> int:
    """The most of the ladder that is followed; half of its first where none is."""
    followed = LADDER[0] // 2
    for strikes in LADDER:
        if not run(engine, checkout, strikes, seconds).follows:
            break
        followed = strikes
    return followed


def bulk_figures(engine: Engine) -> list[Figure]:
    """A whole file at once: the refresh after it, and `ingest` against a bare COPY."""
    checkout = ours()
    with database(engine, checkout) as dsn:
        refresh = refresh_figure(engine, dsn, DATA / "nse-nifty-2025-08-29.csv.gz")
    with database(engine, checkout) as dsn:
        began = perf_counter()
        figure = ingest_figure(dsn, JobsSettings.from_env({}))
        print(f"  ingest measured in {perf_counter() - began:.0f} s", flush=True)
    what = f"{engine}, {figure.what}"
    return [
        refresh,
        at_least(what, figure.ours, figure.peer, figure.peer_name, figure.ratio, 0.25),
    ]


if __name__ == "__main__":
    sys.exit(main())
