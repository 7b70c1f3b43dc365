"""ops.stale_window: which windows are to be refreshed, and which marks that settles."""

from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import Window, refresh_rollups, stale_windows
from tests.support.quote_market import Quote, add, ist, value

ONE, FIVE, FIFTEEN, LEVELS = (
    "option_strike_bars_1min",
    "option_strike_bars_5min",
    "option_strike_bars_15min",
    "moneyness_bars_5min",
)


def mark(
    connection: psycopg.Connection,
    *times: str,
    rollup: str = ONE,
    symbol: str = "NIFTY",
) -> list[int]:
    """Mark buckets as stale; returns the ids of the marks."""
    return [
        value(
            connection,
            "INSERT INTO job.stale_bucket (rollup, symbol, bucket_time)"
            " VALUES (%s, %s, %s) RETURNING id",
            rollup, symbol, ist(time),
        )
        for time in times
    ]  # fmt: skip


def spans(windows: list[Window]) -> list[tuple[str, str]]:
    """From and to of windows, by the exchange's clock."""
    zone = ist("00:00:00").tzinfo
    return [
        (
            f"{window.from_time.astimezone(zone):%H:%M}",
            f"{window.to_time.astimezone(zone):%H:%M}",
        )
        for window in windows
    ]


def test_nothing_stale_is_no_window(connection: psycopg.Connection) -> None:
    """Nor is there one for a rollup that nothing is marked of."""
    mark(connection, "09:20:00", rollup=FIVE)
    assert stale_windows(connection, ONE) == []


def test_neighbours_are_one_window(connection: psycopg.Connection) -> None:
    """However they came; a hole makes two, and the end is not included."""
    mark(connection, "09:22:00", "09:20:00", "09:25:00", "09:21:00")
    assert spans(stale_windows(connection, ONE)) == [
        ("09:20", "09:23"),
        ("09:25", "09:26"),
    ]


@pytest.mark.parametrize(
    ("rollup", "minutes"), [(ONE, 1), (FIVE, 5), (FIFTEEN, 15), (LEVELS, 5)]
)
def test_window_is_as_wide_as_its_buckets(
    connection: psycopg.Connection, rollup: str, minutes: int
) -> None:
    """Two buckets of each rollup's own width."""
    second = ist("09:15:00") + timedelta(minutes=minutes)
    mark(connection, "09:15:00", f"{second:%H:%M:%S}", rollup=rollup)
    [window] = stale_windows(connection, rollup)
    assert window.to_time - window.from_time == timedelta(minutes=2 * minutes)


def test_symbols_have_their_own_windows(connection: psycopg.Connection) -> None:
    """What is marked of one makes no neighbour, and no hole, in what is of another."""
    mark(connection, "09:20:00", "09:21:00", symbol="NIFTY")
    mark(connection, "09:20:00", "09:21:00", "09:22:00", symbol="FINNIFTY")
    found = [
        (window.symbol, *spans([window])) for window in stale_windows(connection, ONE)
    ]
    assert found == [("FINNIFTY", ("09:20", "09:23")), ("NIFTY", ("09:20", "09:22"))]


def test_window_carries_every_mark_once(connection: psycopg.Connection) -> None:
    """A bucket may be marked many times, and is refreshed once for all of them."""
    ids = mark(connection, "09:20:00", "09:21:00", "09:20:00", "09:20:00")
    [window] = stale_windows(connection, ONE)
    assert spans([window]) == [("09:20", "09:22")]
    assert sorted(window.ids) == ids


def test_refresh_goes_from_fine_to_coarse(
    connection: psycopg.Connection, store: Store
) -> None:
    """One pass brings all of them up to date: each marks the one that reads it."""
    add(store, Quote("09:20:00", 24_600, {"ltp": 1.0, "volume": 75}))
    refresh_rollups(connection)
    assert value(connection, "SELECT count(*) FROM job.stale_bucket") == 0
    for rollup in (ONE, FIVE, FIFTEEN):
        assert value(connection, f"SELECT call_volume FROM fo.{rollup}") == 75


@pytest.fixture
def refresh_seen(
    connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> Callable[[list[Window]], None]:
    """Refresh 1-minute windows that were read some time ago."""

    def refresh(seen: list[Window]) -> None:
        with monkeypatch.context() as patched:
            found = {ONE: seen}
            patched.setattr(
                "pgstrike.jobs.refresh.refresh.stale_windows",
                lambda _, of, **due: found.get(of, []),
            )
            refresh_rollups(connection)

    return refresh


def test_mark_that_commits_late_is_not_lost(
    dsn: str,
    connection: psycopg.Connection,
    store: Store,
    refresh_seen: Callable[[list[Window]], None],
) -> None:
    """Its id is lower than that of one which is settled meanwhile, and was not seen then."""
    add(store, Quote("09:20:00", 24_600, {"ltp": 1.0}))
    refresh_rollups(connection)
    with psycopg.connect(dsn) as slow:
        [late] = mark(slow, "09:20:00")
        [early] = mark(connection, "09:20:00")
        seen = stale_windows(connection, ONE)
    assert late < early
    refresh_seen(seen)
    [window] = stale_windows(connection, ONE)
    assert window.ids == [late]


def test_writer_who_commits_during_a_refresh_is_refreshed_later(
    connection: psycopg.Connection,
    store: Store,
    refresh_seen: Callable[[list[Window]], None],
) -> None:
    """His marks are not among those that the refresh settles."""
    add(store, Quote("09:20:00", 24_600, {"ltp": 1.0, "volume": 75}))
    seen = stale_windows(connection, ONE)
    add(store, Quote("09:20:30", 24_600, {"ltp": 2.0, "volume": 150}))
    refresh_seen(seen)
    assert spans(stale_windows(connection, ONE)) == [("09:20", "09:21")]
    refresh_rollups(connection)
    assert value(connection, f"SELECT call_volume FROM fo.{FIFTEEN}") == 150
    assert value(connection, "SELECT count(*) FROM job.stale_bucket") == 0
