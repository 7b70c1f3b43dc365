"""Quotes of symbols that the row of a feed does not list: they are rejected, with a word."""

import logging
from collections.abc import Collection

import numpy as np

from pgstrike.jobs.quote import QuoteBatch, Reject

logger = logging.getLogger(__name__)

REASON = "not_listed"
MOST_TOLD = 10_000


class Unlisted:
    """Takes out the quotes of symbols that a feed does not list.

    In one connection a reject is told once for each symbol, of a folder once for each file.
    A bus that carries other symbols too must not fill fo.quote_reject.
    """

    def __init__(self, feed: str, symbols: Collection[str]) -> None:
        self._feed = feed
        self._symbols = frozenset(symbols)
        self._told: set[tuple[str, str]] = set()

    def connected(self) -> None:
        """A new connection: what was told may not have been stored, and is told again."""
        self._told.clear()

    def without(self, batch: QuoteBatch) -> QuoteBatch:
        """The quotes of these symbols, and a reject for each other symbol that is new."""
        others = [
            code
            for code in np.unique(batch.rows["symbol"]).tolist()
            if batch.symbols[code] not in self._symbols
        ]
        if not others:
            return batch
        listed = ~np.isin(batch.rows["symbol"], others)
        rejects = [*batch.rejects]
        for code in others:
            rejects += self._reject(batch, code)
        return batch._replace(
            rows=batch.rows[listed],
            raw=[batch.raw[place] for place in np.flatnonzero(listed).tolist()],
            rejects=rejects,
        )

    def warn(self, symbols: Collection[str]) -> None:
        """Say which symbols of a list of contracts are none of the feed's."""
        for symbol in sorted({*symbols} - self._symbols):
            if self._is_new("", symbol):
                logger.warning("feed %s: %s", self._feed, self._fault(symbol))

    def _reject(self, batch: QuoteBatch, code: int) -> list[Reject]:
        symbol = batch.symbols[code]
        if not self._is_new(batch.source, symbol):
            return []
        places = np.flatnonzero(batch.rows["symbol"] == code)
        fault = self._fault(symbol)
        logger.warning("feed %s: %s", self._feed, fault)
        return [Reject(REASON, fault, batch.raw[int(places[0])], symbol)]

    def _is_new(self, source: str, symbol: str) -> bool:
        if len(self._told) >= MOST_TOLD:
            self._told.clear()
        is_new = (source, symbol) not in self._told
        self._told.add((source, symbol))
        return is_new

    def _fault(self, symbol: str) -> str:
        return (
            f"the feed {self._feed} does not list {symbol}, so none of its quotes is stored; "
            "list it with `pgstrike feed add`"
        )
