"""Markets whose features are asked for: sessions at random, and chains of one instant."""

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from pgstrike.jobs.ingest.store import Store
from tests.support.chains import black_chain
from tests.support.oracle_features import read_market
from tests.support.quote_market import (
    EXPIRY,
    FRIDAY,
    LATER,
    MONDAY,
    Quote,
    Row,
    ask,
    ist,
)

WEEKLY = EXPIRY + timedelta(days=7)
# With a hole from 09:46 on, and one of a minute.
TIMES = (
    *("09:15:05", "09:16:00", "09:17:30", "09:20:00", "09:21:10", "09:31:00"),
    *("09:45:00", "10:15:20", "10:19:00", "10:20:10", "10:21:00"),
)


def features(store: Store, at: datetime | None = None) -> Row:
    [row] = ask(store.connection, "features", at=at)
    return row


def rising(quotes: list[Quote], volume: int) -> list[Quote]:
    """With volumes that nothing takes back."""
    return [
        quote._replace(
            call={**quote.call, "volume": volume}, put={**quote.put, "volume": volume}
        )
        for quote in quotes
    ]


def session(random: np.random.Generator) -> list[list[Quote]]:
    """Snapshots of Monday after one of Friday; in the last four a new weekly expiry."""
    days = [("15:29:00", FRIDAY), *((time, MONDAY) for time in TIMES)]
    return [
        [
            quote
            for expiry in (
                EXPIRY,
                *([WEEKLY] if number >= len(TIMES) - 3 else []),
                LATER,
            )
            for quote in rising(
                black_chain(random, time, day, expiry), 75 + 75 * number
            )
        ]
        for number, (time, day) in enumerate(days)
    ]


def instants(store: Store) -> list[datetime]:
    """Of the stored snapshots."""
    return [
        at.to_pydatetime() for at in read_market(store.connection).underlyings.index
    ]


def some(random: np.random.Generator, quotes: list[Quote]) -> list[Quote]:
    """At least one of them."""
    return [quotes[0], *(quote for quote in quotes[1:] if random.random() < 0.8)]


def moments(random: np.random.Generator) -> list[tuple[str, date, date]]:
    """Of two expiries in two sessions; now and then one of them is not quoted."""
    days = [("15:29:00", FRIDAY), *((time, MONDAY) for time in TIMES)]
    return [
        (time, day, expiry)
        for time, day in days
        for expiry in (EXPIRY, LATER)
        if day == FRIDAY or random.random() < 0.85
    ]


def chain(time: str, oi: int = 7500, day: date = FRIDAY, **fields: Any) -> list[Quote]:
    """A ladder of 15 strikes, 50 apart, at a pace of IV that the time tells."""
    vol = 0.1 + (ist(time) - ist("09:15:00")).total_seconds() / 1e6
    leg = {"ltp": 100.0, "bid": 99.0, "ask": 101.0, "iv": vol}
    return [
        Quote(
            time,
            24_250.0 + 50 * step,
            {**leg, "oi": oi},
            {**leg, "oi": 2 * oi},
            24_610.0,
            day,
            **fields,
        )
        for step in range(15)
    ]
