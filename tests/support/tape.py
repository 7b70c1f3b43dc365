"""Random sessions of a few contracts, and what NumPy says their bars hold.

Growths are not added up here: what a leg grew by in a bucket is where it stood at its end,
less where it stood before. So the answers owe nothing to how the product derives them.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

import numpy as np

from tests.support.quote_market import (
    EXPIRY,
    FRIDAY,
    LATER,
    MONDAY,
    THURSDAY,
    Quote,
    ist,
    known,
)

LEGS = ("call", "put")
WIDTHS = {"1min": 1, "5min": 5, "15min": 15, "1h": 60, "1d": 1_440}  # minutes


# What a series is asked for, and which buckets that means of the sessions of `two_tapes`.
WINDOWS = (
    ({}, ist("04:15:00", MONDAY), ist("15:30:00", MONDAY)),
    (
        {"from": ist("04:15:00", THURSDAY)},
        ist("04:15:00", THURSDAY),
        ist("15:30:00", MONDAY),
    ),
    (
        {"from": ist("11:00:00"), "to": ist("12:15:00", MONDAY)},
        ist("11:00:00"),
        ist("12:15:00", MONDAY),
    ),
)


class Bar(NamedTuple):
    """One leg in one bucket; NaN is unknown."""

    oi: float
    oi_change: float
    volume: float
    close: float


class Tape(NamedTuple):
    """Quotes of an expiry: figures by session, quote, strike and leg; NaN is unknown."""

    days: list[date]
    minutes: np.ndarray  # of each quote, since the open; the same in each session
    strikes: np.ndarray
    is_quoted: np.ndarray  # by session, quote and strike
    oi: np.ndarray
    volume: np.ndarray  # cumulative in its session
    ltp: np.ndarray
    expiry: date = EXPIRY

    def quotes(self) -> list[Quote]:
        """In the order of time."""
        return [
            Quote(
                (ist("09:15:00") + timedelta(minutes=int(minute))).strftime("%H:%M:%S"),
                float(self.strikes[strike]),
                *(
                    {
                        "oi": known(self.oi[session, place, strike, leg]),
                        "volume": known(self.volume[session, place, strike, leg]),
                        "ltp": known(self.ltp[session, place, strike, leg]),
                    }
                    for leg in (0, 1)
                ),
                underlying=24_610.0,
                day=day,
                expiry=self.expiry,
            )
            for session, day in enumerate(self.days)
            for place, minute in enumerate(self.minutes)
            for strike in range(len(self.strikes))
            if self.is_quoted[session, place, strike]
        ]

    def times(self) -> np.ndarray:
        """The instant of each quote, by session and quote."""
        return np.array(
            [
                [
                    ist("09:15:00", day) + timedelta(minutes=int(at))
                    for at in self.minutes
                ]
                for day in self.days
            ]
        )

    def newest(self, at: datetime) -> dict[int, tuple[int, int]]:
        """By strike, session and place of its newest quote at an instant."""
        is_there = self.is_quoted & (self.times() <= at)[:, :, None]
        return {
            strike: tuple(np.argwhere(is_there[:, :, strike])[-1])
            for strike in range(len(self.strikes))
            if is_there[:, :, strike].any()
        }

    def bars(self, timeframe: str) -> dict[tuple[datetime, float], tuple[Bar, Bar]]:
        """Of both legs, by bucket and strike, where the strike was quoted in the bucket."""
        width = WIDTHS[timeframe]
        buckets = self.minutes // width
        found = {}
        for session, day in enumerate(self.days):
            for bucket in np.unique(buckets):
                # A day's bucket begins at 22:45 UTC, the others as the session does.
                first = "04:15:00" if timeframe == "1d" else "09:15:00"
                at = ist(first, day) + timedelta(minutes=int(bucket) * width)
                for strike in range(len(self.strikes)):
                    quoted = self.is_quoted[session, :, strike]
                    if not (quoted & (buckets == bucket)).any():
                        continue
                    found[at, float(self.strikes[strike])] = tuple(
                        Bar(
                            *grown(
                                self.oi[session, quoted, strike, leg],
                                buckets[quoted],
                                bucket,
                                counts_first=False,
                            ),
                            grown(
                                self.volume[session, quoted, strike, leg],
                                buckets[quoted],
                                bucket,
                                counts_first=True,
                            )[1],
                            last(
                                self.ltp[
                                    session, quoted & (buckets == bucket), strike, leg
                                ]
                            ),
                        )
                        for leg in (0, 1)
                    )
        return found


def last(figures: np.ndarray) -> float:
    """The last that is known, or NaN."""
    there = figures[~np.isnan(figures)]
    return float(there[-1]) if len(there) else np.nan


def grown(
    figures: np.ndarray, buckets: np.ndarray, bucket: int, *, counts_first: bool
) -> tuple[float, float]:
    """Where a session's figure stood at the end of a bucket, and how far it came in it."""
    end = last(figures[buckets == bucket])
    before = last(figures[buckets < bucket])
    if np.isnan(before):
        first = figures[~np.isnan(figures)][:1]
        before = 0.0 if counts_first or not len(first) else float(first[0])
    return end, end - before


def random_tape(
    random: np.random.Generator,
    days: list[date],
    *,
    quotes: int = 12,
    strikes: int = 4,
    unknown: float = 0.15,
    expiry: date = EXPIRY,
) -> Tape:
    """A tape on which a share of the figures, and of the quotes, is missing."""
    shape = len(days), quotes, strikes, 2
    volume = 75.0 * random.integers(0, 900, shape).cumsum(axis=1)
    oi = 75.0 * random.integers(0, 900, shape)
    ltp = random.integers(1, 2_000, shape) / 20
    for figures in (volume, oi, ltp):
        figures[random.random(shape) < unknown] = np.nan
    return Tape(
        days,
        np.sort(random.choice(375, quotes, replace=False)),
        24_600 + 50.0 * np.arange(strikes),
        random.random(shape[:3]) >= unknown,
        oi,
        volume,
        ltp,
        expiry,
    )


def two_tapes(seed: int) -> list[Tape]:
    """Three sessions of two expiries."""
    random = np.random.default_rng(seed)
    days = [THURSDAY, FRIDAY, MONDAY]
    return [random_tape(random, days, expiry=expiry) for expiry in (EXPIRY, LATER)]


def running(figures: list[float]) -> Iterator[float]:
    """The sum of the known values so far; NaN before the first."""
    total = np.nan
    for figure in figures:
        if not np.isnan(figure):
            total = figure + (0 if np.isnan(total) else total)
        yield total
