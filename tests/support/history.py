"""Sessions of the past, written as what they came to: closes and metrics, without quotes."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import psycopg

from pgstrike.db.install.engine import installed_engine
from pgstrike.db.queries import query
from pgstrike.jobs.refresh.refresh import Window, refresh_aggregate
from tests.support.quote_market import ist

WIDTHS = ("5min", "15min", "1h", "1d")

# Underlyings of one session, by the exchange's clock; the last one is the close.
Session = Mapping[str, float | None]


def trading_days(count: int, before: date) -> list[date]:
    """So many weekdays up to a day, which is not one of them, in order."""
    days: list[date] = []
    day = before
    while len(days) < count:
        day -= timedelta(days=1)
        if day.weekday() < 5:
            days.append(day)
    return days[::-1]


def add_underlying(
    connection: psycopg.Connection, sessions: Mapping[date, Session]
) -> None:
    """Quotes of the underlying, and their bars."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO fo.underlying_quote VALUES (%s, 'NIFTY', %s, 'feed', TRUE)",
            [
                (ist(time, day), underlying)
                for day, quotes in sessions.items()
                for time, underlying in quotes.items()
            ],
        )
    names = ("1min", *WIDTHS)
    roll_up(connection, [f"underlying_bars_{width}" for width in names], list(sessions))


def add_closing_ivs(
    connection: psycopg.Connection, sessions: Mapping[date, Mapping[date, float | None]]
) -> None:
    """The IV at the money of each expiry at the end of each session, and nothing else."""
    rows = []
    for day, ivs in sessions.items():
        at = ist("15:29:30", day)
        for expiry, iv in ivs.items():
            years = (ist("15:30:00", expiry) - at) / timedelta(days=365)
            rows.append((at.replace(second=0), expiry, at, years, iv))
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO fo.expiry_metrics (bucket_time, symbol, expiry, as_of, years, atm_iv)"
            " VALUES (%s, 'NIFTY', %s, %s, %s, %s)",
            rows,
        )
    roll_up(connection, [f"expiry_metrics_{width}" for width in WIDTHS], list(sessions))


def roll_up(
    connection: psycopg.Connection, rollups: Sequence[str], days: Sequence[date]
) -> None:
    """Recompute rollups of whole days, the finer ones first."""
    # From bucket to bucket of a day.
    span = ist("04:15:00", min(days)), ist("04:15:00", max(days) + timedelta(days=1))
    for rollup in rollups:
        window = Window(rollup, "NIFTY", *span, [])
        if installed_engine(connection) == "timescaledb":
            refresh_aggregate(connection, rollup, [window])
        else:
            connection.execute(query("refresh_window"), window[:4])
