"""Which session a quote is of, if any, and when contracts expire."""

from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from tests.support.calls import FAR, STRIKE, call, column, read
from tests.support.quote_market import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    Quote,
    add,
    ask,
    batch_of,
    events,
    ist,
    select,
    shown,
    value,
)


def at_utc(moment: str, **fields: Any) -> Quote:
    """A quote read at an instant in UTC."""
    when = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    local = when.astimezone(ist("00:00:00").tzinfo)
    return read(f"{local:%H:%M:%S}", day=local.date())._replace(**fields)


def list_symbol(connection: psycopg.Connection, symbol: str, exchange: str) -> None:
    connection.execute(
        "INSERT INTO fo.instrument (symbol, exchange) VALUES (%s, %s)",
        [symbol, exchange],
    )


def test_page_read_after_the_close_is_of_the_session_by_its_stamp(
    store: Store, connection: psycopg.Connection
) -> None:
    add(
        store,
        read("15:30:00"),
        read("15:30:05", "15:30:00"),
        read("15:31:00", "15:30:01"),
        read("15:32:00"),
        read("15:45:00", "15:29:58"),
        read("15:45:01", "15:30:00"),
    )
    inside = [True, True, False, False, True, False]
    assert column(connection, "in_session") == inside
    moments = (
        "SELECT array_agg(in_session ORDER BY quote_time) FROM fo.underlying_quote"
    )
    assert value(connection, moments) == inside


def test_page_of_an_earlier_day_is_of_no_session(
    store: Store, connection: psycopg.Connection
) -> None:
    """Whatever the time of day; one without a stamp is believed."""
    stale = ist("15:30:00", FRIDAY)
    add(
        store,
        read("09:20:00", day=MONDAY)._replace(stamp=stale),
        read("09:21:00", "00:00:00", day=MONDAY),
        read("09:22:00", day=MONDAY),
    )
    assert column(connection, "in_session") == [False, True, True]


def test_quotes_of_one_snapshot_are_judged_one_by_one(
    store: Store, connection: psycopg.Connection
) -> None:
    """The snapshot is of a session where any of them is."""
    old = ist("15:30:00", date(2025, 8, 28))
    add(
        store,
        read("10:00:00", "10:00:00"),
        read("10:00:00")._replace(strike=STRIKE + 50, stamp=old),
    )
    assert column(connection, "in_session") == [True, False]
    assert value(connection, "SELECT in_session FROM fo.underlying_quote") is True


def test_correction_of_a_stamp_moves_a_quote_out_of_its_session(
    store: Store, connection: psycopg.Connection
) -> None:
    add(store, read("10:00:00", "10:00:00"), read("10:01:00", "10:01:00"))
    old = ist("15:30:00", date(2025, 8, 28))
    add(store, read("10:01:00")._replace(stamp=old))
    assert column(connection, "in_session") == [True, False]


@pytest.mark.parametrize("before", ["10:00:00", None])
def test_contract_whose_newest_quote_leaves_its_session_has_its_older_one(
    store: Store, connection: psycopg.Connection, before: str | None
) -> None:
    """Of the session, or of the one before it; as if the quote had come so at once."""
    old = ist("15:30:00", date(2025, 8, 28))
    first = [read(before, before)] if before else [read("15:00:00", day=THURSDAY)]
    wrong = read("10:01:00", "10:01:00")._replace(call={"volume": 900, "oi": 90})
    add(store, *first, wrong)
    announced = value(connection, "SELECT last_id FROM job.event_counter")
    add(store, wrong._replace(stamp=old))
    contract = select(connection, "SELECT * FROM fo.contract")
    [row] = select(shown(store), "SELECT * FROM analytics.chain('NIFTY')")
    assert (row["quote_time"], row["call_volume"]) == (contract[0]["live_time"], 100)
    assert row["quote_time"] == ist(first[0].time, first[0].day)
    [event] = events(connection, "chain", after=announced)
    assert event["quote_time"] == row["quote_time"].astimezone(UTC).isoformat()
    connection.execute("DELETE FROM fo.contract")
    connection.execute("DELETE FROM fo.option_quote")
    connection.execute("DELETE FROM fo.underlying_quote")
    add(store, *first, wrong._replace(stamp=old))
    assert select(connection, "SELECT * FROM fo.contract") == contract


def test_contract_that_has_no_other_quote_of_a_session_is_not_live(
    store: Store, connection: psycopg.Connection
) -> None:
    add(store, read("10:00:00", "10:00:00"))
    announced = value(connection, "SELECT last_id FROM job.event_counter")
    add(store, read("10:00:00")._replace(stamp=ist("15:30:00", THURSDAY)))
    [contract] = select(connection, "SELECT * FROM fo.contract")
    assert (contract["live_time"], contract["call_volume"]) == (None, None)
    told = events(connection, "chain", after=announced)
    assert [event["delisted"] for event in told if "delisted" in event] == [[STRIKE]]
    assert select(shown(store), "SELECT * FROM analytics.chain('NIFTY')") == []


def test_two_short_sessions_are_one_date(
    store: Store, connection: psycopg.Connection
) -> None:
    """2024-03-02, a Saturday: volume goes on from the first to the second."""
    day = date(2024, 3, 2)
    add(
        store,
        read("09:30:00", day=day),
        read("10:10:00", "09:59:59", day=day),
        read("11:00:00", "11:00:00", day=day),
        read("11:30:00", day=day)._replace(call={"volume": 130, "oi": 40}),
        read("12:30:01", day=day),
    )
    assert column(connection, "in_session") == [True, True, False, True, False]
    assert set(column(connection, "session")) == {day}
    rows = shown(store).execute(
        "SELECT call_volume, call_oi FROM fo.option_strike_bars_1d"
    )
    assert rows.fetchall() == [(130, 40)]


