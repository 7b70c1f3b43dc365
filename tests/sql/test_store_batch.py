"""ops.store_batch: in whatever order and batches, the same quotes come to the same rows."""

from datetime import date

import psycopg

from pgstrike.jobs.ingest.store import Store
from tests.support.calls import STRIKE, call, column
from tests.support.quote_market import (
    LATER,
    MONDAY,
    Quote,
    add,
    events,
    ist,
    ladder,
    select,
    value,
)

HOLIDAY = date(2025, 8, 27)


# Drop-outs and growths


def test_zero_volume_without_oi_is_a_drop_out(
    store: Store, connection: psycopg.Connection
) -> None:
    """Unknown in the quote, kept apart, and no false growth before or after."""
    add(store, call("10:00:00", 100, oi=50))
    assert add(store, call("10:01:00", 0, oi=0, ltp=7.5)).dropouts == 1
    add(store, call("10:02:00", 130, oi=60))
    assert column(connection, "call_dropout") == [False, True, False]
    assert column(connection, "call_volume") == [100, None, 130]
    assert column(connection, "call_ltp") == [None, None, None]
    assert column(connection, "call_volume_growth") == [100, None, 30]
    assert column(connection, "call_oi_growth") == [0, None, 10]
    kept = select(connection, "SELECT leg, ltp, volume, oi FROM fo.quote_dropout")
    assert kept == [{"leg": "call", "ltp": 7.5, "volume": 0, "oi": 0}]


def test_late_quote_repairs_the_growth_of_the_next(
    store: Store, connection: psycopg.Connection
) -> None:
    add(store, call("10:00:00", 100, oi=10))
    add(store, call("10:02:00", 170, oi=40))
    add(store, call("10:03:00", 180, oi=30))
    assert add(store, call("10:01:00", 120, oi=5)).late == 1
    assert column(connection, "call_volume_growth") == [100, 20, 50, 10]
    assert column(connection, "call_oi_growth") == [0, -5, 35, -10]


def test_several_late_quotes_of_one_contract_in_one_batch(
    store: Store, connection: psycopg.Connection
) -> None:
    """Two in one gap, one in another, one before all, and one that is not late."""
    add(store, call("10:00:00", 100), call("10:10:00", 200), call("10:20:00", 300))
    late = [("09:50:00", 60), ("10:02:00", 110), ("10:04:00", 150), ("10:12:00", 210)]
    done = add(store, *(call(*quote) for quote in late), call("10:30:00", 330))
    assert (done.stored, done.late, done.dropouts) == (5, 4, 0)
    assert column(connection, "call_volume") == [
        60, 100, 110, 150, 200, 210, 300, 330,
    ]  # fmt: skip
    assert column(connection, "call_volume_growth") == [
        60, 40, 10, 40, 50, 10, 90, 30,
    ]  # fmt: skip


def test_other_fall_doubts_the_volume_alone(
    store: Store, connection: psycopg.Connection
) -> None:
    """It stays at what was reached; price and OI count, and what was said is kept."""
    add(store, call("10:00:00", 100, oi=50))
    done = add(store, call("10:01:00", 99, oi=60, ltp=7.5))
    assert (done.dropouts, done.volumes_doubted) == (0, 1)
    add(store, call("10:02:00", 130, oi=60))
    assert column(connection, "call_volume_doubted") == [False, True, False]
    assert column(connection, "call_volume") == [100, 100, 130]
    assert column(connection, "call_volume_growth") == [100, 0, 30]
    assert column(connection, "call_ltp") == [None, 7.5, None]
    assert column(connection, "call_oi_growth") == [0, 10, 0]
    kept = select(connection, "SELECT leg, ltp, volume, oi FROM fo.quote_dropout")
    assert kept == [{"leg": "call", "ltp": None, "volume": 99, "oi": None}]


