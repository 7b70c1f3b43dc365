"""Faults that a quote of any feed can have."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from pgstrike.jobs.feed.times import calendar_day
from pgstrike.jobs.quote import LEG_FLOATS, LEG_INTS, LEGS, UNKNOWN, QuoteBatch, Reject

FLOATS = (
    "strike",
    "underlying",
    "forward",
    *(f"{leg}_{name}" for leg in LEGS for name in LEG_FLOATS),
)
INTS = tuple(f"{leg}_{name}" for leg in LEGS for name in LEG_INTS)
# A delta or theta may well be; a strike is another reason.
NEVER_NEGATIVE = (
    "underlying",
    "forward",
    *(f"{leg}_{name}" for leg in LEGS for name in ("ltp", "bid", "ask")),
)
GREEKS = ("delta", "gamma", "theta", "vega")
DELTAS = {"call": (0.0, 1.0), "put": (-1.0, 0.0)}
LARGEST_IV = 5.0

# Prices, strikes and IVs outside are rejected: no market quotes them, and sums, ratios and
# halves of those inside stay finite and above zero.
LARGEST, SMALLEST = 1e12, 1e-12
# Of OI or volume: the sum over 90,000 strikes still has 64 bits.
MOST = 10**14
# Beyond any listed contract, and interest for so long stays a small number.
LONGEST_DAYS = 30 * 366
DAY = 86_400_000_000

Mask = npt.NDArray[np.bool_]


def check(batch: QuoteBatch) -> QuoteBatch:
    """The batch with the rows that cannot be right moved to its rejects, in order."""
    wrong = wrong_rows(batch)
    if not wrong:
        return batch
    right = [index for index in range(len(batch.rows)) if index not in wrong]
    return batch._replace(
        rows=batch.rows[right],
        raw=[batch.raw[index] for index in right],
        rejects=[*batch.rejects, *(wrong[index] for index in sorted(wrong))],
    )


def wrong_rows(batch: QuoteBatch) -> dict[int, Reject]:
    """The rows that cannot be right, by their place."""
    wrong: dict[int, Reject] = {}
    for reason, field, mask in faults(batch.rows):
        for index in np.flatnonzero(mask).tolist():
            figure = batch.rows[field][index]
            shown = calendar_day(int(figure)) if field == "expiry" else figure
            detail = f"{field} is {shown}"
            symbol = batch.symbols[batch.rows["symbol"][index]]
            wrong.setdefault(index, Reject(reason, detail, batch.raw[index], symbol))
    return wrong


def faults(rows: npt.NDArray[np.void]) -> Iterator[tuple[str, str, Mask]]:
    """Each reason and field, with the rows that it strikes."""
    for field in FLOATS:
        yield "not_a_number", field, np.isinf(rows[field])
        yield "out_of_range", field, np.abs(rows[field]) > LARGEST
    yield "bad_strike", "strike", ~(rows["strike"] > 0)  # NaN as well
    for field in ("strike", *NEVER_NEGATIVE):
        yield "out_of_range", field, (rows[field] > 0) & (rows[field] < SMALLEST)
    for field in NEVER_NEGATIVE:
        yield "negative", field, rows[field] < 0
    life = rows["expiry"] - rows["quote_time"] // DAY
    yield "out_of_range", "expiry", life > LONGEST_DAYS
    for field in INTS:
        yield "out_of_range", field, rows[field] > MOST
        yield "negative", field, (rows[field] < 0) & (rows[field] != UNKNOWN)


def forget_impossible(rows: npt.NDArray[np.void]) -> Counter[str]:
    """Make unknown, in place, IVs and Greeks that no option has; how many legs had them.

    One impossible Greek makes all Greeks of its leg unknown: they come from one formula.
    """
    counts: Counter[str] = Counter()
    for leg, (least, most) in DELTAS.items():
        iv, delta = rows[f"{leg}_iv"], rows[f"{leg}_delta"]
        wrong = (iv < 0) | (iv > LARGEST_IV)
        if wrong.any():
            iv[wrong] = np.nan
            counts["impossible_iv"] += int(wrong.sum())
        wrong = (delta < least) | (delta > most)
        wrong |= (rows[f"{leg}_gamma"] < 0) | (rows[f"{leg}_vega"] < 0)
        if wrong.any():
            for name in GREEKS:
                rows[f"{leg}_{name}"][wrong] = np.nan
            counts["impossible_greeks"] += int(wrong.sum())
    return counts
