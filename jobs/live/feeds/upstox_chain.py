"""Upstox's `/v2/option/chain` as updates: where each contract stands when a feed begins."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from pgstrike.jobs.feed.figures import Figures, at
from pgstrike.jobs.feed.upstox import LEGS, leg_of
from pgstrike.jobs.live.feeds.answers import data_of
from pgstrike.jobs.live.feeds.decoded import Decoded
from pgstrike.jobs.live.plugin import BIT, UPDATE, updates_of
from pgstrike.jobs.quote import Reject

MAY_BE_NEGATIVE = ("delta", "theta", "iv")


def decode_chain(body: bytes, places: Mapping[str, int]) -> Decoded:
    """The updates of a chain's contracts that `places` has, by instrument key.

    A leg with a figure that is no number is a reject. FeedError where it is no chain.
    """
    rows, rejects = [], []
    for key, figures in figures_of(data_of(body, "Upstox", list)):
        if key not in places:
            continue
        try:
            rows.append(row_of(places[key], figures))
        except (TypeError, ValueError, OverflowError) as error:
            rejects.append(Reject("malformed", f"{key}: {error}", str(figures)))
    return Decoded(np.concatenate([updates_of(0), *rows]), rejects)


def figures_of(chain: list[Any]) -> Iterator[tuple[str, Figures]]:
    """Each key with its figures; the underlying's, whose price each strike repeats, first."""
    first = chain[0] if chain else None
    yield str(at(first, "underlying_key")), {"ltp": at(first, "underlying_spot_price")}
    for strike in chain:
        for name in LEGS.values():
            leg = at(strike, name)
            if leg is not None:
                yield str(at(leg, "instrument_key")), leg_of(leg)


def row_of(place: int, figures: Figures) -> Any:
    """One UPDATE: a figure that is null is unknown, and so is a price, IV or Greek of 0."""
    row = updates_of(1)
    row["contract"] = place
    for name, figure in figures.items():
        row["present"] |= BIT[name]
        is_price = UPDATE[name].kind == "f"
        if figure is not None and (figure != 0 or not is_price):
            row[name] = float(figure) if is_price else int(figure)
        if figure is not None and row[name][0] < 0 and name not in MAY_BE_NEGATIVE:
            raise ValueError(f"{name} is {figure}")
    return row
