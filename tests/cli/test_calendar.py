"""`pgstrike calendar`: what is shown, corrected and refused."""

from datetime import date

import psycopg
import pytest

from tests.support.calls import call, column
from tests.support.cli import jobs, refused
from tests.support.quote_market import FRIDAY, SUNDAY, add, ist, open_store, value


def test_days_that_are_not_regular_are_shown(dsn: str) -> None:
    shown = jobs(dsn, "calendar", "show", "NSE", "2025")
    first, *lines = shown.stdout.splitlines()
    assert first == "NSE 2025: 249 sessions"
    days = {line.split()[0]: line.split()[1:4] for line in lines}
    assert days["2025-02-01"][:2] == ["Sat", "09:15-15:30"]
    assert days["2025-10-21"][:2] == ["Tue", "13:45-14:45"]
    assert days["2025-10-22"] == [
        "Wed",
        "closed",
        "https://github.com/rsheftel/pandas_market_calendars/pull/479",
    ]


def test_correction_judges_again_what_is_stored(
    dsn: str, connection: psycopg.Connection
) -> None:
    """And bars follow at once, until the correction is taken back."""
    store = open_store(dsn)
    with store.connection:
        for day in (FRIDAY, SUNDAY):
            add(store, call("10:00:00", 100)._replace(day=day))
    bars = "SELECT count(*) FROM fo.option_strike_bars_1d"
    for words, inside in (
        (("open", "NSE", str(SUNDAY), "09:15-10:00,11:00-12:00"), [True, True]),
        (("close", "NSE", str(FRIDAY)), [False, True]),
        (("reset", "NSE", str(FRIDAY)), [True, True]),
        (("reset", "NSE", str(SUNDAY)), [True, False]),
    ):
        done = jobs(dsn, "calendar", *words)
        assert (done.stdout, done.returncode) == (
            "stored sessions that were checked again: 1\n",
            0,
        ), done.stderr
        assert column(connection, "in_session") == inside
        assert value(connection, bars) == sum(inside)


def test_correction_of_an_empty_day_judges_nothing(
    dsn: str, connection: psycopg.Connection
) -> None:
    done = jobs(dsn, "calendar", "open", "NSE", "2026-11-08", "18:00-19:00")
    assert done.stdout == "stored sessions that were checked again: 0\n"
    day = date(2026, 11, 8)
    opens = "SELECT opens_at FROM fo.session WHERE exchange = 'NSE' AND session = %s"
    assert value(connection, opens, day) == ist("18:00:00", day)


def test_refresh_judges_again_what_was_corrected_in_sql(
    dsn: str, connection: psycopg.Connection
) -> None:
    store = open_store(dsn)
    with store.connection:
        add(store, call("10:00:00", 100))
    connection.execute(
        "INSERT INTO fo.session (exchange, session, kind) VALUES ('NSE', %s, 'closed')",
        [FRIDAY],
    )
    assert jobs(dsn, "refresh").returncode == 0
    assert column(connection, "in_session") == [False]


@pytest.mark.one_engine
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("show", "XYZ"), 'unknown exchange "XYZ"'),
        (("close", "XYZ", "2025-10-21"), 'unknown exchange "XYZ"'),
        (("close", "NSE", "21-10-2025"), "give a date"),
        (("open", "NSE", "2025-10-21", "18:00"), "give hours as 09:15-15:30"),
        (("open", "NSE", "2025-10-21", "19:00-18:00"), "closes before it opens"),
        (
            ("open", "NSE", "2025-10-21", "noon-night"),
            "noon-night: give hours as 09:15-15:30",
        ),
    ],
)
def test_what_cannot_be_is_refused(dsn: str, words: tuple[str, ...], says: str) -> None:
    assert says in refused(jobs(dsn, "calendar", *words))
