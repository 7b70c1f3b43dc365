"""`pgstrike calendar`: when an exchange is open."""

import contextlib
from collections.abc import Iterator
from datetime import date, time
from typing import TYPE_CHECKING

import click

from pgstrike.cli.options import Text, Whole
from pgstrike.cli.reach import built, jobs_settings
from pgstrike.db.errors import SettingError

if TYPE_CHECKING:
    import psycopg


@click.group()
def calendar() -> None:
    """Show and correct when exchanges are open.

    A correction stays when pgstrike is upgraded. Stored quotes of that date are checked
    again.
    """


exchange_argument = click.argument("exchange", type=Text())
day_argument = click.argument("day", metavar="DATE", type=Text())


@calendar.command()
@exchange_argument
@click.argument("year", type=Whole(1990, 2200), required=False)
def show(exchange: str, year: int | None) -> None:
    """Print the dates of a YEAR on which EXCHANGE has other than regular hours.

    Example: pgstrike calendar show NSE 2025
    """
    from pgstrike.jobs.ingest.corrections import calendar_lines

    with connected() as (_, connection):
        for line in calendar_lines(connection, exchange, year or date.today().year):
            click.echo(line)


@calendar.command("open")
@exchange_argument
@day_argument
@click.argument("hours", type=Text())
def open_day(exchange: str, day: str, hours: str) -> None:
    """Say that EXCHANGE is open on DATE, at these HOURS of its own clock.

    \b
    Examples:
      pgstrike calendar open NSE 2026-11-08 18:00-19:00
      pgstrike calendar open NSE 2024-03-02 09:15-10:00,11:30-12:30
    """
    from pgstrike.jobs.ingest.calendar import read_hours

    try:
        openings = read_hours(hours)
    except ValueError as error:
        raise SettingError(
            f"HOURS {error}; an example is 09:15-10:00,11:30-12:30"
        ) from error
    correct(exchange, day, openings)


@calendar.command()
@exchange_argument
@day_argument
def close(exchange: str, day: str) -> None:
    """Say that EXCHANGE is closed on DATE."""
    correct(exchange, day, [])


@calendar.command()
@exchange_argument
@day_argument
def reset(exchange: str, day: str) -> None:
    """Undo your correction of DATE.

    The hours of that date are again those that pgstrike knows by itself.
    """
    correct(exchange, day, None)


@calendar.command()
@click.argument("days", metavar="[DATE]...", type=Text(), nargs=-1)
def fetch(days: tuple[str, ...]) -> None:
    """Fetch the holidays and special hours of this year from Upstox.

    And the hours of each DATE. Your own corrections stay. The environment must have
    UPSTOX_TOKEN, or UPSTOX_TOKEN_FILE.

    Example: pgstrike calendar fetch 2026-11-08
    """
    from pgstrike.jobs.ingest.corrections import take_calendar
    from pgstrike.jobs.live.fetched import fetch_calendar

    said = fetch_calendar([read_day(day) for day in days])
    with connected() as (dsn, connection):
        for each in take_calendar(connection, "upstox", said):
            click.echo(f"{each.exchange} {each.day}: {each.hours()}")
        judge(dsn, connection)


def correct(exchange: str, day: str, openings: list[tuple[time, time]] | None) -> None:
    from pgstrike.jobs.ingest.corrections import correct_calendar

    session = read_day(day)
    with connected() as (dsn, connection):
        correct_calendar(connection, exchange, session, openings)
        judge(dsn, connection)


def judge(dsn: str, connection: "psycopg.Connection") -> None:
    """Judge what is stored by the calendar as it is now."""
    from contextlib import closing

    from pgstrike.jobs.ingest.rederive import judge_again
    from pgstrike.jobs.progress import ProgressBar
    from pgstrike.jobs.refresh.refresh import refresh_now
    from pgstrike.jobs.storage.retention import open_for_correction, seal_corrected

    settings = jobs_settings()
    open_for_correction(connection, settings.archive_dir)
    with closing(ProgressBar()) as bar:
        judged = judge_again(dsn, bar.show)
    if judged:
        refresh_now(dsn)
    seal_corrected(connection, settings.archive_dir)
    click.echo(f"stored sessions that were checked again: {judged}")


def read_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SettingError(f"DATE {text}: give a date such as 2025-10-21") from error


@contextlib.contextmanager
def connected() -> Iterator[tuple[str, "psycopg.Connection"]]:
    from pgstrike.db.connection import connect

    settings = jobs_settings()
    with built(settings.database) as dsn, connect(dsn, "calendar") as connection:
        yield dsn, connection
