"""A market made for measuring: each batch changes so many strikes around the money."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import numpy as np
import numpy.typing as npt

from bench.generate import EXPIRIES, GAP, SYMBOL, snapshot, trading_days
from pgstrike.jobs.quote import QuoteBatch

MONEY = 24_600.0
[DAY] = trading_days(1)
FRONT = date(2025, 9, 30)
DATES = [FRONT + timedelta(days=7 * n) for n in range(EXPIRIES)]
OPENS = datetime.fromisoformat("2025-09-01T03:45:00Z")
STEP = timedelta(milliseconds=250)  # market time between two batches


def whole_chain() -> QuoteBatch:
    """Every strike, at the open: what a market has before it is watched."""
    return batch_of(figures(0, np.random.default_rng(7)))


def changes(strikes: int, after: datetime) -> Iterator[QuoteBatch]:
    """Batches without end: the strikes nearest the money, in the first expiry."""
    number = clock_number(after)
    random = np.random.default_rng(number)
    while True:
        number += 1
        rows = figures(number, random)
        front = rows[rows["expiry"] == rows["expiry"].min()]
        nearest = np.argsort(np.abs(front["strike"] - MONEY), kind="stable")[:strikes]
        yield batch_of(front[np.sort(nearest)])


def clock_number(clock: datetime) -> int:
    """Of the batch that moved the market's clock there."""
    return (clock - OPENS) // STEP


def figures(number: int, random: np.random.Generator) -> npt.NDArray[np.void]:
    """The whole market at one instant; every price, OI and IV is another than before."""
    money = MONEY + random.uniform(-GAP / 4, GAP / 4)
    rows = snapshot(DAY, 0, money, DATES, random)
    rows["quote_time"] += number * (STEP // timedelta(microseconds=1))
    rows["underlying"] = round(money, 2)
    for leg in ("call", "put"):
        rows[f"{leg}_iv"] = rows[f"{leg}_iv"].round(4)
        rows[f"{leg}_volume"] = 75 * (number + 1)
        for name in ("bid_qty", "ask_qty"):
            rows[f"{leg}_{name}"] = 75 * random.integers(1, 99, len(rows))
    return rows


def batch_of(rows: npt.NDArray[np.void]) -> QuoteBatch:
    return QuoteBatch(rows, (SYMBOL,), [""] * len(rows), [])
