"""Implied volatility and Greeks against the fastest exact libraries, on one core.

`python -m bench.greeks` installs the peers into build/bench-venv and measures there, ours
and theirs in turn in one process, so that all stand on the same numpy and the same core.
The peers are given what they like best: one leg at a time, no dataframe, compiled
beforehand. Each figure is the best of the rounds, for ours as for theirs.
"""

import sys
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import NamedTuple

import numpy as np

from bench.peer_venv import run_beside
from bench.report import Figure, at_least, at_most, report
from pgstrike.jobs.pricing.black76 import Floats
from pgstrike.jobs.pricing.greeks import greeks, price
from pgstrike.jobs.pricing.implied_vol import implied_vol

PEERS = ["iv_engine==0.1.1", "fast_vollib==0.2.4", "numba>=0.61", "scipy>=1.14"]
ONE_THREAD = ["RAYON_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS"]

SETS = ["chain", "wide", "deep in the money", "deep out of the money"]
COUNT = 100_000
ROUNDS = 15
RATE = 0.065
FORWARD = 24_600.0
EPSILON = float(np.finfo(np.float64).eps)


class Contracts(NamedTuple):
    paid: Floats
    forward: Floats
    strike: Floats
    tau_years: Floats
    rate: Floats
    vol: Floats
    is_call: np.ndarray[tuple[int], np.dtype[np.bool_]]


def main() -> int:
    """Run this module beside its peers."""
    done = run_beside(PEERS, "bench.greeks", dict.fromkeys(ONE_THREAD, "1"))
    print(done.stdout, end="")
    return done.returncode


def measure() -> int:
    figures: list[Figure] = []
    for name in SETS:
        figures += iv_figures(name, contracts(name, COUNT))
    chain = contracts("chain", COUNT)
    figures += [greeks_figure(chain), batch_figure(contracts("chain", 1_000))]
    return 0 if report("greeks", figures) else 1


def contracts(name: str, count: int) -> Contracts:
    """Seeded; strikes are so many standard deviations away from the forward."""
    random = np.random.default_rng(7)
    tau = random.choice([1, 7, 14, 30, 90], count) / 365
    vol, away = random.uniform(0.08, 0.4, count), random.uniform(-2.5, 2.5, count)
    if name == "wide":
        tau = np.exp(random.uniform(np.log(1 / 365), np.log(5), count))
        vol = np.exp(random.uniform(np.log(0.03), np.log(3), count))
        away = random.uniform(-6, 6, count)
    elif name.startswith("deep"):
        away = random.uniform(3, 8, count) * random.choice([-1, 1], count)
    strike = FORWARD * np.exp(away * vol * np.sqrt(tau))
    call = random.random(count) < 0.5
    if name.startswith("deep"):
        call = (strike < FORWARD) == (name == "deep in the money")
    forward, rate = np.full(count, FORWARD), np.full(count, RATE)
    paid = price(forward, strike, tau, vol, rate, call)
    return Contracts(paid, forward, strike, tau, rate, vol, call)


def iv_figures(name: str, these: Contracts) -> list[Figure]:
    """Speed against the fastest peer, whatever it misses, and what both miss."""

    def ours() -> Floats:
        return implied_vol(*these[:5], these.is_call).vol

    solvers = {"pgstrike": ours, **iv_peers(these)}
    missed = {each: misses(these, solve()) for each, solve in solvers.items()}
    speed = speeds(solvers, these.vol.size)
    mine, (best, theirs) = speed["pgstrike"], fastest_peer(speed)
    count = missed["pgstrike"]
    return [
        at_least(f"IV/s, {name}", mine, theirs, best, mine / theirs, 2),
        at_most(f"IV missed, {name}", count, missed[best], best, count, 0),
    ]


