"""A market by the minute, with features: sessions whose underlying a test decides."""

import math
from collections.abc import Callable
from datetime import date, datetime, timedelta

from pgstrike.jobs.ingest.store import Store
from tests.support.quote_market import EXPIRY, FRIDAY, Quote, add, ist

LEVEL = 24_600.0
STRIKES = (24_500, 24_550, 24_600, 24_650, 24_700)
Path = Callable[[int], float]  # the underlying, so many minutes after the open


def wave(minute: int) -> float:
    """Up for half an hour, down for half an hour."""
    return round(LEVEL + 40 * math.sin(minute * math.pi / 30), 2)


def opened(day: date = FRIDAY, minutes: float = 0) -> datetime:
    """An instant of a session, by its minutes since the open."""
    return ist("09:15:00", day) + timedelta(minutes=minutes)


def snapshot(
    minute: float, underlying: float, day: date = FRIDAY, symbol: str = "NIFTY"
) -> list[Quote]:
    """A small chain, both legs known; IV and OI vary with the minute."""
    time = opened(day, minute).strftime("%H:%M:%S")
    return [
        Quote(
            time,
            strike,
            call={
                "ltp": 100.0,
                "volume": 750 * int(minute + 1),
                "oi": 7500 + 75 * int(minute),
                "iv": 0.11 + minute / 10_000,
            },
            put={
                "ltp": 90.0,
                "volume": 1500 * int(minute + 1),
                "oi": 3000,
                "iv": 0.12 + minute / 10_000,
            },
            underlying=underlying,
            day=day,
            expiry=EXPIRY,
            symbol=symbol,
        )
        for strike in STRIKES
    ]


def play(
    store: Store,
    minutes: range,
    path: Path = wave,
    *,
    day: date = FRIDAY,
    symbol: str = "NIFTY",
) -> None:
    """Store a snapshot for each minute, in one batch."""
    quotes = [each for m in minutes for each in snapshot(m, path(m), day, symbol)]
    add(store, *quotes)
