"""Twenty recorded minutes of NIFTY: fo.expiry_metrics, minute by minute, is the oracle's.

As they came, and with a third of the snapshots late and one strike corrected, so that what
was refreshed before has to be measured again.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psycopg
import pytest

from pgstrike.jobs.feed.files import open_feed
from pgstrike.jobs.feed.times import microseconds
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.quote import QuoteBatch
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.chains import RATE
from tests.support.live_market import open_store
from tests.support.oracle_chains import last_of_each_minute, read_quotes
from tests.support.oracle_metrics import series_differences
from tests.support.quote_market import ist
from tests.support.recordings import LOTS, recording

pytestmark = pytest.mark.second_later

FROM, TO = microseconds(ist("11:00:00")), microseconds(ist("11:20:00"))


@pytest.fixture(scope="module")
def snapshots(data: Path) -> list[QuoteBatch]:
    """What the feed said in these minutes, a batch for each time that it was read."""
    return list(read_snapshots(recording(data, "NIFTY")))


def read_snapshots(path: Path) -> Iterator[QuoteBatch]:
    for batch in open_feed(str(path), LOTS["NIFTY"]):
        times = batch.rows["quote_time"]
        for time in np.unique(times[(times >= FROM) & (times < TO)]).tolist():
            places = np.flatnonzero(times == time).tolist()
            raw = [batch.raw[place] for place in places]
            yield QuoteBatch(batch.rows[places], batch.symbols, raw, [])


def checked(store: Store, minutes: int) -> None:
    """All rows of the series are the oracle's, of as many minutes as there should be."""
    refresh_all(store.connection)
    assert len(last_of_each_minute(read_quotes(store.connection, "NIFTY"))) == minutes
    assert series_differences(store.connection, "NIFTY", RATE) == []


@pytest.fixture(scope="module")
def stock(snapshots: list[QuoteBatch]) -> Callable[[psycopg.Connection], None]:
    """The minutes as they came."""

    def stored(connection: psycopg.Connection) -> None:
        store = open_store(connection)
        for batch in snapshots:
            store.add(batch)
        refresh_all(connection)

    return stored


@pytest.mark.long  # the next test checks two thirds of them as they came, and then all
@pytest.mark.usefixtures("stock")
def test_in_order(store: Store, snapshots: list[QuoteBatch]) -> None:
    checked(store, minutes_of(snapshots))


def test_with_late_quotes(store: Store, snapshots: list[QuoteBatch]) -> None:
    early = [batch for place, batch in enumerate(snapshots) if place % 3 != 1]
    for batch in early:
        store.add(batch)
    checked(store, minutes_of(early))
    for batch in snapshots[1::3]:
        store.add(batch)
    store.add(corrected(snapshots[5]))
    checked(store, minutes_of(snapshots))
    [(oi,)] = store.connection.execute(
        "SELECT max(call_oi) FROM fo.expiry_metrics WHERE symbol = 'NIFTY'"
    )
    assert oi > 10**9


def minutes_of(batches: list[QuoteBatch]) -> int:
    return len({int(batch.rows["quote_time"][0]) // 60_000_000 for batch in batches})


def corrected(batch: QuoteBatch) -> QuoteBatch:
    """One strike of the first expiry again, with much more open interest."""
    rows = batch.rows[:1].copy()
    rows["call_oi"] = 10**9
    return QuoteBatch(rows, batch.symbols, [""], [])


@pytest.mark.usefixtures("stock")
def test_series_says_what_psql_says(connection: psycopg.Connection) -> None:
    """The newest row of the series, the rollups' last, and the latest snapshot are one."""
    newest = connection.execute(
        "SELECT * FROM fo.expiry_metrics WHERE bucket_time ="
        " (SELECT max(bucket_time) FROM fo.expiry_metrics) ORDER BY expiry"
    ).fetchall()
    assert (
        newest
        == connection.execute(
            "SELECT * FROM analytics.expiry_metrics('NIFTY')"
        ).fetchall()
    )
    for timeframe in ("5min", "15min", "1h", "1d"):
        rolled = connection.execute(
            f"SELECT * FROM fo.expiry_metrics_{timeframe} ORDER BY bucket_time DESC, expiry"
            f" LIMIT {len(newest)}".encode()
        ).fetchall()
        assert [row[1:] for row in rolled] == [row[1:] for row in newest]
