"""Figures of a book that a new connection keeps, though its contracts have another layout."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from pgstrike.jobs.live.layout import Layout

if TYPE_CHECKING:
    from pgstrike.jobs.live.book import Book

OF_SYMBOL = ("spot", "first", "newest", "last")


class KeptFigures(NamedTuple):
    """What a book held, by the names of contracts, chains and symbols."""

    layout: Layout
    figures: npt.NDArray[np.void]
    until: npt.NDArray[np.int64]
    of_chain: Mapping[str, npt.NDArray[np.float64]]
    # Chains whose newest figures are not in a snapshot yet.
    changed: npt.NDArray[np.bool_]
    of_symbol: Mapping[str, npt.NDArray[np.generic]]

    @classmethod
    def of(cls, book: "Book") -> "KeptFigures":
        of_symbol = {name: getattr(book, name) for name in OF_SYMBOL}
        return cls(
            *(book.layout, book.figures, book.until, book.of_chain, book.changed),
            of_symbol,
        )

    def give(self, book: "Book") -> None:
        """Put it into a book of another layout."""
        new, old = common(book.layout.keys, self.layout.keys)
        book.figures[new], book.until[new] = self.figures[old], self.until[old]
        new, old = common(book.layout.chains, self.layout.chains)
        book.changed[new] = self.changed[old]
        for name, values in self.of_chain.items():
            book.of_chain[name][new] = values[old]
        new, old = common(book.layout.symbols, self.layout.symbols)
        for name, column in self.of_symbol.items():
            getattr(book, name)[new] = column[old]


def common(new: Sequence[object], old: Sequence[object]) -> tuple[list[int], list[int]]:
    """Where the things stand that both have, in each."""
    place = {key: at for at, key in enumerate(old)}
    found = [(at, place[key]) for at, key in enumerate(new) if key in place]
    return [at for at, _ in found], [at for _, at in found]