def test_options_of_nse_close_later_since_august_2026(
    store: Store, connection: psycopg.Connection
) -> None:
    for day in (date(2026, 7, 31), date(2026, 8, 3)):
        add(store, read("15:35:00", day=day))
    assert column(connection, "in_session") == [False, True]


def test_new_york_keeps_summer_time(
    store: Store, connection: psycopg.Connection
) -> None:
    list_symbol(connection, "SPXW", "XCBO")
    opens = ("2025-03-07T14:30:00", "2025-03-10T13:30:00")
    before = ("2025-03-07T14:29:59", "2025-03-10T13:29:59")
    for moment in (*opens, *before, "2025-03-10T20:15:00", "2025-03-10T20:15:01"):
        add(store, at_utc(moment, symbol="SPXW"))
    assert column(connection, "in_session") == [False, True, False, True, True, False]


def test_market_that_never_closes_has_dates_from_22_45(
    store: Store, connection: psycopg.Connection
) -> None:
    """And stamps of the day before are no fault there."""
    list_symbol(connection, "BTC", "DERIBIT")
    moments = ("2025-08-30T22:44:59", "2025-08-30T22:45:00", "2025-08-31T22:44:59")
    for moment in moments:
        stamp = datetime.fromisoformat("2025-08-30T22:00:00").replace(tzinfo=UTC)
        add(store, at_utc(moment, symbol="BTC", stamp=stamp))
    assert column(connection, "in_session") == [True] * 3
    days = [date(2025, 8, day) for day in (30, 31, 31)]
    assert column(connection, "session") == days


def test_contract_expires_at_the_last_close_of_its_day(
    store: Store, connection: psycopg.Connection
) -> None:
    """Muhurat's on 2025-10-21; the regular one where the exchange is closed."""
    muhurat, closed, late = date(2025, 10, 21), date(2025, 10, 22), date(2026, 8, 4)
    for expiry in (muhurat, closed, late):
        add(store, call("10:00:00")._replace(day=date(2025, 10, 20), expiry=expiry))
    found = select(connection, "SELECT expires_at FROM fo.expiry ORDER BY expiry")
    assert [row["expires_at"] for row in found] == [
        ist("14:45:00", muhurat),
        ist("15:30:00", closed),
        ist("15:40:00", late),
    ]


def test_given_expiry_is_kept(store: Store, connection: psycopg.Connection) -> None:
    connection.execute(
        "INSERT INTO fo.expiry VALUES ('NIFTY', %s, %s, TRUE)",
        [FAR, ist("12:00:00", FAR)],
    )
    add(store, read("10:00:00"))
    connection.execute(
        "SELECT ops.correct_session('NSE', %s, '{09:15}', '{11:00}')", [FAR]
    )
    assert value(connection, "SELECT expires_at FROM fo.expiry") == ist("12:00:00", FAR)


def test_on_expiry_day_a_stamp_proves_a_page_of_before_the_close(
    store: Store, connection: psycopg.Connection
) -> None:
    quotes = [
        read("15:30:00"),
        read("15:30:05"),
        read("15:31:00", "15:29:59"),
        read("15:31:30")._replace(stamp=ist("15:30:00", date(2025, 8, 28))),
        read("15:45:01", "15:30:00"),
    ]
    stored, rejects = store.add(batch_of([q._replace(expiry=FRIDAY) for q in quotes]))
    assert stored.stored == 2
    assert [reject.reason for reject in rejects] == ["expired"] * 3
    assert column(connection, "in_session") == [True, True]


def test_rejected_quotes_move_no_clock(
    store: Store, connection: psycopg.Connection
) -> None:
    add(store, read("15:29:00")._replace(expiry=FRIDAY))
    store.add(batch_of([read("15:35:00")._replace(expiry=FRIDAY)]))
    clock = "SELECT clock FROM fo.instrument WHERE symbol = 'NIFTY'"
    assert value(connection, clock) == ist("15:29:00")


def test_day_before_is_the_session_before(store: Store) -> None:
    """Not the day before: on Monday it is Saturday's, where Saturday was one."""
    saturday, monday = date(2025, 2, 1), date(2025, 2, 3)
    quotes = [
        call("15:00:00", 10, oi=oi)._replace(day=day, expiry=date(2025, 2, 27))
        for day, oi in ((date(2025, 1, 31), 10), (saturday, 25), (monday, 45))
    ]
    [row] = ask(shown(store, *quotes), "oi_change")
    assert (row["call_oi_base"], row["call_oi_change"]) == (25, 20)


@pytest.mark.parametrize(
    ("at", "opening"),
    [
        ("2025-08-29 20:00+00", date(2025, 8, 29)),
        ("2025-08-31 06:00+00", date(2025, 8, 29)),  # a Sunday
        ("2025-12-31 20:00+00", date(2025, 12, 31)),  # the year's last night
        ("2026-01-02 06:00+00", date(2026, 1, 2)),
        ("2026-03-10 06:00+00", date(2026, 3, 10)),
    ],
)
def test_newest_opening_also_where_the_calendar_ends(
    connection: psycopg.Connection, store: Store, at: str, opening: date
) -> None:
    """The calendar is filled for 2025 only; after it the regular hours hold."""
    add(store, call("10:00:00"))
    found = value(connection, "SELECT session FROM ops.newest_opening('NSE', %s)", [at])
    assert found == opening
