"""Sessions made up for measuring: 5 expiries of 200 strikes, a quote of each a minute."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from pgstrike.jobs.feed.times import days
from pgstrike.jobs.quote import LEGS, QuoteBatch, unknown_quotes

SYMBOL = "NIFTY"
STRIKES = 200
GAP = 50.0
EXPIRIES = 5
MINUTES = 375
MINUTE = 60_000_000  # microseconds
OPENS = 225 * MINUTE  # 09:15 IST is 03:45 UTC


def trading_days(count: int, first: date = date(2025, 9, 1)) -> list[date]:
    """Weekdays; September 2025 has no NSE holiday before the 15th day of trading."""
    found: list[date] = []
    day = first
    while len(found) < count:
        if day.weekday() < 5:
            found.append(day)
        day += timedelta(days=1)
    return found


def expiries_of(count: int) -> list[date]:
    """One a week."""
    return [date(2025, 9, 30) + timedelta(days=7 * week) for week in range(count)]


def session(
    day: date, random: np.random.Generator, *, minutes_per_batch: int = 15
) -> Iterator[QuoteBatch]:
    """The day's snapshots, several to a batch."""
    expiries = expiries_of(EXPIRIES)
    money = 24_600 + random.normal(0, 4, MINUTES).cumsum()
    for first in range(0, MINUTES, minutes_per_batch):
        minutes = range(first, min(first + minutes_per_batch, MINUTES))
        rows = np.concatenate(
            [
                snapshot(day, minute, money[minute], expiries, random)
                for minute in minutes
            ]
        )
        yield QuoteBatch(rows, (SYMBOL,), [""] * len(rows), [])


def snapshot(
    day: date,
    minute: int,
    money: float,
    expiries: list[date],
    random: np.random.Generator,
) -> npt.NDArray[np.void]:
    rows = unknown_quotes(STRIKES * len(expiries))
    ladder = 24_600 + GAP * (np.arange(STRIKES) - STRIKES // 2)
    strike = np.tile(ladder, len(expiries))
    rows["quote_time"] = days(day) * 1_440 * MINUTE + OPENS + minute * MINUTE
    rows["symbol"] = 0
    rows["strike"] = strike
    rows["expiry"] = np.repeat([days(expiry) for expiry in expiries], STRIKES)
    time_value = 200 * np.exp(-np.abs(strike - money) / 400)
    for leg, sign in zip(LEGS, (1, -1), strict=True):
        mid = np.maximum(sign * (money - strike), 0) + time_value
        rows[f"{leg}_ltp"] = mid.round(2)
        rows[f"{leg}_bid"] = (mid * 0.995).round(2)
        rows[f"{leg}_ask"] = (mid * 1.005).round(2)
        rows[f"{leg}_iv"] = 0.12 + 0.02 * random.random(len(rows))
        rows[f"{leg}_volume"] = (minute + 1) * 7_500
        rows[f"{leg}_oi"] = 75 * random.integers(1_000, 90_000, len(rows))
    return rows
