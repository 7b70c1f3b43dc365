"""Pricing batch after batch: no contract is solved again within a second of market time."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pgstrike.jobs.pricing.black76 import Floats
from pgstrike.jobs.pricing.pricing import PRICE, Terms, price_quotes
from pgstrike.jobs.quote import LEGS

Rows = npt.NDArray[np.void]
Places = npt.NDArray[np.intp]
Contract = tuple[int, float]
Second = tuple[str, int]  # of one symbol, counted from 2000


class Solved(NamedTuple):
    """What one symbol's second was solved to: the volatilities of call and put."""

    quote_time: int  # the newest
    vols: dict[Contract, tuple[float, float]]


class Pricer:
    """Remembers the volatilities of the newest second of each symbol.

    Of the quotes of one contract in one second of market time the first is solved; later ones
    take its volatility, and get Greeks of their own. Late quotes and corrections are always
    solved from their own prices.
    """

    def __init__(self, rate: float, seconds: float) -> None:
        self.rate = rate
        self.second_us = round(seconds * 1e6)
        self.solved: dict[Second, Solved] = {}

    def price(self, symbols: tuple[str, ...], rows: Rows, terms: Terms) -> Rows:
        """A row of PRICE for each row, whose chain has these terms."""
        if self.second_us == 0:
            return price_quotes(rows, terms, self.rate)
        prices = np.empty(len(rows), PRICE)

        def solve(at: Places, known: dict[str, Floats] | None = None) -> None:
            prices[at] = price_quotes(rows[at], terms.at(at), self.rate, known)

        seconds = self._seconds(symbols, rows)
        fresh = [at[0] for second, at in seconds.items() if second not in self.solved]
        if fresh:
            solve(np.concatenate(fresh))
        newest = dict(sorted(seconds))
        for second, at in seconds.items():
            if second not in self.solved:
                if len(at) == 1 and second[1] < newest[second[0]]:
                    continue  # nothing asks for it again
                first, *at = at
                self.solved[second] = remember(rows[first], prices[first], {})
            for later in at:
                solved = self.solved[second]
                solve(later, recall(rows[later], solved))
                self.solved[second] = remember(rows[later], prices[later], solved.vols)
        self._forget()
        return prices

    def _seconds(
        self, symbols: tuple[str, ...], rows: Rows
    ) -> dict[Second, list[Places]]:
        """Where the moments of each symbol's seconds stand, in the order of time."""
        seconds: dict[Second, list[Places]] = {}
        for at in moments(rows):
            first = rows[at[0]]
            second = (
                symbols[first["symbol"]],
                int(first["quote_time"]) // self.second_us,
            )
            seconds.setdefault(second, []).append(at)
        return seconds

    def _forget(self) -> None:
        """All but the newest second of each symbol."""
        newest = dict(sorted(self.solved))
        self.solved = {each: self.solved[each] for each in newest.items()}


def moments(rows: Rows) -> list[Places]:
    """Where the rows of each symbol's moment stand, in the order of time."""
    order = np.lexsort((rows["quote_time"], rows["symbol"]))
    when, code = rows["quote_time"][order], rows["symbol"][order]
    starts = (np.diff(when) != 0) | (np.diff(code) != 0)
    return np.split(order, np.flatnonzero(starts) + 1) if len(rows) else []


def remember(
    rows: Rows, prices: Rows, vols: dict[Contract, tuple[float, float]]
) -> Solved:
    """The volatilities of a moment, over those of its second that were known before."""
    contracts = zip(rows["expiry"].tolist(), rows["strike"].tolist(), strict=True)
    pairs = zip(*(prices[f"{leg}_iv"].tolist() for leg in LEGS), strict=True)
    vols.update(zip(contracts, pairs, strict=True))
    return Solved(int(rows["quote_time"][0]), vols)


def recall(rows: Rows, solved: Solved) -> dict[str, Floats] | None:
    """The volatilities that were solved before, by leg; none if the snapshot is not newer."""
    if int(rows["quote_time"][0]) <= solved.quote_time:
        return None
    unknown = (np.nan, np.nan)
    contracts = zip(rows["expiry"].tolist(), rows["strike"].tolist(), strict=True)
    pairs = np.array([solved.vols.get(each, unknown) for each in contracts])
    return {leg: pairs[:, place] for place, leg in enumerate(LEGS)}
