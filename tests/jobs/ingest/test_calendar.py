"""jobs.ingest.calendar: which dates are not regular, from the package and from the seed."""

from datetime import date, time

import pytest

from pgstrike.jobs.ingest.calendar import Special, read_hours, specials
from pgstrike.jobs.ingest.exceptions import EXCEPTIONS

# What NSE's circulars say, by way of the sources that jobs/ingest/exceptions.py names.
CLOSED = """
    2023-01-26 2023-03-07 2023-03-30 2023-04-04 2023-04-07 2023-04-14 2023-05-01 2023-06-29
    2023-08-15 2023-09-19 2023-10-02 2023-10-24 2023-11-14 2023-11-27 2023-12-25 2024-01-22
    2024-01-26 2024-03-08 2024-03-25 2024-03-29 2024-04-11 2024-04-17 2024-05-01 2024-05-20
    2024-06-17 2024-07-17 2024-08-15 2024-10-02 2024-11-15 2024-11-20 2024-12-25 2025-02-26
    2025-03-14 2025-03-31 2025-04-10 2025-04-14 2025-04-18 2025-05-01 2025-08-15 2025-08-27
    2025-10-02 2025-10-22 2025-11-05 2025-12-25 2026-01-15 2026-01-26 2026-03-03 2026-03-26
    2026-03-31 2026-04-03 2026-04-14 2026-05-01 2026-05-28 2026-06-26 2026-09-14 2026-10-02
    2026-10-20 2026-11-10 2026-11-24 2026-12-25
"""


def of(exchange: str, calendar: str | None, day: str) -> list[Special]:
    wanted = date.fromisoformat(day)
    return [s for s in specials(exchange, calendar, wanted.year) if s.day == wanted]


def hours(exchange: str, calendar: str | None, day: str) -> list[tuple[str, str]]:
    """Of a date: its openings, - for the regular time; none where it is closed."""
    return [
        tuple("-" if at is None else f"{at:%H:%M}" for at in (s.opens_at, s.closes_at))
        for s in of(exchange, calendar, day)
        if s.kind != "closed"
    ]


def test_nse_is_closed_on_the_days_of_its_circulars() -> None:
    found = [
        str(special.day)
        for year in range(2023, 2027)
        for special in specials("NSE", "XNSE", year)
        if special.kind == "closed"
    ]
    assert found == CLOSED.split()


@pytest.mark.parametrize(
    ("day", "openings"),
    [
        ("2023-06-28", [("-", "-")]),  # the holiday was moved to the next day
        ("2023-11-12", [("18:15", "19:15")]),  # Muhurat, a Sunday
        ("2024-01-20", [("-", "-")]),  # a Saturday
        ("2024-03-02", [("09:15", "10:00"), ("11:30", "12:30")]),
        ("2024-05-18", [("09:15", "10:00"), ("11:30", "12:40")]),
        ("2024-11-01", [("18:00", "19:00")]),
        ("2025-02-01", [("-", "-")]),
        ("2025-10-21", [("13:45", "14:45")]),
        ("2026-02-01", [("-", "-")]),  # a Sunday
    ],
)
def test_special_days_have_their_hours(
    day: str, openings: list[tuple[str, str]]
) -> None:
    assert hours("NSE", "XNSE", day) == hours("BSE", "XBOM", day) == openings


def test_every_exception_names_its_source() -> None:
    assert all(each.source.startswith("https://") for each in EXCEPTIONS)


def test_commodities_are_traded_on_the_evening_of_most_holidays() -> None:
    evening = [("17:00", "-")]
    assert hours("MCX", "XNSE", "2025-03-14") == evening  # Holi
    assert hours("MCX", "XNSE", "2024-05-20") == evening
    assert hours("MCX", "XNSE", "2025-04-18") == []  # Good Friday
    assert hours("MCX", "XNSE", "2025-12-25") == []
    assert hours("MCX", "XNSE", "2025-02-01") == []  # shares alone


def test_new_york_closes_early_on_some_days() -> None:
    assert hours("XCBO", "XNYS", "2024-11-29") == [("-", "13:15")]
    assert of("XCBO", "XNYS", "2024-11-28")[0].kind == "closed"


def test_exchange_without_a_calendar_has_no_holidays() -> None:
    assert specials("DERIBIT", None, 2025) == ()


def test_hours_are_read() -> None:
    ten = time(10)
    assert read_hours("09:15-10:00") == [(time(9, 15), ten)]
    assert read_hours("09:15-10:00,10:00-12:30")[1] == (ten, time(12, 30))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("09:15", "give hours as 09:15-15:30"),
        ("15:30-09:15", "closes before it opens"),
        ("09:15-09:15", "closes before it opens"),
        ("09:15-10:00,09:30-11:00", "opens before 10:00"),
        ("soon-later", "give hours as 09:15-15:30"),
    ],
)
def test_wrong_hours_are_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_hours(text)
