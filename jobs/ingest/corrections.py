"""Showing the calendar of an exchange, and correcting it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from typing import NamedTuple

import psycopg

from pgstrike.db.answers import is_true
from pgstrike.db.copies import copied_from
from pgstrike.db.errors import PgstrikeError
from pgstrike.db.queries import query
from pgstrike.jobs.feed.times import IST
from pgstrike.jobs.ingest.calendar import load_year

Openings = Sequence[tuple[time, time]]


class SaidDay(NamedTuple):
    """When an exchange is open on a date, as somebody says; without an opening it is closed."""

    exchange: str
    day: date
    openings: tuple[tuple[datetime, datetime], ...]

    def hours(self) -> str:
        """The openings, by the clock of India."""
        found = (
            "-".join(f"{moment.astimezone(IST):%H:%M}" for moment in opening)
            for opening in self.openings
        )
        return ",".join(found) or "closed"


def calendar_lines(
    connection: psycopg.Connection, exchange: str, year: int
) -> Iterator[str]:
    """How many sessions the year has, then a line for each date that is not regular.

    A copy of a database shows the years that are stored.
    """
    calendar, is_copy = calendar_of(connection, exchange), any(copied_from(connection))
    if not is_copy:
        load_year(connection, exchange, calendar, year)
    rows = connection.execute(
        query("calendar"), {"exchange": exchange, "year": year}
    ).fetchall()
    if is_copy and not rows:
        raise PgstrikeError(
            f"the primary has not stored {year} of {exchange} yet; show it there"
        )
    sessions = len({day for day, kind, *_ in rows if kind != "closed"})
    yield f"{exchange} {year}: {sessions} sessions"
    for day, kind, source, hours in rows:
        if kind != "regular":
            yield f"{day} {day:%a}  {hours:24}{source}"


def correct_calendar(
    connection: psycopg.Connection,
    exchange: str,
    day: date,
    openings: Openings | None,
) -> None:
    """Set a date's openings. Empty: closed. None: back to what pgstrike knows."""
    calendar = calendar_of(connection, exchange)
    with connection.transaction():
        load_year(connection, exchange, calendar, day.year)
        if openings is None:
            connection.execute(query("forget_correction"), [exchange, day])
            load_year(connection, exchange, calendar, day.year)
        else:
            opens, closes = ([each[n] for each in openings] for n in (0, 1))
            connection.execute(query("correct_session"), [exchange, day, opens, closes])


def take_calendar(
    connection: psycopg.Connection, source: str, days: Iterable[SaidDay]
) -> list[SaidDay]:
    """Take what a broker says of some dates; the user's corrections stay.

    Returns those of which something else was known.
    """
    changed = []
    with connection.transaction():
        loaded: set[tuple[str, int]] = set()
        for said in days:
            if (year := (said.exchange, said.day.year)) not in loaded:
                loaded.add(year)
                load_year(
                    connection, year[0], calendar_of(connection, year[0]), year[1]
                )
            opens, closes = ([each[n] for each in said.openings] for n in (0, 1))
            arguments = [said.exchange, said.day, source, opens, closes]
            if is_true(connection, "take_session", arguments):
                changed.append(said)
    return changed


def calendar_of(connection: psycopg.Connection, exchange: str) -> str | None:
    """Whose holidays the exchange keeps; an unknown exchange is refused."""
    row = connection.execute(
        query("exchange_calendar"), {"exchange": exchange}
    ).fetchone()
    return None if row is None else row[0]
