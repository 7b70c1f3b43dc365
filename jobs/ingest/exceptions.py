"""Dates on which Indian exchanges kept other hours than the package `holidays` says.

Facts of 2023 and later, so that a recording of such a day is right without a command. NSE's
closed days of 2023 to 2026 were compared with those of the pull request of CLOSURES, which
lists them from NSE's circulars: with these rows they are the same. The hours are those of
options. What is announced later is said with `pgstrike calendar`.
"""

from datetime import date
from typing import NamedTuple

CLOSURES = "https://github.com/rsheftel/pandas_market_calendars/pull/479"
MOVED = "https://github.com/rsheftel/pandas_market_calendars/issues/300"
WEEKENDS = "https://github.com/rsheftel/pandas_market_calendars/pull/481"
SPECIAL = "https://github.com/rsheftel/pandas_market_calendars/pull/474"
ELECTION = "https://github.com/rsheftel/pandas_market_calendars/issues/344"
TEMPLE = "https://github.com/rsheftel/pandas_market_calendars/issues/342"
MARCH = "https://zerodha.com/marketintel/bulletin/371327/live-trading-session-on-saturday-march-02-2024"
# One source has 11:30 to 12:30 for the second session, others 11:45 to 12:40: both are covered.
MAY = "https://zerodha.com/marketintel/bulletin/377895/live-trading-session-on-saturday-may-18-2024"
DIWALI_2023 = (
    "https://www.angelone.in/announcements/market/muhurat-trading-session-12-nov"
)

SHARES = ("NSE", "BSE")
INDIA = ("NSE", "BSE", "CDS", "MCX")
CLOSED, REGULAR = "closed", "regular"


class Day(NamedTuple):
    """Exchanges, a date, its hours there (CLOSED, REGULAR or openings), and who says so."""

    exchanges: tuple[str, ...]
    day: date
    hours: str
    source: str


EXCEPTIONS = tuple(
    Day(exchanges, date.fromisoformat(day), hours, source)
    for exchanges, day, hours, source in (
        (INDIA, "2023-06-28", REGULAR, MOVED),
        (INDIA, "2023-06-29", CLOSED, MOVED),
        (INDIA, "2023-11-12", "18:15-19:15", DIWALI_2023),
        (SHARES, "2024-01-20", REGULAR, TEMPLE),
        (INDIA, "2024-01-22", CLOSED, TEMPLE),
        (SHARES, "2024-03-02", "09:15-10:00,11:30-12:30", MARCH),
        (SHARES, "2024-05-18", "09:15-10:00,11:30-12:40", MAY),
        (INDIA, "2024-05-20", CLOSED, ELECTION),
        (INDIA, "2024-11-01", "18:00-19:00", CLOSURES),
        (INDIA, "2024-11-20", CLOSED, SPECIAL),
        (SHARES, "2025-02-01", REGULAR, WEEKENDS),
        (INDIA, "2025-10-21", "13:45-14:45", CLOSURES),
        (INDIA, "2025-10-22", CLOSED, CLOSURES),
        (INDIA, "2026-01-15", CLOSED, SPECIAL),
        (SHARES, "2026-02-01", REGULAR, WEEKENDS),
    )
)
