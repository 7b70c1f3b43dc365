"""Feeds that stand still in a session, and feeds that move on a closed day."""

from datetime import date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from tests.support.calls import call
from tests.support.quote_market import (
    EXPIRY,
    FRIDAY,
    MONDAY,
    SUNDAY,
    Quote,
    add,
    ask,
    events,
    ist,
    shown,
    value,
)

MINUTE = timedelta(minutes=1)


def read(time: str, volume: int, stamp: str | None = None, day: date = FRIDAY) -> Quote:
    return call(time, volume, oi=10)._replace(
        day=day, stamp=None if stamp is None else ist(stamp, day)
    )


def ages(
    store: Store, **arguments: Any
) -> tuple[timedelta, timedelta | None, bool | None]:
    [row] = ask(store.connection, "chain", **arguments)
    return row["age"], row["stamp_age"], row["is_stale"]


def watched(connection: psycopg.Connection, now: datetime) -> list[tuple[str, bool]]:
    """What is told when feeds are looked at then."""
    before = value(connection, "SELECT last_id FROM job.event_counter")
    connection.execute("SELECT ops.watch_feeds(%s)", [now])
    return [
        (event["symbol"], event["is_stale"])
        for event in events(connection, "ops", after=before)
    ]


def test_page_that_stands_still_is_as_old_as_its_stamp(store: Store) -> None:
    for time in ("10:30", "10:35", "10:50", "11:00"):
        add(store, read(f"{time}:00", 100, "10:30:00"))
    shown(store)
    assert ages(store) == (timedelta(0), 30 * MINUTE, True)
    assert ages(store, at=ist("10:35:00")) == (timedelta(0), 5 * MINUTE, False)
    assert ages(store, at=ist("10:36:00")) == (MINUTE, 6 * MINUTE, True)


def test_market_that_is_closed_does_not_stand_still(store: Store) -> None:
    shown(store, read("15:29:30", 100, "15:29:00"), read("15:50:00", 100, "15:30:00"))
    assert ages(store)[2] is False
    assert ages(store, at=ist("12:00:00", SUNDAY))[2] is False
    assert ages(store, at=ist("09:19:00", MONDAY))[2] is False
    assert ages(store, at=ist("09:21:00", MONDAY))[2] is True


def test_without_stamps_volume_and_oi_tell(store: Store) -> None:
    """Of the symbol, whichever contract moves; now and at an instant."""
    shown(store, read("10:00:00", 100), read("10:01:00", 110), read("10:06:01", 110))
    assert ages(store) == ages(store, at=ist("10:06:01")) == (timedelta(0), None, True)
    assert ages(store, at=ist("10:06:00")) == (5 * MINUTE, None, False)
    moved = "SELECT moved_at FROM fo.instrument WHERE symbol = 'NIFTY'"
    assert value(store.connection, moved) == ist("10:01:00")
    add(store, read("10:07:00", 111))
    assert value(store.connection, moved) == ist("10:07:00")


def test_unstamped_feed_is_stale_in_sessions_only(store: Store) -> None:
    """Not in the first minutes, nor after a close at which it moved."""
    add(
        store,
        read("15:25:00", 90),
        read("15:29:00", 100),
        read("09:16:00", 0, day=MONDAY),
    )
    assert ages(store, at=ist("09:15:00", MONDAY))[2] is False
    assert ages(store, at=ist("09:19:00", MONDAY))[2] is False
    assert ages(store, at=ist("09:20:01", MONDAY))[2] is True
    assert ages(store, at=ist("12:00:00", SUNDAY))[2] is False


def test_feed_without_volume_and_oi_does_not_tell(store: Store) -> None:
    """Nor one whose volume is no total and whose OI is yesterday's."""
    price = call("10:00:00", ltp=10)
    shown(store, price, price._replace(time="10:10:00"))
    assert ages(store)[2] is None
    add(store, read("10:20:00", 100), read("10:30:00", 100))
    assert ages(store, at=ist("10:30:00"))[2] is True
    kinds = "UPDATE fo.instrument SET volume_kind = 'other', oi_kind = 'yesterday'"
    store.connection.execute(kinds)
    assert ages(store, at=ist("10:30:00"))[2] is None


