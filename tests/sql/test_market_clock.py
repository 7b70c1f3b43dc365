"""The market clock: one wrong snapshot does not move it for good."""

import itertools
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from pgstrike.db.errors import PgstrikeError
from pgstrike.jobs.ingest.store import Store, Stored
from pgstrike.jobs.ingest.waiting import reset_clock
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.quote_market import (
    FRIDAY,
    Quote,
    ask,
    batch_of,
    ist,
    ladder,
    select,
    value,
)

FAR = date(2026, 6, 30)
WRONG = date(2026, 3, 2)  # a Monday, half a year ahead
STALE = date(2025, 3, 3)


@pytest.fixture
def store(store: Store) -> Store:
    """Its markets do not leap."""
    store.accept_ahead = False
    return store


def snapshot(time: str, day: date = FRIDAY) -> list[Quote]:
    return ladder(time, 24_610.0, day=day, expiry=FAR)


def add(store: Store, *quotes: Quote) -> tuple[Stored, dict[str, int]]:
    stored, rejects = store.add(batch_of(quotes))
    reasons = [reject.reason for reject in rejects]
    return stored, {reason: reasons.count(reason) for reason in reasons}


def clock(connection: psycopg.Connection) -> datetime:
    found = value(connection, "SELECT clock FROM fo.instrument WHERE symbol = 'NIFTY'")
    assert isinstance(found, datetime)
    return found


def waiting(connection: psycopg.Connection) -> int:
    return int(value(connection, "SELECT count(*) FROM fo.waiting_quote"))


def contents(connection: psycopg.Connection) -> list[list[dict[str, Any]]]:
    refresh_all(connection)
    tables = {
        "fo.option_quote": "expiry, strike, quote_time",
        "fo.contract": "expiry, strike",
        "fo.underlying_quote": "quote_time",
        "fo.option_strike_bars_1d": "expiry, strike, bucket_time",
        "fo.expiry_metrics": "expiry, bucket_time",
        "fo.latest_snapshot": "timeframe, expiry, strike",
    }
    found = [
        select(connection, f"SELECT * FROM {table} ORDER BY {key}")
        for table, key in tables.items()
    ]
    instrument = "SELECT clock, has_company FROM fo.instrument WHERE symbol = 'NIFTY'"
    waits = "SELECT quote_time, expiry, strike, quote::text FROM fo.waiting_quote"
    waits += " ORDER BY 1, 2, 3"
    return [*found, select(connection, instrument), select(connection, waits)]


def test_snapshot_far_ahead_waits(store: Store) -> None:
    """It is readable, and no reject: it may be right."""
    add(store, *snapshot("10:00:00"))
    add(store, *snapshot("10:01:00"))
    stored, reasons = add(store, *snapshot("10:00:00", WRONG))
    assert (stored.stored, reasons) == (0, {"ahead_of_market": 5})
    assert clock(store.connection) == ist("10:01:00")
    assert value(store.connection, "SELECT count(*) FROM fo.quote_reject") == 0
    [row] = select(
        store.connection,
        "SELECT symbol, quote_time, expiry, quote -> 'call' ->> 'oi' AS oi, source,"
        " is_put_back FROM fo.waiting_quote WHERE strike = 24600",
    )
    assert row == {
        "symbol": "NIFTY",
        "quote_time": ist("10:00:00", WRONG),
        "expiry": FAR,
        "oi": "7500",
        "source": "test",
        "is_put_back": False,
    }
    assert add(store, *snapshot("10:02:00"))[0].stored == 5


def test_what_waits_is_taken_in_when_company_comes(store: Store) -> None:
    """Also by another run; the figures are those of one that came in order."""
    add(store, *snapshot("10:00:00"))
    add(store, *snapshot("10:00:00", WRONG))
    stored, reasons = add(store, *snapshot("10:01:00", WRONG))
    assert (stored.stored, stored.taken_in, reasons) == (5, 5, {})
    assert clock(store.connection) == ist("10:01:00", WRONG)
    assert waiting(store.connection) == 0
    at = "SELECT count(*) FROM fo.option_quote WHERE quote_time = %s"
    assert value(store.connection, at, ist("10:00:00", WRONG)) == 5


