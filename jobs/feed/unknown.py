"""The zeros that NSE writes for what it does not know."""

import numpy as np
import numpy.typing as npt

from pgstrike.jobs.quote import LEG_FLOATS, LEG_INTS, LEGS, UNKNOWN

Mask = npt.NDArray[np.bool_]


def forget_zeros(rows: npt.NDArray[np.void]) -> None:
    """Make unknown, in place, every zero that cannot be meant.

    A price, an IV or a Greek of 0; a quantity of 0 at a price that is not known; and a
    whole leg that has no price, no open interest and no volume.
    """
    for name in ("underlying", "forward"):
        forget(rows, name, rows[name] == 0)
    for leg in LEGS:
        for name in LEG_FLOATS:
            forget(rows, f"{leg}_{name}", rows[f"{leg}_{name}"] == 0)
        empty = empty_leg(rows, leg)
        for name in (*LEG_FLOATS, *LEG_INTS):
            forget(rows, f"{leg}_{name}", empty)
        for side in ("bid", "ask"):
            quantity = f"{leg}_{side}_qty"
            unpriced = np.isnan(rows[f"{leg}_{side}"])
            forget(rows, quantity, unpriced & (rows[quantity] == 0))


def empty_leg(rows: npt.NDArray[np.void], leg: str) -> Mask:
    """The rows in which this leg has neither a price nor open interest nor volume."""
    empty: Mask = (rows[f"{leg}_oi"] == 0) & (rows[f"{leg}_volume"] == 0)
    for name in ("ltp", "bid", "ask"):
        empty &= np.isnan(rows[f"{leg}_{name}"])
    return empty


def forget(rows: npt.NDArray[np.void], field: str, mask: Mask) -> None:
    """Make one field unknown where the mask says so."""
    is_float = np.issubdtype(rows.dtype[field], np.floating)
    rows[field][mask] = np.nan if is_float else UNKNOWN
