"""jobs.storage: archived, dropped and restored quotes; bars that stay."""

from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest

from pgstrike.db.errors import PgstrikeError
from pgstrike.jobs.refresh.refresh import refresh_all
from pgstrike.jobs.storage.archive import archive_session
from pgstrike.jobs.storage.restore import restore_session
from pgstrike.jobs.storage.retention import (
    drop_days,
    keep_newest,
    seal,
)
from tests.support.dropped import at_risk, bars, drop, raw, refresh_everything
from tests.support.quote_market import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    Quote,
    batch_of,
    ist,
    ladder,
    open_store,
    value,
)

pytestmark = pytest.mark.both_engines

ONE_DAY = "SELECT count(*) FROM fo.option_strike_bars_1min WHERE bucket_time::date = %s"
METRICS = """
    SELECT proname, coalesce(proargnames[:pronargs], '{}'), pronargs - pronargdefaults
    FROM pg_proc WHERE pronamespace = 'analytics'::regnamespace
"""
NEEDED = {
    "p_expiry": date(2025, 9, 2),
    "p_strike": 24_600,
    "p_timeframe": "1min",
    "p_indicator": "oi",
}


def test_archive_holds_all_and_comes_back(
    stored: psycopg.Connection, tmp_path: Path
) -> None:
    before = raw(stored)
    assert len(before["quote_dropout"]) > 5
    assert drop(stored, tmp_path) == 2
    left = raw(stored)
    assert {row["session"] for row in left["option_quote"]} == {MONDAY}
    assert at_risk(stored) == []
    for day in (THURSDAY, FRIDAY):
        quotes = restore_session(stored, tmp_path, "NIFTY", day)
        assert quotes == sum(row["session"] == day for row in before["option_quote"])
    assert raw(stored) == before
    restore_session(stored, tmp_path, "NIFTY", FRIDAY)
    assert raw(stored) == before
    assert drop_days(stored) == 0  # restored ones stay
    for day in (THURSDAY, FRIDAY):
        seal(stored, tmp_path, "NIFTY", day)
    assert drop_days(stored) == 2
    assert raw(stored) == left


def test_bars_survive_whatever_is_refreshed(
    dsn: str, stored: psycopg.Connection, tmp_path: Path, market: list[Quote]
) -> None:
    """Drop raw sessions, send late quotes, refresh everything: all checksums hold."""
    before = bars(stored)
    drop(stored, tmp_path)
    late = [
        quote._replace(time=quote.time[:-2] + "30", stamp=None)
        for quote in market
        if quote.time < "15:30"
    ]
    store = open_store(dsn)
    with store.connection:
        outcome, rejects = store.add(batch_of(late))
    assert {reject.reason for reject in rejects} == {"below_floor", "expired"} or {
        reject.reason for reject in rejects
    } == {"below_floor"}
    assert outcome.stored == sum(quote.day == MONDAY for quote in late)
    refresh_all(stored)
    refresh_everything(stored)
    assert at_risk(stored) == []
    after = bars(stored)
    start = ist("04:15:00", MONDAY)
    for name, rows in before.items():
        old = [row for row in rows if row["bucket_time"] < start]  # type: ignore[operator]
        assert old == [
            row
            for row in after[name]
            if row["bucket_time"] < start  # type: ignore[operator]
        ]
        assert old
    changed = value(
        stored,
        "SELECT count(*) FROM fo.option_strike_bars_1min WHERE bucket_time >= %s",
        start,
    )
    assert changed >= sum(
        r["bucket_time"] >= start for r in before["option_strike_bars_1min"]
    )  # type: ignore[operator]


def test_health_tells_of_bars_that_no_longer_are_as_sealed(
    stored: psycopg.Connection, tmp_path: Path
) -> None:
    drop(stored, tmp_path)
    found = "SELECT state, says FROM ops.health() WHERE name = 'retention'"
    spoil = "UPDATE job.sealed_bars SET checksum = checksum + 1 WHERE rollup = %s"
    stored.execute(spoil, ["option_strike_bars_1d"])
    keep_newest(tmp_path, 0, stored)
    [(state, says)] = stored.execute(found).fetchall()
    assert state == "bad"
    assert "NIFTY 2025-08-28: option_strike_bars_1d: rows have changed" in says
    for session in (THURSDAY, FRIDAY):
        restore_session(stored, tmp_path, "NIFTY", session)
    assert stored.execute(found).fetchall()[0][0] == "ok"
    for session in (THURSDAY, FRIDAY):
        seal(stored, tmp_path, "NIFTY", session)
    keep_newest(tmp_path, 0, stored)
    assert stored.execute(found).fetchall()[0][0] == "ok"


def test_audit_lists_a_bar_that_changed(
    stored: psycopg.Connection, tmp_path: Path
) -> None:
    drop(stored, tmp_path)
    stored.execute(
        "UPDATE job.sealed_bars SET checksum = 1 WHERE session = %s"
        " AND rollup = 'option_strike_bars_1d'",
        [FRIDAY],
    )
    stored.execute(
        "UPDATE job.sealed_bars SET rows = rows + 1 WHERE session = %s"
        " AND rollup = 'expiry_metrics'",
        [THURSDAY],
    )
    assert sorted(at_risk(stored)) == [
        ("NIFTY", THURSDAY, "expiry_metrics", "rows are missing"),
        ("NIFTY", FRIDAY, "option_strike_bars_1d", "rows have changed"),
    ]


def test_wrong_files_are_refused(stored: psycopg.Connection, tmp_path: Path) -> None:
    drop(stored, tmp_path)
    path = tmp_path / f"NIFTY-{FRIDAY}.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"x")
    with pytest.raises(PgstrikeError, match="not the file that was archived"):
        restore_session(stored, tmp_path, "NIFTY", FRIDAY)
    path.unlink()
    with pytest.raises(PgstrikeError, match="is not there"):
        restore_session(stored, tmp_path, "NIFTY", FRIDAY)
    with pytest.raises(PgstrikeError, match="below the floor already"):
        archive_session(stored, tmp_path, "NIFTY", FRIDAY)
    with pytest.raises(PgstrikeError, match="no archive"):
        restore_session(stored, tmp_path, "NIFTY", date(2025, 8, 1))
    path.write_bytes(whole)
    restore_session(stored, tmp_path, "NIFTY", FRIDAY)


def test_a_session_that_waits_to_be_refreshed_is_not_sealed(
    dsn: str, stored: psycopg.Connection, tmp_path: Path
) -> None:
    store = open_store(dsn)
    with store.connection:
        store.add(batch_of(ladder("10:00:00", 24_600.0, day=THURSDAY)))
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        drop(stored, tmp_path)
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        stored.execute("SELECT ops.seal_session('NIFTY', %s)", [MONDAY])
    refresh_all(stored)
    assert drop(stored, tmp_path) == 2
    assert timedelta(days=1) == value(
        stored, "SELECT ops.session_from('2025-08-30') - ops.session_from('2025-08-29')"
    )
