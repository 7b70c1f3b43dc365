"""Hours, holidays and resolutions as charts of TradingView want them."""

from datetime import date
from typing import Any

import psycopg
import pytest


def session(connection: psycopg.Connection, exchange: str, day: date) -> Any:
    [row] = connection.execute("SELECT * FROM ops.udf_session(%s, %s)", [exchange, day])
    return row


@pytest.mark.parametrize(
    ("exchange", "day", "hours"),
    [
        ("NSE", date(2026, 8, 2), "0915-1530"),
        ("NSE", date(2026, 8, 3), "0915-1530#20260803/0915-1540"),
        ("MCX", date(2023, 11, 5), "0900-2355#20230313/0900-2330"),
        ("XCBO", date(2026, 1, 2), "0930-1615"),
        ("DERIBIT", date(2026, 1, 2), "2245-2245:1234567"),
    ],
)
@pytest.mark.one_engine
def test_hours_change_on_their_dates(
    connection: psycopg.Connection, exchange: str, day: date, hours: str
) -> None:
    assert session(connection, exchange, day) == (hours, None, None)


@pytest.mark.one_engine
def test_other_days_are_holidays_and_corrections(
    connection: psycopg.Connection,
) -> None:
    """Two openings of a date; one that opens the day before, or ends the day after."""
    connection.execute(
        """
        INSERT INTO fo.session (exchange, session, opens_at, closes_at, kind)
        VALUES
        ('NSE', '2024-03-01', '2024-03-01 09:15+05:30', '2024-03-01 15:30+05:30', 'regular'),
        ('NSE', '2024-03-02', '2024-03-02 09:15+05:30', '2024-03-02 10:00+05:30', 'special'),
        ('NSE', '2024-03-02', '2024-03-02 11:30+05:30', '2024-03-02 12:30+05:30', 'special'),
        ('NSE', '2024-03-08', NULL, NULL, 'closed'),
        ('NSE', '2024-03-25', NULL, NULL, 'closed'),
        ('NSE', '2024-11-01', '2024-11-01 18:00+05:30', '2024-11-01 19:00+05:30', 'special'),
        ('DERIBIT', '2024-11-01', '2024-10-31 22:45Z', '2024-11-01 10:00Z', 'special'),
        ('DERIBIT', '2024-11-02', '2024-10-30 22:45Z', '2024-11-03 01:30Z', 'special')
        """
    )
    assert session(connection, "NSE", date(2024, 12, 1))[1:] == (
        "20240308,20240325",
        "0915-1000,1130-1230:20240302;1800-1900:20241101",
    )
    assert session(connection, "DERIBIT", date(2024, 12, 1))[1:] == (
        None,
        "2245F-1000:20241101;2245F3-2530:20241102",
    )


@pytest.mark.parametrize(
    ("exchange", "own"),
    [("NSE", [1, 5, 15, 60]), ("DERIBIT", [1, 5, 15, 60]), ("XCBO", [1, 5, 15])],
)
@pytest.mark.one_engine
def test_bars_within_a_day_begin_with_its_session(
    connection: psycopg.Connection, exchange: str, own: list[int]
) -> None:
    [(found,)] = connection.execute(
        "SELECT ops.udf_resolutions(%s, '2025-08-29')", [exchange]
    )
    assert found == [str(minutes) for minutes in own]
