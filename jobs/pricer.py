"""Pricing batch after batch: no contract is solved again within a second of market time."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from jobs.normal import Floats
from jobs.pricing import PRICE, price_quotes
from jobs.quote import LEGS

Rows = npt.NDArray[np.void]
Places = npt.NDArray[np.intp]
Contract = tuple[int, float]


class Solved(NamedTuple):
    """What one symbol's second was solved to: the volatilities of call and put."""

    quote_time: int  # the newest
    vols: dict[Contract, tuple[float, float]]


class Pricer:
    """Remembers what the newest second of each symbol was solved to.

    Of the quotes of one contract in one second of market time the first is solved; later
    ones take its volatility, and have Greeks of their own. What comes late or again is
    always solved, so that a correction is priced by what it says.
    """

    def __init__(self, rate: float, seconds: float) -> None:
        self.rate = rate
        self.slot_us = round(seconds * 1e6)
        self.newest: dict[str, tuple[int, Solved]] = {}

    def price(
        self, symbols: tuple[str, ...], rows: Rows, forward: Floats, years: Floats
    ) -> Rows:
        """A row of PRICE for each row, whose chain has this forward and these years."""
        if self.slot_us == 0:
            return price_quotes(rows, forward, years, self.rate)
        prices = np.empty(len(rows), PRICE)
        slots: dict[tuple[str, int], list[Places]] = {}
        for places in moments(rows):
            first = rows[places[0]]
            slot = int(first["quote_time"]) // self.slot_us
            slots.setdefault((symbols[first["symbol"]], slot), []).append(places)
        fresh = [
            found[0]
            for (symbol, slot), found in slots.items()
            if self._remembered(symbol, slot) is None
        ]
        if fresh:
            at = np.concatenate(fresh)
            prices[at] = price_quotes(rows[at], forward[at], years[at], self.rate)
        for (symbol, slot), found in slots.items():
            solved = self._remembered(symbol, slot)
            later = found
            if solved is None:
                later = found[1:]
                if not later and slot < self.newest.get(symbol, (slot,))[0]:
                    continue
                solved = remember(rows[found[0]], prices[found[0]], {})
            for at in later:
                known = recall(rows[at], solved)
                prices[at] = price_quotes(
                    rows[at], forward[at], years[at], self.rate, known
                )
                solved = remember(rows[at], prices[at], solved.vols)
            if slot >= self.newest.get(symbol, (slot,))[0]:
                self.newest[symbol] = slot, solved
        return prices

    def _remembered(self, symbol: str, slot: int) -> Solved | None:
        newest = self.newest.get(symbol)
        return newest[1] if newest is not None and newest[0] == slot else None


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
    """The volatilities that were solved before, by leg; none for what is not newer."""
    if int(rows["quote_time"][0]) <= solved.quote_time:
        return None
    unknown = (np.nan, np.nan)
    contracts = zip(rows["expiry"].tolist(), rows["strike"].tolist(), strict=True)
    pairs = np.array([solved.vols.get(each, unknown) for each in contracts])
    return {leg: pairs[:, place] for place, leg in enumerate(LEGS)}
