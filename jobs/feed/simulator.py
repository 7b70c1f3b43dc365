"""Sessions without end and without a network, odd in the ways of a real feed."""

import zlib
from collections.abc import Container, Iterator, Sequence
from datetime import date
from itertools import islice

import holidays
import numpy as np
import numpy.typing as npt

from pgstrike.jobs.feed.contracts import trading_days, underlying
from pgstrike.jobs.feed.ndjson import QuoteTexts
from pgstrike.jobs.feed.simulated import OPENS, SESSION_SECONDS, SimulatedChain
from pgstrike.jobs.feed.times import DAY, SECOND, days
from pgstrike.jobs.quote import LEG_FLOATS, LEG_INTS, LEGS, UNKNOWN, QuoteBatch

HOLE = 1 / 300  # chances, each of one snapshot
HOLE_SECONDS = (180, 1_140)
CALM_SECONDS = 7_200  # of the first session: a newcomer sees it move first
HISTORY_SECONDS = 900  # between two snapshots of a session that is history
HISTORY_OF_DAY = 3_600 * SECOND  # of the session after it
DROP_OUT = 1 / 40
LOST_LEGS = 1 / 10
LAG_SECONDS = 70
REPEATED = 1 / 25
AHEAD_SECONDS = 51
LONG_AFTER = np.iinfo(np.int64).max


def simulate(
    symbols: Sequence[str],
    start_day: date,
    seed: int = 0,
    seconds_between: float = 60.0,
    calendar: Container[date] | None = None,
    *,
    has_history: bool = False,
) -> Iterator[QuoteBatch]:
    """For ever, a batch for each snapshot and symbol, from the open of `start_day` on.

    With a history the first session is simulated in coarse steps: changes count from it.

    It yields as fast as it is read: pacing is the reader's. `calendar` holds the days
    the exchange is closed besides weekends, XNSE's if left out. What a symbol shows
    depends on the seed and its own name only, so that one more changes no other.
    """
    closed = holidays_of(calendar)
    sources = [SimulatedSource(symbol, seed) for symbol in symbols]
    rng = np.random.default_rng([seed, 0])
    for number, day in enumerate(trading_days(start_day, closed)):
        for source in sources:
            source.open_day(day, closed)
        is_history = has_history and number == 0
        calm = CALM_SECONDS if number <= has_history else 0
        between = HISTORY_SECONDS if is_history else seconds_between
        for second in snapshot_seconds(rng, between, calm):
            now = days(day) * DAY + OPENS + round(second * SECOND)
            for source in sources:
                yield source.snapshot(now)


def history_ends(start_day: date, calendar: Container[date] | None = None) -> int:
    """When the past is over that a simulation with a history begins with: an hour of day 2."""
    _, day = islice(trading_days(start_day, holidays_of(calendar)), 2)
    return days(day) * DAY + OPENS + HISTORY_OF_DAY


def holidays_of(calendar: Container[date] | None) -> Container[date]:
    return holidays.financial_holidays("XNSE") if calendar is None else calendar


def snapshot_seconds(
    rng: np.random.Generator, between: float, calm: float
) -> Iterator[float]:
    """When in the session snapshots are taken; after `calm` there are holes of minutes."""
    second = float(rng.integers(1 + int(between)))
    while second <= SESSION_SECONDS:
        yield second
        hole = int(rng.integers(*HOLE_SECONDS)) if rng.random() < HOLE else 0
        second += between + (hole if second > calm else 0)


class SimulatedSource:
    """One symbol as a careless feed shows it."""

    def __init__(self, symbol: str, seed: int) -> None:
        own = zlib.crc32(symbol.encode())
        self._symbol = symbol
        self._chain = SimulatedChain(
            underlying(symbol), np.random.default_rng([seed, own, 0])
        )
        self._rng = np.random.default_rng([seed, own, 1])
        self._before = self._stamp = self._leap = 0

    def open_day(self, day: date, closed: Container[date]) -> None:
        """Begin a session."""
        self._chain.open_day(day, closed)
        self._before = days(day) * DAY + OPENS
        self._stamp = self._before
        self._leap = self._before + int(self._rng.integers(SESSION_SECONDS)) * SECOND

    def snapshot(self, now: int) -> QuoteBatch:
        """The whole chain as it is at `now`."""
        rows = self._chain.step(now, (now - self._before) / SECOND)
        self._before = now
        rows["exchange_time"] = self._exchange_time(now)
        self._lose_legs(rows)
        self._drop_out(rows)
        return QuoteBatch(rows, (self._symbol,), QuoteTexts(rows, (self._symbol,)), [])

    def _exchange_time(self, now: int) -> int:
        """The exchange's stamp: late, at times the last one again, once a day ahead."""
        if now >= self._leap:
            self._leap = LONG_AFTER
            return now + AHEAD_SECONDS * SECOND
        if self._rng.random() >= REPEATED:
            lag = LAG_SECONDS + round(3 * self._rng.standard_normal())
            self._stamp = max(self._stamp, now - lag * SECOND)
        return self._stamp

    def _lose_legs(self, rows: npt.NDArray[np.void]) -> None:
        """At times, know nothing of a few legs in this snapshot."""
        if self._rng.random() >= LOST_LEGS:
            return
        for at in self._rng.integers(len(rows), size=3):
            leg = LEGS[self._rng.integers(2)]
            for name in LEG_FLOATS:
                rows[f"{leg}_{name}"][at] = np.nan
            for name in LEG_INTS:
                rows[f"{leg}_{name}"][at] = UNKNOWN

    def _drop_out(self, rows: npt.NDArray[np.void]) -> None:
        """At times, show a busy leg without volume and OI for just this snapshot."""
        leg = LEGS[self._rng.integers(2)]
        busy = np.flatnonzero((rows[f"{leg}_volume"] > 0) & (rows[f"{leg}_ltp"] > 0))
        if len(busy) and self._rng.random() < DROP_OUT:
            at = self._rng.choice(busy)
            rows[f"{leg}_volume"][at] = rows[f"{leg}_oi"][at] = 0
