"""The exposure of dealers and its levels by their definition in docs/metrics.md, with NumPy."""

from typing import NamedTuple

import numpy as np

from tests.support.oracle_chains import Chain, Figure, Floats, Leg, Row
from tests.support.oracle_figures import strongest, total


class Exposure(NamedTuple):
    """Of dealers, at each strike, in currency; NaN is unknown."""

    gex: Floats
    dex: Floats
    vanna: Floats
    charm: Floats


def exposures(chain: Chain) -> tuple[Exposure, Exposure]:
    """Those of the calls, which dealers hold, and of the puts, which they owe."""
    return exposure_of(chain, chain.call, 1), exposure_of(chain, chain.put, -1)


def exposure_of(chain: Chain, leg: Leg, sign: int) -> Exposure:
    forward, years, iv = chain.forward, chain.own_years, leg.iv
    d2 = (
        np.log(forward / chain.strike) / (iv * np.sqrt(years)) - iv * np.sqrt(years) / 2
    )
    # D n(d1), as the gamma that is stored has it.
    density = leg.gamma * forward * iv * np.sqrt(years)
    vanna = -0.01 * density * d2 / iv
    charm = (chain.rate * leg.delta + density * d2 / (2 * years)) / 365
    held = sign * leg.oi
    return Exposure(
        held * leg.gamma * forward**2 * 0.01,
        held * leg.delta * forward,
        held * vanna * forward,
        held * charm * forward,
    )


def exposure_levels(chain: Chain) -> Row:
    call, put = exposures(chain)
    call_wall = strongest(chain.strike, call.gex)
    put_wall = strongest(chain.strike[::-1], -put.gex[::-1])
    return {
        "call_gex": total(call.gex),
        "put_gex": total(put.gex),
        **{
            f"net_{name}": total(
                np.concatenate((getattr(call, name), getattr(put, name)))
            )
            for name in Exposure._fields
        },
        "gex_flip": gex_flip(chain, call.gex, put.gex),
        "call_wall": call_wall and call_wall[0],
        "put_wall": put_wall and put_wall[0],
    }


def gex_flip(chain: Chain, call: Floats, put: Floats) -> Figure:
    """Of the levels at which the running sum of net GEX changes sign the one nearest the
    forward; a tie: the lower."""
    crossings = sign_changes(*running_gex(chain.strike, call, put))
    return min(
        crossings, key=lambda level: (abs(level - chain.forward), level), default=None
    )


def running_gex(strike: Floats, call: Floats, put: Floats) -> tuple[Floats, Floats]:
    """The strikes whose net GEX is known, and its sum from the lowest one to each."""
    net = [total(np.array(legs)) for legs in zip(call, put, strict=True)]
    places = [place for place, each in enumerate(net) if each is not None]
    return strike[places], np.cumsum([net[place] for place in places], dtype=np.float64)


def sign_changes(strike: Floats, running: Floats) -> list[float]:
    """Where a line through the points changes its sign; not where it only touches zero.

    A line that lies on zero between two strikes changes it at the first of these.
    """
    changes = []
    last: int | None = None  # the newest place at which it was not zero
    for place, value in enumerate(running):
        if value == 0:
            continue
        if last is not None and (value > 0) != (running[last] > 0):
            low, high = strike[last], strike[last + 1]
            here, there = running[last], running[last + 1]
            changes.append(low + (high - low) * here / (here - there))
        last = place
    return changes