def misses(these: Contracts, found: Floats) -> int:
    """Contracts off by more than 1e-8 and more than the rounding of their price explains.

    A contract whose price says nothing about its vol to 1 % (deep in the money, where all
    17 digits are intrinsic value) is none.
    """
    paid, forward, strike, tau, rate, vol, call = these
    vega = greeks(forward, strike, tau, vol, rate, call).vega_per_point * 100
    with np.errstate(divide="ignore"):
        allowed = 1e-8 + 8 * EPSILON * paid / vega
    return int(((allowed < 0.01 * vol) & ~(np.abs(found - vol) <= allowed)).sum())


def iv_peers(these: Contracts) -> dict[str, Callable[[], Floats]]:
    """Each gets what its signature asks for, prepared outside the measured time."""
    import iv_engine  # type: ignore[import-not-found]
    from fast_vollib.jackel.jackel_iv import (  # type: ignore[import-not-found]
        jackel_iv_black,
    )

    undiscounted = these.paid * np.exp(these.rate * these.tau_years)
    legs = [these.is_call, ~these.is_call]
    inputs = [
        [x[leg] for x in (undiscounted, these.forward, these.strike, these.tau_years)]
        for leg in legs
    ]

    def by_leg() -> Floats:
        found = np.empty(these.vol.size)
        for leg, arrays, call in zip(legs, inputs, (True, False), strict=True):
            found[leg] = iv_engine.implied_volatilities(*arrays, call, parallel=False)
        return found

    def at_once() -> Floats:
        args = undiscounted, these.forward, these.strike, these.tau_years, these.is_call
        return np.asarray(jackel_iv_black(*args))

    return {"iv_engine": by_leg, "fast_vollib (Jaeckel)": at_once}


def greeks_figure(these: Contracts) -> Figure:
    """All seven of ours against the five of the peer."""
    from fast_vollib import get_all_greeks  # type: ignore[import-not-found]

    def peer(backend: str) -> Callable[[], object]:
        flags = np.where(these.is_call, "c", "p")
        inputs = these.forward, these.strike, these.tau_years, these.rate, these.vol
        return lambda: get_all_greeks(
            flags, *inputs, model="black", return_as="dict", backend=backend
        )

    inputs = these.forward, these.strike, these.tau_years, these.vol, these.rate
    solvers = {
        "pgstrike": lambda: greeks(*inputs, these.is_call),
        "fast_vollib (numpy)": peer("numpy"),
        "fast_vollib (numba)": peer("numba"),
    }
    speed = speeds(solvers, these.vol.size)
    mine, (best, theirs) = speed["pgstrike"], fastest_peer(speed)
    return at_least("Greeks/s, chain", mine, theirs, best, mine / theirs, 1)


def batch_figure(these: Contracts) -> Figure:
    """IV, then the Greeks at it, of the contracts of one ingest batch."""

    def both() -> object:
        vol = implied_vol(*these[:5], these.is_call).vol
        return greeks(*these[1:4], vol, these.rate, these.is_call)

    milliseconds = 1e3 / speeds({"pgstrike": both}, 1)["pgstrike"]
    what = f"ms for IV and Greeks of {these.vol.size:,} contracts"
    return at_most(what, milliseconds, 5, "the budget", milliseconds, 5)


def speeds(solvers: Mapping[str, Callable[[], object]], count: int) -> dict[str, float]:
    """Contracts a second, best of the rounds; the solvers take turns."""
    best = dict.fromkeys(solvers, np.inf)
    for _ in range(ROUNDS + 1):
        for name, solve in solvers.items():
            began = perf_counter()
            solve()
            best[name] = min(best[name], perf_counter() - began)
    return {name: count / seconds for name, seconds in best.items()}


def fastest_peer(speed: Mapping[str, float]) -> tuple[str, float]:
    return max(
        ((name, each) for name, each in speed.items() if name != "pgstrike"),
        key=lambda pair: pair[1],
    )


if __name__ == "__main__":
    sys.exit(measure() if sys.argv[1:] == ["measure"] else main())