def test_falls_in_a_row_outvote_a_spike(
    store: Store, connection: psycopg.Connection
) -> None:
    """The first says nothing yet; the second takes back the spike before it."""
    add(store, call("10:00:00", 100), call("10:01:00", 9_000))
    assert add(store, call("10:02:00", 110)).volumes_doubted == 1
    assert column(connection, "call_volume") == [100, 9_000, 9_000]
    assert add(store, call("10:03:00", 120)).volumes_doubted == 0
    assert column(connection, "call_volume") == [100, 100, 110, 120]
    assert column(connection, "call_volume_doubted") == [False, True, False, False]
    assert column(connection, "call_volume_growth") == [100, 0, 10, 10]
    kept = select(connection, "SELECT quote_time, volume FROM fo.quote_dropout")
    assert kept == [{"quote_time": ist("10:01:00"), "volume": 9_000}]


def test_quote_outside_the_session_counts_for_nothing(
    store: Store, connection: psycopg.Connection
) -> None:
    """Yesterday's page before the open: it is kept as it came, and reaches nothing."""
    add(store, call("09:05:00", 9_000, oi=70))
    assert add(store, call("09:20:00", 30, oi=75)).dropouts == 0
    add(store, call("15:45:00", 8_000, oi=90))
    add(store, call("15:10:00", 40, oi=80))
    assert column(connection, "call_volume") == [9_000, 30, 40, 8_000]
    assert column(connection, "call_volume_growth") == [None, 30, 10, None]
    assert column(connection, "call_oi_growth") == [None, 0, 5, None]
    [contract] = select(connection, "SELECT call_volume, call_oi FROM fo.contract")
    assert contract == {"call_volume": 40, "call_oi": 80}


def test_late_quote_doubts_a_volume_and_a_correction_undoes_it(
    store: Store, connection: psycopg.Connection
) -> None:
    add(store, call("10:02:00", 100, ltp=9.5), call("10:03:00", 180))
    assert add(store, call("10:01:00", 150)).volumes_doubted == 1
    assert column(connection, "call_ltp") == [None, 9.5, None]
    assert column(connection, "call_volume") == [150, 150, 180]
    assert column(connection, "call_volume_growth") == [150, 0, 30]
    undone = add(store, call("10:01:00", 90))
    assert (undone.stored, undone.corrected, undone.volumes_doubted) == (0, 1, -1)
    assert column(connection, "call_volume") == [90, 100, 180]
    assert column(connection, "call_volume_growth") == [90, 10, 80]
    assert value(connection, "SELECT count(*) FROM fo.quote_dropout") == 0


def test_late_quote_is_itself_a_drop_out(
    store: Store, connection: psycopg.Connection
) -> None:
    add(store, call("10:00:00", 100, oi=10), call("10:02:00", 170, oi=40))
    assert add(store, call("10:01:00", 0, oi=0)).dropouts == 1
    assert column(connection, "call_volume_growth") == [100, None, 70]
    assert column(connection, "call_oi_growth") == [0, None, 30]


def test_late_quote_among_unknown_figures(
    store: Store, connection: psycopg.Connection
) -> None:
    """What it grew by, and what the next known one did, is found behind the unknown."""
    add(store, call("10:00:00", 100), call("10:02:00"), call("10:06:00", 170))
    add(store, Quote("10:05:00", STRIKE, put={"oi": 5}))
    add(store, call("10:03:00", 120, oi=7))
    assert column(connection, "call_volume_growth") == [100, None, 20, None, 50]
    assert column(connection, "call_oi_growth") == [None, None, 0, None, None]
    assert value(connection, "SELECT call_oi FROM fo.contract") == 7


def test_correction_of_open_interest_alone(
    store: Store, connection: psycopg.Connection
) -> None:
    add(store, *(call(f"10:0{n}:00", 100, oi=oi) for n, oi in enumerate((10, 20, 50))))
    assert add(store, call("10:01:00", 100, oi=30)).corrected == 1
    assert column(connection, "call_oi") == [10, 30, 50]
    assert column(connection, "call_oi_growth") == [0, 20, 20]
    assert add(store, call("10:01:00", 100)).corrected == 1
    assert column(connection, "call_oi_growth") == [0, None, 40]


def test_correction_of_the_newest_moves_what_the_contract_reached(
    store: Store, connection: psycopg.Connection
) -> None:
    add(store, call("10:00:00", 100), call("10:01:00", 900))
    add(store, call("10:01:00", 110))
    assert add(store, call("10:02:00", 130)).dropouts == 0
    assert column(connection, "call_volume_growth") == [100, 10, 20]


