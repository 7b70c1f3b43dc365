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
from pgstrike.jobs.feed.check import forget_impossible
from pgstrike.jobs.feed.merge import KEPT
from pgstrike.jobs.feed.ndjson import QuoteTexts
from pgstrike.jobs.feed.newest import OF_CHAIN
from pgstrike.jobs.feed.times import SECOND
from pgstrike.jobs.feed.unknown import forget_zeros
from pgstrike.jobs.feed_kinds import Kinds
from pgstrike.jobs.live.kept_figures import KeptFigures
from pgstrike.jobs.live.layout import NOWHERE, Layout
from pgstrike.jobs.live.message_check import OF_LEG, MessageCheck
from pgstrike.jobs.live.plugin import (
    BIT,
    FIGURES,
    UPDATE,
    Contract,
    Updates,
    updates_of,
)
from pgstrike.jobs.quote import LEGS, UNKNOWN, QuoteBatch, Reject

SETTLED = 2 * SECOND  # so long the first snapshot waits for legs that were not heard
PENDING_ROWS = 4096  # of messages that are taken in together
MOST_REJECTS = 10_000  # that wait to be stored
ALIVE = np.iinfo(np.int64).max
NEVER = UNKNOWN

Rows = npt.NDArray[np.void]


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
        before = KeptFigures.of(self)
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
        self._check = MessageCheck(layout, self.kinds)
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
        wrong = self._check.wrong(rows, read_at)
        self._reject(wrong.values())
        right = np.ones(len(rows), bool)
        right[[*wrong]] = False
        self._take(rows[right], read_at[right])

    def _reject(self, rejects: Iterable[Reject]) -> None:
        """Keep some: while the database is away, nothing takes them."""
        left = max(MOST_REJECTS - len(self._rejects), 0)
        self._rejects += islice(rejects, left)

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
