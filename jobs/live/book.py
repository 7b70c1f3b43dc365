"""The newest figures of each leg of one source, and snapshots of them.

A source that sends changes is silent about a leg that does not change. So a leg keeps its
figures as long as the connection lives that brought them, and KEPT after it ended. A leg that
was never heard is unknown.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.check import (
    LARGEST,
    LONGEST_DAYS,
    MOST,
    SMALLEST,
    forget_impossible,
    wrong_rows,
)
from pgstrike.jobs.feed.merge import KEPT
from pgstrike.jobs.feed.ndjson import QuoteTexts
from pgstrike.jobs.feed.newest import OF_CHAIN
from pgstrike.jobs.feed.times import DAY, SECOND
from pgstrike.jobs.feed.unknown import forget_zeros
from pgstrike.jobs.live.layout import NOWHERE, Layout
from pgstrike.jobs.live.plugin import (
    BIT,
    FIGURES,
    UPDATE,
    Contract,
    Updates,
    updates_of,
)
from pgstrike.jobs.quote import (
    LEG_FLOATS,
    LEG_INTS,
    LEGS,
    UNKNOWN,
    Kinds,
    QuoteBatch,
    Reject,
    unknown_quotes,
)

SETTLED = 2 * SECOND  # so long the first snapshot waits for legs that were not heard
PENDING_ROWS = 4096  # of messages that are taken in together
MOST_REJECTS = 10_000  # that wait to be stored
ALIVE = np.iinfo(np.int64).max
OF_LEG = (*LEG_FLOATS, *LEG_INTS)
FLOATS = (*OF_CHAIN, *LEG_FLOATS)
PRICES = (*OF_CHAIN, "ltp", "bid", "ask")
NEVER = UNKNOWN

Rows = npt.NDArray[np.void]
Mask = npt.NDArray[np.bool_]


class Standing(NamedTuple):
    """How a source stands with a symbol: its newest message, and all its volume so far.

    The volume is None where the source says none, or no total of the session.
    """

    read_at: int
    volume: int | None


class Book:
    """The figures of one source. One thread uses it."""

    def __init__(self, kinds: Kinds) -> None:
        self.kinds = kinds
        self._pending: list[Updates] = []
        self._pending_rows = 0
        self._rejects: list[Reject] = []
        self._lay_out(Layout.of(()))

    def connected(self, contracts: Sequence[Contract]) -> None:
        """A new connection lists its contracts; those of before keep their figures."""
        self._settle()
        before = Figures.of(self)
        self._lay_out(Layout.of(contracts))
        before.give(self)

    def disconnected(self, now: int) -> None:
        """The connection ended: what it brought is soon unknown."""
        self._settle()
        np.minimum(self.until, now + KEPT, out=self.until, where=self.until != NEVER)

    def add(self, updates: Updates) -> None:
        """Take messages in; FeedError where one is of a contract that is not listed."""
        contract = updates.rows["contract"]
        listed = len(self.layout.keys)
        if len(contract) and not 0 <= contract.min() <= contract.max() < listed:
            raise FeedError(
                f"the feed sends contract {contract.max()} and lists {listed}; mend it"
            )
        self._pending.append(updates)
        self._pending_rows += len(updates.rows)
        if self._pending_rows >= PENDING_ROWS:
            self._settle()

    def standings(self) -> dict[str, Standing]:
        """Of each symbol that was heard."""
        self._settle()
        return {
            symbol: Standing(int(self.newest[code]), self._volume(code))
            for code, symbol in enumerate(self.layout.symbols)
            if self.newest[code] != NEVER
        }

    def due(self, now: int) -> list[str]:
        """The symbols that have something new for a snapshot."""
        self._settle()
        changed = {self.layout.chains[at][0] for at in np.flatnonzero(self.changed)}
        return [
            symbol
            for code, symbol in enumerate(self.layout.symbols)
            if symbol in changed and self._is_settled(code, now)
        ]

    def snapshot(self, since: Mapping[str, int]) -> QuoteBatch:
        """The changed chains of some symbols, each at the time of its newest message.

        That is never before the time that is given with the symbol, nor at one that it had.
        """
        self._settle()
        symbols = tuple(sorted(since))
        codes = [self.layout.symbols.index(symbol) for symbol in symbols]
        wanted = np.isin(self.layout.rows["symbol"], codes)
        wanted &= self.changed[self.layout.chain_of_row]
        at = np.flatnonzero(wanted)
        for code, symbol in zip(codes, symbols, strict=True):
            later = max(int(self.last[code]) + 1, since[symbol])
            self.last[code] = max(int(self.newest[code]), later)
        rows = self._rows_at(at)
        self.changed[self.layout.chain_of_row[at]] = False
        self.stamp[codes] = UNKNOWN
        rows["symbol"] = np.searchsorted(codes, rows["symbol"])
        forgotten = forget_impossible(rows)
        forget_zeros(rows)
        rejects, self._rejects = self._rejects, []
        return QuoteBatch(
            rows, symbols, QuoteTexts(rows, symbols), rejects, forgotten, "", self.kinds
        )

    def show_again(self, batch: QuoteBatch) -> None:
        """It was not stored: the next snapshot has its chains, as they are then."""
        places = {chain: place for place, chain in enumerate(self.layout.chains)}
        for code, expiry in np.unique(batch.rows[["symbol", "expiry"]]).tolist():
            symbol = batch.symbols[code]
            place = places.get((symbol, expiry))
            if place is None:
                continue  # it is not listed any more
            self.changed[place] = True
            own = self.layout.symbols.index(symbol)
            stamps = batch.rows["exchange_time"][batch.rows["symbol"] == code]
            self.stamp[own] = max(self.stamp[own], stamps.max())

    def _rows_at(self, at: npt.NDArray[np.intp]) -> Rows:
        rows = self.layout.rows[at]
        code, chain = rows["symbol"], self.layout.chain_of_row[at]
        rows["quote_time"], rows["exchange_time"] = self.last[code], self.stamp[code]
        rows["forward"] = self.of_chain["forward"][chain]
        own = self.of_chain["underlying"][chain]
        rows["underlying"] = np.where(np.isnan(own), self.spot[code], own)
        is_shown = np.zeros(len(rows), bool)
        for leg in LEGS:
            contract = self.layout.legs[leg][at]
            is_known = contract != NOWHERE
            is_known &= self.until[contract] >= rows["quote_time"]
            is_shown |= is_known
            for name in OF_LEG:
                rows[f"{leg}_{name}"][is_known] = self.figures[name][contract[is_known]]
        return rows[is_shown]

    def _lay_out(self, layout: Layout) -> None:
        self.layout = layout
        contracts, symbols, chains = map(
            len, (layout.keys, layout.symbols, layout.chains)
        )
        self.expiries = layout.expiries()
        self._last_expiry = int(self.expiries.max(initial=0))
        strikes = layout.strikes
        self._places_are_right = bool(
            ((strikes >= SMALLEST) & (strikes <= LARGEST)).all()
        )
        self.figures = updates_of(contracts)
        self.until = np.full(max(contracts, 1), NEVER, np.int64)
        self.of_chain = {name: np.full(chains, np.nan) for name in OF_CHAIN}
        self.changed = np.zeros(chains, bool)
        self.spot = np.full(symbols, np.nan)
        self.first, self.newest, self.last, self.stamp = (
            np.full(symbols, NEVER, np.int64) for _ in range(4)
        )
        first: dict[str, int] = {}
        for place, (symbol, _) in enumerate(layout.chains):
            first.setdefault(symbol, place)
        self.nearest = np.array(
            [first.get(symbol, NOWHERE) for symbol in layout.symbols], np.intp
        )

    def _settle(self) -> None:
        """Take in the messages that wait, the wrong ones left out."""
        if not self._pending:
            return
        pending, self._pending, self._pending_rows = self._pending, [], 0
        rows = np.empty(sum(len(each.rows) for each in pending), UPDATE)
        at = 0
        for each in pending:  # concatenate would compare the fields of each
            rows[at : at + len(each.rows)] = each.rows
            at += len(each.rows)
        read_at = np.repeat(
            np.array([each.read_at for each in pending], np.int64),
            [len(each.rows) for each in pending],
        )
        for each in pending:
            self._reject(each.rejects)
        right = self._right(rows, read_at)
        self._take(rows[right], read_at[right])

    def _reject(self, rejects: Iterable[Reject]) -> None:
        """Keep some: while the database is away, nothing takes them."""
        left = max(MOST_REJECTS - len(self._rejects), 0)
        self._rejects += islice(rejects, left)

    def _right(self, rows: Rows, read_at: npt.NDArray[np.int64]) -> Mask:
        """Which messages can be right; the others become rejects."""
        right = np.ones(len(rows), bool)
        if self._are_right(rows, read_at):
            return right
        shown = self._as_quotes(rows, read_at)
        symbols = self.layout.symbols
        wrong = wrong_rows(
            QuoteBatch(shown, symbols, QuoteTexts(shown, symbols), [], kinds=self.kinds)
        )
        self._reject(wrong.values())
        right[[*wrong]] = False
        return right

    def _are_right(self, rows: Rows, read_at: npt.NDArray[np.int64]) -> bool:
        """Whether none of the messages has a fault: wrong_rows takes ten times as long."""
        if not self._places_are_right or not len(rows):
            return False
        if (self._last_expiry - read_at.min() // DAY) > LONGEST_DAYS:
            return False
        for name in FLOATS:
            column = rows[name]
            if (np.abs(column) > LARGEST).any():
                return False
            if name in PRICES and ((column < SMALLEST) & (column != 0)).any():
                return False
        for name in LEG_INTS:
            column = rows[name]
            if (column > MOST).any() or ((column < 0) & (column != UNKNOWN)).any():
                return False
        return True

    def _as_quotes(self, rows: Rows, read_at: npt.NDArray[np.int64]) -> Rows:
        """Messages as quotes of one leg, to be checked and shown as any others."""
        layout, contract = self.layout, rows["contract"]
        shown = unknown_quotes(len(rows))
        shown["quote_time"], shown["exchange_time"] = read_at, rows["exchange_time"]
        shown["symbol"], shown["strike"] = (
            layout.symbol_of[contract],
            layout.strikes[contract],
        )
        shown["expiry"] = self.expiries[contract]
        for name in OF_CHAIN:
            shown[name] = rows[name]
        for leg, is_leg in layout.is_leg.items():
            at = is_leg[contract]
            for name in OF_LEG:
                shown[f"{leg}_{name}"][at] = rows[name][at]
        is_spot = layout.chain_of[contract] == NOWHERE
        shown["underlying"][is_spot] = rows["ltp"][is_spot]
        return shown

    def _take(self, rows: Rows, read_at: npt.NDArray[np.int64]) -> None:
        if not len(rows):
            return
        contract, present = rows["contract"], rows["present"]
        chain, symbol = (
            self.layout.chain_of[contract],
            self.layout.symbol_of[contract],
        )
        any_present = int(np.bitwise_or.reduce(present))
        all_present = int(np.bitwise_and.reduce(present))
        for name in FIGURES:
            if all_present & BIT[name]:
                self.figures[name][contract] = rows[name]  # the last counts
            elif any_present & BIT[name]:
                has = (present & BIT[name]) != 0
                self.figures[name][contract[has]] = rows[name][has]
        is_leg = chain != NOWHERE
        for name in OF_CHAIN:
            has = is_leg & ((present & BIT[name]) != 0)
            self.of_chain[name][chain[has]] = rows[name][has]
        has = ~is_leg & ((present & BIT["ltp"]) != 0)
        self.spot[symbol[has]] = rows["ltp"][has]
        self.until[contract] = ALIVE
        self.changed[chain[is_leg]] = True
        # An underlying that moves alone is shown with the nearest chain.
        nearest = self.nearest[symbol[~is_leg]]
        self.changed[nearest[nearest != NOWHERE]] = True
        heard = np.unique(symbol)
        is_new = heard[self.first[heard] == NEVER]
        self.first[is_new] = read_at[0]
        np.maximum.at(self.newest, symbol, read_at)
        np.maximum.at(self.stamp, symbol, rows["exchange_time"])

    def _is_settled(self, code: int, now: int) -> bool:
        """Whether all legs were heard, or have had their time."""
        own = self.layout.symbol_of == code
        is_whole = bool((self.until[: len(own)][own] != NEVER).all())
        return is_whole or now - int(self.first[code]) >= SETTLED

    def _volume(self, code: int) -> int | None:
        if self.kinds.volume == "other":
            return None
        own = (self.layout.symbol_of == code) & (self.layout.chain_of != NOWHERE)
        volumes = self.figures["volume"][own]
        known = volumes[volumes != UNKNOWN]
        return int(known.sum()) if len(known) else None


class Figures(NamedTuple):
    """What a book held, by the names of contracts, chains and symbols."""

    layout: Layout
    figures: Rows
    until: npt.NDArray[np.int64]
    of_chain: Mapping[str, npt.NDArray[np.float64]]
    changed: Mask  # chains whose newest figures are not in a snapshot yet
    of_symbol: Mapping[str, npt.NDArray[np.generic]]

    @classmethod
    def of(cls, book: Book) -> "Figures":
        of_symbol = {name: getattr(book, name) for name in OF_SYMBOL}
        return cls(
            *(book.layout, book.figures, book.until, book.of_chain, book.changed),
            of_symbol,
        )

    def give(self, book: Book) -> None:
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


OF_SYMBOL = ("spot", "first", "newest", "last")


def common(new: Sequence[object], old: Sequence[object]) -> tuple[list[int], list[int]]:
    """Where the things stand that both have, in each."""
    place = {key: at for at, key in enumerate(old)}
    found = [(at, place[key]) for at, key in enumerate(new) if key in place]
    return [at for at, _ in found], [at for _, at in found]