def test_session_begins_anew_each_day(
    store: Store, connection: psycopg.Connection
) -> None:
    """Also one that comes after a later one has begun."""
    add(store, call("15:00:00", 900, oi=70))
    add(store, call("09:20:00", 30, oi=75)._replace(day=MONDAY))
    add(store, call("15:10:00", 920, oi=80))
    assert column(connection, "call_volume_growth") == [900, 20, 30]
    assert column(connection, "call_oi_growth") == [0, 10, 0]


def test_late_quote_is_the_newest_of_a_session(
    store: Store, connection: psycopg.Connection
) -> None:
    """Where the newest of all came when the exchange was closed."""
    add(store, call("15:28:00", 100), call("15:35:00", 100))
    add(store, call("15:29:00", 100))
    [contract] = select(connection, "SELECT quote_time, live_time FROM fo.contract")
    assert contract == {"quote_time": ist("15:35:00"), "live_time": ist("15:29:00")}


def test_holidays_and_nights_are_marked(
    store: Store, connection: psycopg.Connection
) -> None:
    times = ("09:14:59", "09:15:00", "15:30:00", "15:30:01")
    holiday = call("10:00:00")._replace(day=HOLIDAY)
    stored = add(store, holiday, *(call(time) for time in times))
    assert stored.outside_session == 3
    assert column(connection, "in_session") == [False, False, True, True, False]


# The same again


def test_same_quotes_again_change_nothing(
    store: Store, connection: psycopg.Connection
) -> None:
    """No row, no event, no stale bucket; drop-outs included, in one batch or in two."""
    quotes = [*ladder("10:00:00", STRIKE), *ladder("10:01:00", STRIKE)]
    quotes[-1] = quotes[-1]._replace(call={"volume": 0, "ltp": 1.0})
    assert add(store, *quotes).dropouts == 1
    seen = [
        "SELECT count(*), max(id) FROM fo.event",
        "SELECT count(*) FROM job.stale_bucket",
        "SELECT array_agg(xmin::text || ctid::text ORDER BY strike) FROM fo.option_quote",
        "SELECT array_agg(xmin::text) FROM fo.quote_dropout",
    ]
    before = [connection.execute(one.encode()).fetchall() for one in seen]
    for again in (quotes, quotes[::2], quotes[1::2]):
        done = add(store, *again)
        assert (done.stored, done.corrected, done.unchanged) == (0, 0, len(again))
        assert done.dropouts == 0
    assert [connection.execute(one.encode()).fetchall() for one in seen] == before


def test_last_row_of_a_key_in_a_batch_counts(
    store: Store, connection: psycopg.Connection
) -> None:
    """The same row again is unchanged, another is a correction."""
    versions = (100, 100, 120, 100, 130)
    done = add(store, *(call("10:00:00", volume) for volume in versions))
    assert (done.stored, done.corrected, done.unchanged) == (1, 2, 2)
    assert column(connection, "call_volume") == [130]


def test_second_half_of_a_snapshot_values_the_first_anew(
    store: Store, connection: psycopg.Connection
) -> None:
    """And rewrites of it only what comes out differently."""
    lower, upper = ladder("10:00:00", STRIKE)[:2], ladder("10:00:00", STRIKE)[2:]
    expired = ladder("10:00:00", STRIKE, expiry=LATER)
    add(store, *lower, *expired)
    assert column(connection, "moneyness_level")[:2] == [-1, 0]
    later = (
        f"SELECT array_agg(xmin::text) FROM fo.option_quote WHERE expiry = '{LATER}'"
    )
    before = value(connection, later)
    newest = value(connection, "SELECT max(id) FROM fo.event")
    done = add(store, *upper)
    assert (done.stored, done.late, done.corrected) == (3, 0, 0)
    assert column(connection, "moneyness_level")[:5] == [-2, -1, 0, 1, 2]
    assert value(connection, later) == before
    [event] = events(connection, "chain", after=newest)
    assert [row[0] for row in event["rows"]] == [24_500, 24_550, 24_600, 24_650, 24_700]
