"""Fills fo.session from the package `holidays`, and from dates that it does not know.

The package is right on ordinary holidays, and on none of NSE's days with special hours; so
jobs/ingest/exceptions.py goes before it, and before both what the user says.
"""

from collections.abc import Iterable, Iterator
from datetime import date, time
from functools import cache
from importlib.metadata import version
from typing import NamedTuple

import holidays
import psycopg

from pgstrike.db.queries import query
from pgstrike.jobs.ingest.exceptions import CLOSED, EXCEPTIONS, REGULAR

SOURCE = f"holidays {version('holidays')}"
EARLY_CLOSE = time(13, 15)  # of index options in Chicago's XCBO, by New York's clock
# On an Indian holiday commodities are traded from 17:00 on, but for these.
EVENING, EVENING_OPENS = "MCX", time(17)
WHOLE_DAYS = {(1, 26), (8, 15), (10, 2), (12, 25)}
GOOD_FRIDAY = "Good Friday"


class Special(NamedTuple):
    """An opening at other than regular hours, or a closed day; None is the regular time."""

    day: date
    opens_at: time | None
    closes_at: time | None
    kind: str
    source: str


def load_calendar(
    connection: psycopg.Connection, symbols: Iterable[str], years: Iterable[int]
) -> set[str]:
    """Bring fo.session of the symbols' exchanges up to date. Returns the symbols known."""
    found = connection.execute(query("exchanges_of"), [list(symbols)]).fetchall()
    for exchange, calendar in {(row[1], row[2]) for row in found}:
        for year in years:
            load_year(connection, exchange, calendar, year)
    return {row[0] for row in found}


def load_year(
    connection: psycopg.Connection, exchange: str, calendar: str | None, year: int
) -> None:
    """Bring fo.session of a year up to date."""
    columns = [
        list(each) for each in zip(*specials(exchange, calendar, year), strict=True)
    ]
    connection.execute(
        query("load_sessions"),
        [
            exchange,
            date(year, 1, 1),
            date(year, 12, 31),
            SOURCE if calendar else "regular hours",
            *(columns or [[]] * len(Special._fields)),
        ],
    )


@cache
def specials(exchange: str, calendar: str | None, year: int) -> tuple[Special, ...]:
    """The dates of a year that are not regular, in order."""
    found = of_library(exchange, calendar, year)
    known: dict[date, tuple[Special, ...]] = {each.day: (each,) for each in found}
    for each in EXCEPTIONS:
        if exchange in each.exchanges and each.day.year == year:
            known[each.day] = tuple(
                openings(exchange, each.day, each.hours, each.source)
            )
    return tuple(special for day in sorted(known) for special in known[day])


def of_library(exchange: str, calendar: str | None, year: int) -> Iterator[Special]:
    if calendar is None:
        return
    for day, name in half_days(calendar, year).items():
        yield Special(day, None, EARLY_CLOSE, "special", f"{SOURCE}: {name}")
    for day, name in holidays.financial_holidays(calendar, years=year).items():
        yield closed(exchange, day, name, f"{SOURCE}: {name}")


def half_days(calendar: str, year: int) -> dict[date, str]:
    """Those that the package knows of a calendar."""
    known = holidays.financial_holidays(calendar, years=year)
    if "half_day" not in known.supported_categories:
        return {}
    return dict(
        holidays.financial_holidays(calendar, years=year, categories=("half_day",))
    )


def closed(exchange: str, day: date, name: str, source: str) -> Special:
    """A holiday: a closed day, or an evening of commodities."""
    is_whole = (day.month, day.day) in WHOLE_DAYS or name == GOOD_FRIDAY
    if exchange == EVENING and not is_whole:
        return Special(day, EVENING_OPENS, None, "special", source)
    return Special(day, None, None, "closed", source)


def openings(exchange: str, day: date, hours: str, source: str) -> Iterator[Special]:
    """The rows of an exception."""
    if hours == CLOSED:
        yield closed(exchange, day, "", source)
    elif hours == REGULAR:
        yield Special(day, None, None, "special", source)
    else:
        for opens_at, closes_at in read_hours(hours):
            yield Special(day, opens_at, closes_at, "special", source)


def read_hours(text: str) -> list[tuple[time, time]]:
    """Openings of a date, written as 09:15-10:00,11:30-12:30."""
    found: list[tuple[time, time]] = []
    for part in text.split(","):
        opens, _, closes = part.partition("-")
        try:
            opening = time.fromisoformat(opens), time.fromisoformat(closes)
        except ValueError:
            raise ValueError(f"{part}: give hours as 09:15-15:30") from None
        if not opening[0] < opening[1]:
            raise ValueError(f"{part}: it closes before it opens")
        if found and found[-1][1] > opening[0]:
            raise ValueError(f"{part}: it opens before {found[-1][1]:%H:%M}")
        found.append(opening)
    return found