def test_snapshots_of_one_batch_keep_company(store: Store) -> None:
    """A file of next month is no fault."""
    add(store, *snapshot("10:00:00"))
    quotes = [*snapshot("10:00:00", WRONG), *snapshot("10:01:00", WRONG)]
    stored, reasons = add(store, *quotes)
    assert (stored.stored, stored.taken_in, reasons) == (10, 0, {})


def test_same_snapshot_again_is_no_company(store: Store) -> None:
    add(store, *snapshot("10:00:00"))
    for _ in range(3):
        assert add(store, *snapshot("10:00:00", WRONG))[1] == {"ahead_of_market": 5}
    assert waiting(store.connection) == 5


def test_seven_days_is_near(store: Store) -> None:
    add(store, *snapshot("10:00:00"))
    week = FRIDAY + timedelta(days=7)
    assert add(store, *snapshot("10:00:01", week))[1] == {"ahead_of_market": 5}
    assert add(store, *snapshot("10:00:00", week))[0].taken_in == 5
    assert clock(store.connection) == ist("10:00:01", week)


def test_quotes_far_ahead_are_taken_at_once_where_it_is_said(store: Store) -> None:
    add(store, *snapshot("10:00:00"))
    store.accept_ahead = True
    assert add(store, *snapshot("10:00:00", WRONG))[0].stored == 5
    assert clock(store.connection) == ist("10:00:00", WRONG)


def test_wrong_snapshot_of_the_very_first_batch_waits(store: Store) -> None:
    quotes = [
        *snapshot("10:00:00"),
        *snapshot("10:00:00", WRONG),
        *snapshot("10:01:00"),
    ]
    assert add(store, *quotes)[1] == {"ahead_of_market": 5}
    assert clock(store.connection) == ist("10:01:00")


def test_very_first_snapshot_counts_alone_until_others_have_company(
    store: Store,
) -> None:
    """Whatever lies behind it is not too old meanwhile."""
    add(store, *snapshot("10:00:00", WRONG))
    assert clock(store.connection) == ist("10:00:00", WRONG)
    assert add(store, *snapshot("10:00:00"))[0].stored == 5
    assert clock(store.connection) == ist("10:00:00", WRONG)
    assert add(store, *snapshot("10:01:00"))[0].stored == 5
    assert clock(store.connection) == ist("10:01:00")
    assert waiting(store.connection) == 5
    refresh_all(store.connection)
    shown = ask(store.connection, "chain")
    assert {row["quote_time"] for row in shown} == {ist("10:01:00")}
    assert add(store, *snapshot("10:01:00", STALE))[1] == {"too_old": 5}


@pytest.mark.second_later
def test_order_of_arrival_does_not_matter(
    store: Store, times: Callable[[int, int], int]
) -> None:
    """Once there is company, all tables are the same, figure for figure."""
    snapshots = [
        snapshot("10:00:00"),
        snapshot("10:01:00"),
        snapshot("10:02:00"),
        snapshot("10:00:00", WRONG),
    ]
    seen: list[list[list[dict[str, Any]]]] = []
    orders = list(itertools.permutations(range(4)))[:: times(3, 1)]
    for order in orders:
        for place in order:
            add(store, *snapshots[place])
        seen.append(contents(store.connection))
        assert seen[-1] == seen[0], order
        store.connection.execute(
            "TRUNCATE fo.option_quote, fo.contract, fo.underlying_quote,"
            " fo.waiting_quote, fo.quote_reject"
        )
        store.connection.execute(
            "INSERT INTO job.stale_bucket (rollup, symbol, bucket_time)"
            " SELECT rollup.rollup, 'NIFTY', fo.bucket_start(rollup.width, day)"
            " FROM job.rollup, unnest(%s::timestamptz[]) AS day"
            " WHERE source IN ('option_quote', 'underlying_quote')",
            [[ist(f"10:0{m}:00", d) for m in range(3) for d in (FRIDAY, WRONG)]],
        )
        store.connection.execute(
            "UPDATE fo.instrument SET clock = NULL, has_company = FALSE"
        )
    assert len(seen) == len(orders)


