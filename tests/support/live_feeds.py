"""Live feeds in a test: contracts, and messages about them."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from pgstrike.jobs.feed.times import SECOND, days
from pgstrike.jobs.live.plugin import BIT, Contract, Updates, updates_of

EXPIRY, LATER = days(date(2025, 9, 2)), days(date(2025, 9, 9))


def chain(
    symbol: str = "NIFTY",
    strikes: Sequence[float] = (100, 200),
    expiries: Sequence[int] = (EXPIRY,),
) -> list[Contract]:
    """The underlying, and a call and a put at each strike of each expiry."""
    return [
        Contract(symbol, symbol, "underlying"),
        *(
            Contract(f"{symbol}{expiry}{leg}{strike}", symbol, leg, expiry, strike, 75)
            for expiry in expiries
            for strike in strikes
            for leg in ("call", "put")
        ),
    ]


def message(
    contract: int, at: float, *, stamp: float | None = None, **figures: float
) -> Updates:
    """One message about a contract, read at a second."""
    rows = updates_of(1)
    rows["contract"] = contract
    for name, figure in figures.items():
        rows[name] = figure
        rows["present"] |= np.uint32(BIT[name])
    if stamp is not None:
        rows["exchange_time"] = round(stamp * SECOND)
    return Updates(round(at * SECOND), rows)


def together(*messages: Updates) -> Updates:
    """Messages that were read at one time, that of the last."""
    return Updates(
        messages[-1].read_at, np.concatenate([each.rows for each in messages])
    )
