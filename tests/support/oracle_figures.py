"""Sums and shares of figures that may be unknown, as the oracles have them."""

import math

import numpy as np

from tests.support.oracle_chains import Figure, Floats


def total(values: Floats) -> Figure:
    """The sum of the known values; None if there are none."""
    there = values[~np.isnan(values)]
    return math.fsum(there) if len(there) else None


def ratio(above: Figure, below: Figure) -> Figure:
    return above / below if above is not None and below else None


def known(value: float) -> Figure:
    return None if math.isnan(value) else float(value)


def strongest(strike: Floats, weight: Floats) -> tuple[float, float] | None:
    """The first strike of the largest positive weight, and that."""
    best = None
    for at, each in zip(strike, weight, strict=True):
        if each > (best[1] if best else 0):
            best = at, each
    return best
