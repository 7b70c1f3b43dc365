"""Several rows of one contract as one: the newest figure of each field that is known."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pgstrike.jobs.quote import LEG_FLOATS, LEG_INTS, LEGS, is_known

Rows = npt.NDArray[np.void]
Places = npt.NDArray[np.intp]

OF_CHAIN = ("underlying", "forward")
FIGURES = (*OF_CHAIN, *(f"{leg}_{n}" for leg in LEGS for n in (*LEG_FLOATS, *LEG_INTS)))


def groups(rows: Rows, keys: Sequence[str]) -> tuple[Places, Places]:
    """The order that brings rows of one key together, kept within; and where each begins."""
    order = np.lexsort([rows[key] for key in reversed(keys)])
    changes = np.zeros(len(rows), bool)
    changes[:1] = True
    for key in keys:
        column = rows[key][order]
        changes[1:] |= column[1:] != column[:-1]
    return order, np.flatnonzero(changes)


def newest_known(rows: Rows, starts: Places) -> Rows:
    """One row for each group; exchange_time is the latest stamp."""
    found: Rows = rows[starts].copy()
    place = np.arange(len(rows))
    for name in FIGURES:
        last = np.maximum.reduceat(np.where(is_known(rows[name]), place, -1), starts)
        found[name] = np.where(last >= 0, rows[name][last], found[name])
    for name in ("quote_time", "exchange_time"):
        found[name] = np.maximum.reduceat(rows[name], starts)
    return found
