"""Upstox's calendar: the holidays of a year, and the hours of a date.

An exchange that is among the open ones is open, whatever the type of the holiday: on a year's
first day, or a holiday of settlement, all of them are, with their hours.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pgstrike.db.errors import FeedError
from pgstrike.jobs.ingest.corrections import SaidDay
from pgstrike.jobs.live.feeds.answers import data_of

# Upstox's names of the segments of options, by the exchange whose hours they keep.
EXCHANGES = {"NFO": "NSE", "BFO": "BSE", "CDS": "CDS", "MCX": "MCX"}


def holidays(body: bytes) -> list[SaidDay]:
    """What the answer of `/v2/market/holidays` says of each of its dates."""
    try:
        return [
            said
            for row in data_of(body, "Upstox", list)
            for said in of_date(
                date.fromisoformat(row["date"]),
                row["open_exchanges"],
                {*row["closed_exchanges"]},
            )
        ]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise FeedError(f"Upstox's holidays cannot be read: {error!r}") from error


def timings(body: bytes, day: date) -> list[SaidDay]:
    """What the answer of `/v2/market/timings/DATE` says: others are closed."""
    try:
        return [*of_date(day, data_of(body, "Upstox", list), {*EXCHANGES})]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise FeedError(f"Upstox's timings cannot be read: {error!r}") from error


def of_date(day: date, is_open: Sequence[Any], closed: set[str]) -> Iterator[SaidDay]:
    """Of each exchange that is open or closed; of others nothing is said."""
    for name, exchange in EXCHANGES.items():
        openings = sorted(
            (moment(row["start_time"]), moment(row["end_time"]))
            for row in is_open
            if row["exchange"] == name
        )
        if openings or name in closed:
            yield SaidDay(exchange, day, tuple(openings))


def moment(milliseconds: float) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