def test_late_quote_says_that_an_unstamped_feed_moved(store: Store) -> None:
    """In the stored metrics of the minutes after it too."""
    connection = shown(store, read("10:00:00", 100), read("10:06:00", 120))
    shown(store, read("10:10:00", 120), read("10:12:00", 120))
    series = "SELECT array_agg(is_stale ORDER BY bucket_time) FROM fo.expiry_metrics"
    assert value(connection, series) == [False, False, False, True]
    shown(store, read("10:07:30", 120)._replace(call={"volume": 120, "oi": 11}))
    assert value(connection, series) == [False, False, False, False, False]


@pytest.mark.parametrize("stamp", ["10:01:00", None])
def test_feed_that_stands_still_is_told_once(
    store: Store, connection: psycopg.Connection, stamp: str | None
) -> None:
    add(
        store, read("10:00:00", 100, stamp and "10:00:00"), read("10:01:00", 110, stamp)
    )
    add(store, read("10:03:00", 110, stamp))
    assert watched(connection, ist("10:06:00")) == []
    assert watched(connection, ist("10:06:01")) == [("NIFTY", True)]
    assert watched(connection, ist("10:07:00")) == []
    add(store, read("10:08:00", 120, stamp and "10:08:00"))
    assert watched(connection, ist("10:08:10")) == [("NIFTY", False)]


def test_feed_of_another_time_is_not_watched(
    store: Store, connection: psycopg.Connection
) -> None:
    """Nor is one before the open, or after the close."""
    add(store, read("15:29:00", 100, "15:29:00"))
    assert watched(connection, ist("15:50:00")) == []
    assert watched(connection, ist("09:19:00", MONDAY)) == []
    assert watched(connection, ist("09:21:00", MONDAY)) == [("NIFTY", True)]
    tuesday = ist("09:21:00", EXPIRY)
    assert watched(connection, tuesday) == [("NIFTY", False)]


def doubts(connection: psycopg.Connection) -> list[tuple[str, str]]:
    return [
        (event["symbol"], event["session"])
        for event in events(connection, "ops")
        if event["kind"] == "calendar_doubt"
    ]


def test_feed_that_moves_on_a_closed_day_is_told_once(
    store: Store, connection: psycopg.Connection
) -> None:
    """By its stamp, or by its volume."""
    told = ("NIFTY", str(SUNDAY))
    add(store, read("10:00:00", 100, "10:00:00", SUNDAY))
    add(store, read("10:01:00", 110, "10:01:00", SUNDAY))
    assert doubts(connection) == [told]
    connection.execute("SELECT ops.correct_session('NSE', %s, NULL, NULL)", [SUNDAY])
    add(store, read("10:02:00", 120, "10:02:00", SUNDAY))
    assert doubts(connection) == [told]
    assert value(connection, "SELECT count(*) FROM job.calendar_doubt") == 0


def test_volume_that_grows_on_a_closed_day_is_told(
    store: Store, connection: psycopg.Connection
) -> None:
    add(store, read("10:00:00", 100, day=SUNDAY))
    add(store, read("10:01:00", 100, day=SUNDAY))
    assert doubts(connection) == []
    add(store, read("10:02:00", 101, day=SUNDAY))
    assert doubts(connection) == [("NIFTY", str(SUNDAY))]


def test_page_of_friday_that_is_read_on_sunday_is_no_doubt(
    store: Store, connection: psycopg.Connection
) -> None:
    stale = ist("15:30:00")
    for time in ("10:00:00", "10:01:00"):
        add(store, read(time, 100, day=SUNDAY)._replace(stamp=stale))
    add(store, read("08:00:00", 100, day=MONDAY))
    assert doubts(connection) == []
