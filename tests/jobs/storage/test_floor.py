"""The floor of raw quotes: what goes below it, and what is refused there."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path

import psycopg
import pytest

from pgstrike.db.connection import connect
from pgstrike.db.errors import PgstrikeError
from pgstrike.db.queries import query
from pgstrike.jobs.ingest.rederive import judge_again
from pgstrike.jobs.ingest.rename import rename
from pgstrike.jobs.refresh.refresh import refresh_all
from pgstrike.jobs.storage.restore import restore_session
from pgstrike.jobs.storage.retention import (
    drop_days,
    open_for_correction,
    seal,
    seal_corrected,
    sessions_to_seal,
)
from tests.support.dropped import at_risk, drop, raw, refresh_everything
from tests.support.quote_market import (
    FRIDAY,
    LATER,
    MONDAY,
    THURSDAY,
    ask,
    batch_of,
    ist,
    ladder,
    open_store,
    refuses,
    select,
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


def test_an_instant_below_the_floor_is_refused(
    stored: psycopg.Connection, tmp_path: Path
) -> None:
    at = ist("12:31:00", FRIDAY)
    before = ask(stored, "chain", at=at)
    drop(stored, tmp_path)
    for function in ("chain", "pcr", "smile", "iv_rank", "signals", "oi_change"):
        refuses(
            stored,
            function,
            "below_floor",
            "`pgstrike restore NIFTY 2025-08-29`",
            at=at,
        )
    assert ask(stored, "chain", at=ist("12:31:00", MONDAY))
    for day in (THURSDAY, FRIDAY):  # a chain looks back
        restore_session(stored, tmp_path, "NIFTY", day)
    assert ask(stored, "chain", at=at) == before


def test_no_metric_answers_for_an_instant_below_the_floor(
    stored: psycopg.Connection, tmp_path: Path
) -> None:
    drop(stored, tmp_path)
    found = answers(stored, p_at=ist("12:00:00", THURSDAY))
    assert len(found) > 20
    assert found.pop("bar_chain")  # bars stay
    assert set(found.values()) == {"below_floor"}


def test_day_that_another_process_drops_is_no_error(
    stored: psycopg.Connection, dsn: str, tmp_path: Path
) -> None:
    for symbol, session in sessions_to_seal(stored, 1):
        seal(stored, tmp_path, symbol, session)
    [day, *_] = stored.execute(query("droppable_days")).fetchall()
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    with ThreadPoolExecutor() as pool, connect(dsn, "other") as other:
        with other.transaction():
            other.execute(query("drop_quote_day"), day)
            dropped = pool.submit(drop_days, stored)
            with connect(dsn, "watch") as watch:
                while not value(watch, waits):
                    assert not dropped.done()
        assert dropped.result() < 2
    assert drop_days(stored) == 0


def test_what_is_dropped_changes_no_answer_about_later_quotes(
    stored: psycopg.Connection, tmp_path: Path
) -> None:
    """But for the change of OI since the session before.

    That is refused in words; among the features it is unknown.
    """
    noon = ist("12:00:00", MONDAY)
    before = answers(stored), answers(stored, p_at=noon)
    known = features(stored, noon)
    drop(stored, tmp_path)
    after = answers(stored), answers(stored, p_at=noon)
    for was, now in zip(before, after, strict=True):
        changed = {name for name in was if now[name] != was[name]}
        assert changed == {"features", "oi_change"}
        assert now["oi_change"] == "below_floor"
    of_day = {name: None for name in known if "_oi_change_" in name and "_day" in name}
    assert len(of_day) == 4
    assert features(stored, noon) == {**known, **of_day} != known


def features(connection: psycopg.Connection, at: datetime) -> dict[str, object]:
    asked = "SELECT * FROM analytics.features('NIFTY', %s)"
    [found] = select(connection, asked, at)
    return found


def answers(connection: psycopg.Connection, **asked: object) -> dict[str, object]:
    """What each metric that takes these arguments answers, or the code of its refusal."""
    found: dict[str, object] = {}
    for name, arguments, required in connection.execute(METRICS).fetchall():
        given = {"p_symbol": "NIFTY", **asked}
        missing = set(arguments[:required]) - set(given)
        if not (set(given) <= set(arguments) and missing <= set(NEEDED)):
            continue
        given |= {each: NEEDED[each] for each in missing}
        named = ", ".join(f"{each} => %s" for each in given)
        statement = f"SELECT * FROM analytics.{name}({named})".encode()
        try:
            rows = connection.execute(statement, list(given.values())).fetchall()
        except psycopg.errors.InvalidParameterValue as refused:
            found[name] = refused.diag.constraint_name
        else:
            found[name] = sorted(map(str, rows))
    return found


def test_floor_is_a_sessions_start(stored: psycopg.Connection) -> None:
    for statement, code in (
        (
            "SELECT ops.set_raw_floor('NIFTY', '2025-08-29T04:00Z')",
            "floor_inside_session",
        ),
        ("SELECT ops.set_raw_floor('NIFTY', '2025-08-28T22:45Z')", "not_sealed"),
    ):
        with pytest.raises(psycopg.errors.InvalidParameterValue) as refused:
            stored.execute(statement.encode())
        assert refused.value.diag.constraint_name == code
    with pytest.raises(psycopg.errors.CheckViolation):
        stored.execute("UPDATE fo.instrument SET raw_floor = '2025-08-29T04:00Z'")


def test_day_goes_when_it_is_below_every_floor(
    dsn: str, stored: psycopg.Connection, tmp_path: Path
) -> None:
    store = open_store(dsn)
    with store.connection:
        for day in (FRIDAY, MONDAY):
            quotes = ladder("10:00:00", 24_600.0, day=day, symbol="BANKNIFTY")
            store.add(batch_of(quotes))
    refresh_all(stored)
    assert drop(stored, tmp_path, "NIFTY") == 1  # Thursday, which is NIFTY's alone
    sessions = {row["session"] for row in raw(stored)["option_quote"]}
    assert sessions == {FRIDAY, MONDAY}
    assert drop(stored, tmp_path, "BANKNIFTY") == 1
    assert {row["session"] for row in raw(stored)["option_quote"]} == {MONDAY}
    # One symbol's quotes come back, and the bars of the other stay.
    restore_session(stored, tmp_path, "NIFTY", FRIDAY)
    refresh_everything(stored)
    assert at_risk(stored) == []
    assert len(raw(stored, "BANKNIFTY")["option_quote"]) == 5


def test_newest_quote_of_a_live_contract_stays(
    dsn: str, stored: psycopg.Connection, tmp_path: Path
) -> None:
    """The snapshot shows it, however old it is."""
    store = open_store(dsn)
    with store.connection:
        store.add(batch_of(ladder("12:30:00", 24_600.0, day=THURSDAY, expiry=LATER)))
    refresh_all(stored)
    snapshot = "SELECT * FROM fo.latest_snapshot ORDER BY timeframe, expiry, strike"
    before = select(stored, snapshot)
    assert drop(stored, tmp_path) == 2
    stored.execute("REFRESH MATERIALIZED VIEW fo.latest_snapshot")
    assert select(stored, snapshot) == before
    assert {row["expiry"] for row in before} >= {LATER}
    assert drop_days(stored) == 0
    restore_session(stored, tmp_path, "NIFTY", THURSDAY)


def test_without_archive_is_listed(stored: psycopg.Connection) -> None:
    drop(stored, None)
    assert [(row[1], row[2]) for row in at_risk(stored)] == [
        (THURSDAY, None),
        (FRIDAY, None),
    ]
    refuses(
        stored, "chain", "below_floor", "no archive of 2025-08-29", at=ist("12:00:00")
    )


def test_correction_below_the_floor_restores_and_seals_again(
    dsn: str, stored: psycopg.Connection, tmp_path: Path
) -> None:
    drop(stored, tmp_path)
    with (
        psycopg.connect(dsn, autocommit=True) as other,
        pytest.raises(PgstrikeError, match="pgstrike restore NIFTY 2025-08-28 2025"),
    ):
        rename(other, "NIFTY", "NIFTY50")
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="is sealed"):
        stored.execute("SELECT ops.forget_quotes('NIFTY', '2025-08-29', '2025-08-30')")
    before = value(stored, ONE_DAY, FRIDAY)
    stored.execute(
        "SELECT ops.correct_session('NSE', %s, %s::time[], %s::time[])",
        [FRIDAY, ["11:00"], ["15:00"]],
    )
    assert judge_again(dsn) == 0  # it waits for its quotes
    assert open_for_correction(stored, tmp_path) == 1
    assert judge_again(dsn) == 1
    refresh_all(stored)
    assert seal_corrected(stored, tmp_path) == 1
    drop_days(stored)
    assert {row["session"] for row in raw(stored)["option_quote"]} == {MONDAY}
    assert at_risk(stored) == []
    assert 0 < value(stored, ONE_DAY, FRIDAY) < before