def test_reset_clock_sets_it_back_to_the_newest_with_company(store: Store) -> None:
    add(store, *snapshot("10:00:00"))
    add(store, *snapshot("10:01:00"))
    before = contents(store.connection)
    store.accept_ahead = True
    add(store, *snapshot("10:00:00", WRONG))
    store.accept_ahead = False
    assert reset_clock(store.connection, "NIFTY", None) == (ist("10:01:00"), 5)
    after = contents(store.connection)
    assert after[:-1] == before[:-1]
    newest = "SELECT payload ->> 'clock' FROM fo.event WHERE topic = 'chain'"
    newest += " ORDER BY id DESC LIMIT 1"
    assert value(store.connection, newest) == "2025-08-29T04:31:00+00:00"
    assert add(store, *snapshot("10:02:00"))[0].taken_in == 0
    assert waiting(store.connection) == 5


def test_reset_clock_takes_a_time_and_quotes_come_back_when_it_is_reached(
    store: Store,
) -> None:
    for minute in range(4):
        add(store, *snapshot(f"10:0{minute}:00"))
    all_four = contents(store.connection)
    assert reset_clock(store.connection, "NIFTY", ist("10:01:30")) == (
        ist("10:01:00"),
        10,
    )
    refresh_all(store.connection)
    shown = ask(store.connection, "chain")
    assert {row["quote_time"] for row in shown} == {ist("10:01:00")}
    assert add(store, *snapshot("10:02:30"))[0].taken_in == 5
    assert waiting(store.connection) == 5
    assert clock(store.connection) == ist("10:02:30")
    assert add(store, *snapshot("10:03:00"))[0].taken_in == 5
    assert waiting(store.connection) == 0
    quotes = contents(store.connection)[0]
    kept = [row for row in quotes if row["quote_time"] != ist("10:02:30")]
    assert len(kept) == len(all_four[0]) == 20


def test_contract_that_only_newer_quotes_had_leaves_the_chain(store: Store) -> None:
    add(store, *snapshot("10:00:00"))
    add(store, *snapshot("10:01:00"))
    store.accept_ahead = True
    add(store, Quote("10:00:00", 30_000, {"ltp": 1.0}, day=WRONG, expiry=FAR))
    reset_clock(store.connection, "NIFTY", None)
    gone = select(
        store.connection,
        "SELECT expiry, payload -> 'delisted' AS strikes FROM fo.event"
        " WHERE payload -> 'delisted' IS NOT NULL",
    )
    assert gone == [{"expiry": FAR, "strikes": [30_000]}]
    refresh_all(store.connection)
    assert len(ask(store.connection, "chain")) == 5


@pytest.mark.parametrize(
    ("symbol", "time", "says"),
    [
        ("ACME", None, "unknown symbol ACME; see `pgstrike instrument list`"),
        ("BANKNIFTY", None, "BANKNIFTY has no snapshot with company; give a time"),
        ("NIFTY", None, "the clock of NIFTY is .* already"),
        ("NIFTY", ist("10:00:00", STALE), "NIFTY has no snapshot up to 2025-03-03"),
    ],
)
def test_reset_that_cannot_be_is_refused(
    store: Store, symbol: str, time: datetime | None, says: str
) -> None:
    add(store, *snapshot("10:00:00"))
    add(store, *snapshot("10:01:00"))
    with pytest.raises(PgstrikeError, match=says):
        reset_clock(store.connection, symbol, time)


def test_each_symbol_has_its_own_clock(store: Store) -> None:
    add(store, *snapshot("10:00:00"))
    other = ladder("10:00:00", 24_610.0, day=WRONG, expiry=FAR, symbol="FINNIFTY")
    assert add(store, *other)[1] == {}
