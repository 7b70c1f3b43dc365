"""jobs.live.feeds.upstox_calendar: who is open decides, and the user's word stays."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

import psycopg
import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.times import IST
from pgstrike.jobs.ingest.corrections import (
    SaidDay,
    calendar_lines,
    correct_calendar,
    take_calendar,
)
from pgstrike.jobs.live.feeds.upstox_calendar import holidays, timings

REPUBLIC, FIRST, MUHURAT = date(2026, 1, 26), date(2026, 1, 1), date(2026, 11, 8)
ALL = ("NFO", "CDS", "BSE", "BCD", "MCX", "NSE", "BFO")


def ist(day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), IST)


def opening(exchange: str, day: date, opens: str, closes: str) -> dict[str, Any]:
    start, end = (int(ist(day, clock).timestamp()) * 1000 for clock in (opens, closes))
    return {"exchange": exchange, "start_time": start, "end_time": end}


def holiday(
    day: date, closed: Sequence[str], is_open: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    return {
        "date": str(day),
        "description": "A holiday",
        "holiday_type": "TRADING_HOLIDAY",
        "closed_exchanges": closed,
        "open_exchanges": is_open,
    }


def answer(*rows: object) -> bytes:
    return json.dumps({"status": "success", "data": rows}).encode()


def said(exchange: str, day: date, *hours: tuple[str, str]) -> SaidDay:
    return SaidDay(exchange, day, tuple((ist(day, a), ist(day, b)) for a, b in hours))


def test_exchange_is_closed_where_the_list_says_so() -> None:
    evening = opening("MCX", REPUBLIC, "17:00", "23:55")
    body = answer(holiday(REPUBLIC, [n for n in ALL if n != "MCX"], [evening]))
    assert holidays(body) == [
        said("NSE", REPUBLIC),
        said("BSE", REPUBLIC),
        said("CDS", REPUBLIC),
        said("MCX", REPUBLIC, ("17:00", "23:55")),
    ]


def test_exchange_among_the_open_ones_is_open_on_a_trading_holiday() -> None:
    """Upstox's page has 1 January so: its type says closed, and all exchanges are open."""
    hours = [
        opening("NFO", FIRST, "09:15", "15:40"),
        opening("NSE", FIRST, "09:15", "15:30"),
    ]
    assert holidays(answer(holiday(FIRST, [], hours))) == [
        said("NSE", FIRST, ("09:15", "15:40"))
    ]


def test_timings_of_a_date_close_the_exchanges_that_are_absent() -> None:
    body = answer(
        opening("MCX", MUHURAT, "18:00", "19:15"),
        opening("NFO", MUHURAT, "18:00", "19:00"),
    )
    assert timings(body, MUHURAT) == [
        said("NSE", MUHURAT, ("18:00", "19:00")),
        said("BSE", MUHURAT),
        said("CDS", MUHURAT),
        said("MCX", MUHURAT, ("18:00", "19:15")),
    ]


@pytest.mark.parametrize(
    "row",
    [
        1,
        {},
        holiday(REPUBLIC, ALL) | {"date": "soon"},
        holiday(REPUBLIC, ALL, [{"exchange": "NFO"}]),
        holiday(
            REPUBLIC, ALL, [opening("NFO", FIRST, "09:15", "15:30") | {"end_time": "x"}]
        ),
        holiday(
            REPUBLIC,
            ALL,
            [opening("NFO", FIRST, "09:15", "15:30") | {"end_time": 1e300}],
        ),
    ],
)
def test_answer_that_cannot_be_read_is_an_error(row: object) -> None:
    with pytest.raises(FeedError, match="Upstox's holidays cannot be read"):
        holidays(answer(row))


def lines_of(connection: psycopg.Connection, *days: date) -> list[str]:
    lines = calendar_lines(connection, "NSE", 2026)
    return [line for line in lines if line.startswith(tuple(map(str, days)))]


def test_what_is_known_already_changes_nothing(connection: psycopg.Connection) -> None:
    days = [said("NSE", REPUBLIC), said("NSE", date(2026, 1, 5), ("09:15", "15:30"))]
    before = lines_of(connection, REPUBLIC)
    assert take_calendar(connection, "upstox", days) == []
    assert lines_of(connection, REPUBLIC) == before != []


def test_calendar_of_the_broker_outlasts_that_of_the_package(
    connection: psycopg.Connection,
) -> None:
    days = [
        said("NSE", MUHURAT, ("18:00", "19:00")),  # a Sunday
        said("NSE", date(2026, 1, 6)),
        said("NSE", REPUBLIC, ("09:15", "10:00"), ("11:00", "12:00")),
    ]
    assert take_calendar(connection, "upstox", days) == days
    assert take_calendar(connection, "upstox", days) == []
    assert lines_of(connection, *(each.day for each in days)) == [
        "2026-01-06 Tue  closed                  upstox",
        "2026-01-26 Mon  09:15-10:00,11:00-12:00 upstox",
        "2026-11-08 Sun  18:00-19:00             upstox",
    ]


def test_correction_of_the_user_stays(connection: psycopg.Connection) -> None:
    hours = [(time.fromisoformat("18:30"), time.fromisoformat("19:30"))]
    correct_calendar(connection, "NSE", MUHURAT, hours)
    days = [said("NSE", MUHURAT, ("18:00", "19:00"))]
    assert take_calendar(connection, "upstox", days) == []
    assert lines_of(connection, MUHURAT) == [
        "2026-11-08 Sun  18:30-19:30             user"
    ]
    correct_calendar(connection, "NSE", MUHURAT, None)
    assert take_calendar(connection, "upstox", days) == days
    correct_calendar(connection, "NSE", MUHURAT, hours)
    assert lines_of(connection, MUHURAT) == [
        "2026-11-08 Sun  18:30-19:30             user"
    ]
