"""How many units a lot has: of an expiry and at a time, from options and known terms.

No I/O: jobs/ingest/lots.py reads the terms from the database.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pgstrike.jobs.feed.times import calendar_day

logger = logging.getLogger(__name__)

ALWAYS = -(2**63) + 1  # before every time

Integers = npt.NDArray[np.int64]


class Terms(NamedTuple):
    """A lot that is known: of one expiry, or of it and all later ones, from a time on."""

    symbol: str
    expiry: int
    is_series: bool  # of later expiries too
    since: int
    lot: int
    source: str


class LotOptions(NamedTuple):
    """What --lot says; `of_first` is for the first symbol of a file, and for no other."""

    of_first: int | None = None
    by_symbol: Mapping[str, int] = {}
    by_expiry: Mapping[tuple[str, int], int] = {}


NO_LOTS = LotOptions()


class Schedule(NamedTuple):
    """The lots of one expiry; each holds from its time until the next."""

    since: Integers
    lots: Integers  # 0: not known
    sources: Sequence[str]


class LotBook:
    """All that is known of lots. `say` gets a line where --lot says another number."""

    def __init__(
        self,
        options: LotOptions = NO_LOTS,
        terms: Iterable[Terms] = (),
        say: Callable[[str], object] = logger.warning,
    ) -> None:
        self.options = options
        self.terms: dict[str, list[Terms]] = {}
        for each in terms:
            self.terms.setdefault(each.symbol, []).append(each)
        self._say = say
        self._said: set[tuple[str, int]] = set()

    def __bool__(self) -> bool:
        """Whether anything is known of any lot."""
        return bool(self.terms) or self.options != NO_LOTS

    def of_file(self) -> "FileLots":
        """What answers for the rows of one file."""
        return FileLots(self)

    def warn(self, symbol: str, expiry: int, given: int, lot: int, source: str) -> None:
        """Say once per symbol and lot that a known lot is taken instead of the given one."""
        if (symbol, lot) in self._said:
            return
        self._said.add((symbol, lot))
        day = calendar_day(expiry)
        self._say(
            f"{symbol} {day} has lots of {lot} ({source}), not {given} as --lot says; "
            f"if that is wrong, pass --lot {symbol}:{day}=N"
        )


class FileLots:
    """The lots of one file: its first symbol has the lot that is given without a symbol."""

    def __init__(self, book: LotBook) -> None:
        self._book = book
        self._first: str | None = None
        self._schedules: dict[tuple[str, int], Schedule] = {}

    def lot_of(self, symbol: str, expiry: int, time: int) -> int | None:
        """Units per lot, or None where it is not known."""
        times = np.array([time], np.int64)
        return int(self._lots(symbol, expiry, times)[0]) or None

    def lots_of(
        self,
        symbols: Sequence[str],
        codes: npt.NDArray[np.int16],
        expiries: npt.NDArray[np.int32],
        times: Integers,
    ) -> Integers:
        """The same of whole columns; 0: not known. A code is a place in `symbols`."""
        lots = np.zeros(len(times), np.int64)
        if not len(times):
            return lots
        self._first = self._first or symbols[codes[0]]
        keys = codes.astype(np.int64) * 2**32 + expiries
        order = np.argsort(keys, kind="stable")
        bounds = np.flatnonzero(np.diff(keys[order])) + 1
        for rows in np.split(order, bounds):
            symbol, expiry = symbols[codes[rows[0]]], int(expiries[rows[0]])
            lots[rows] = self._lots(symbol, expiry, times[rows])
        return lots

    def _lots(self, symbol: str, expiry: int, times: Integers) -> Integers:
        self._first = self._first or symbol
        options = self._book.options
        if (symbol, expiry) in options.by_expiry:
            return np.full(len(times), options.by_expiry[symbol, expiry])
        given = options.by_symbol.get(symbol, 0)
        if symbol == self._first and options.of_first:
            given = options.of_first
        schedule = self._schedule(symbol, expiry)
        places = np.searchsorted(schedule.since, times, "right") - 1
        known = schedule.lots[places]
        for place in np.unique(places[(known != given) & (known > 0)]).tolist():
            if given:
                lot, source = int(schedule.lots[place]), schedule.sources[place]
                self._book.warn(symbol, expiry, given, lot, source)
        return np.where(known > 0, known, given)

    def _schedule(self, symbol: str, expiry: int) -> Schedule:
        found = self._schedules.get((symbol, expiry))
        if found is None:
            found = schedule_of(self._book.terms.get(symbol, ()), expiry)
            self._schedules[symbol, expiry] = found
        return found


def schedule_of(terms: Iterable[Terms], expiry: int) -> Schedule:
    """What the terms of a symbol say of one expiry.

    Its own terms go before those of a series, and a later series before an earlier one.
    """
    held = [each for each in terms if holds(each, expiry)]
    since = sorted({ALWAYS, *(each.since for each in held)})
    lots, sources = [], []
    for time in since:
        begun = [each for each in held if each.since <= time]
        best = max(begun, key=rank, default=None)
        lots.append(best.lot if best else 0)
        sources.append(best.source if best else "")
    return Schedule(np.array(since, np.int64), np.array(lots, np.int64), sources)


def holds(terms: Terms, expiry: int) -> bool:
    """Whether terms are of that expiry at any time."""
    return terms.expiry <= expiry if terms.is_series else terms.expiry == expiry


def rank(terms: Terms) -> tuple[bool, int, int]:
    """Of several terms that hold, the greatest counts."""
    return not terms.is_series, terms.expiry, terms.since


def book_of(lots: LotBook | Mapping[str, int] | int) -> LotBook:
    """A book that knows these lots by symbol, or that of a file's first symbol."""
    match lots:
        case LotBook():
            return lots
        case int():
            return LotBook(LotOptions(of_first=lots))
        case _:
            return LotBook(LotOptions(by_symbol=lots))
