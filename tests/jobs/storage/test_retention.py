"""jobs.storage: archived, dropped and restored quotes; bars that stay."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from random import Random

import psycopg
import pytest

from pgstrike.db.connection import connect
from pgstrike.db.errors import PgstrikeError
from pgstrike.db.install.engine import installed_engine
from pgstrike.db.queries import query
from pgstrike.jobs.ingest.rederive import judge_again
from pgstrike.jobs.ingest.rename import rename
from pgstrike.jobs.refresh.refresh import refresh_all
from pgstrike.jobs.storage.archive import archive_session
from pgstrike.jobs.storage.restore import restore_session
from pgstrike.jobs.storage.retention import (
    drop_days,
    keep_newest,
    open_for_correction,
    seal,
    seal_corrected,
    sessions_to_seal,
)
from tests.support.judged_market import session_of
from tests.support.quote_market import (
    FRIDAY,
    LATER,
    MONDAY,
    THURSDAY,
    Quote,
    ask,
    batch_of,
    ist,
    ladder,
    open_store,
    refuses,
    select,
    value,
)

SEED = 11
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
DAYS = (THURSDAY, FRIDAY, MONDAY)
Rows = list[dict[str, object]]
RAW = {
    "option_quote": "symbol, expiry, strike, quote_time",
    "quote_dropout": "symbol, expiry, strike, quote_time, leg",
    "underlying_quote": "symbol, quote_time",
}


@pytest.fixture
def market() -> list[Quote]:
    """Three sessions of one symbol, with drop-outs and quotes outside the hours."""
    random = Random(SEED)
    return [quote for day in DAYS for quote in session_of(day, random)]


@pytest.fixture
def stored(
    dsn: str, connection: psycopg.Connection, market: list[Quote]
) -> psycopg.Connection:
    store = open_store(dsn)
    with store.connection:
        store.add(batch_of(market))
    refresh_all(connection)
    return connection


def raw(connection: psycopg.Connection, symbol: str = "NIFTY") -> dict[str, Rows]:
    return {
        name: select(
            connection,
            f"SELECT * FROM fo.{name} WHERE symbol = %s ORDER BY {key}",
            symbol,
        )
        for name, key in RAW.items()
    }


def bars(connection: psycopg.Connection) -> dict[str, Rows]:
    """Every bar of every rollup."""
    names = connection.execute("SELECT rollup FROM job.rollup").fetchall()
    return {
        name: sorted(select(connection, f"SELECT * FROM fo.{name}"), key=str)
        for (name,) in names
    }


def at_risk(connection: psycopg.Connection) -> list[tuple[object, ...]]:
    return connection.execute(
        "SELECT symbol, session, rollup, problem FROM ops.bars_at_risk"
    ).fetchall()


def drop(
    connection: psycopg.Connection, folder: Path | None, symbol: str | None = None
) -> int:
    """Keep the newest session."""
    for each, session in sessions_to_seal(connection, 1, symbol):
        seal(connection, folder, each, session)
    return drop_days(connection)


def refresh_everything(connection: psycopg.Connection) -> None:
    """As somebody would by hand, without a thought of what was dropped."""
    rollups = connection.execute(
        "SELECT rollup, is_computed FROM job.rollup ORDER BY place"
    ).fetchall()
    for rollup, is_computed in rollups:
        if installed_engine(connection) == "timescaledb" and not is_computed:
            for force in ("false", "true"):
                connection.execute(
                    "CALL public.refresh_continuous_aggregate("
                    f"'fo.{rollup}', NULL, NULL, force => {force})".encode()
                )
        else:
            connection.execute(
                "SELECT ops.refresh_window(%s, 'NIFTY', '2025-08-01', '2025-10-01')",
                [rollup],
            )


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
    """But for the change of OI since the session before: that is refused in words."""
    before = answers(stored), answers(stored, p_at=ist("12:00:00", MONDAY))
    drop(stored, tmp_path)
    after = answers(stored), answers(stored, p_at=ist("12:00:00", MONDAY))
    for was, now in zip(before, after, strict=True):
        assert {name for name in was if now[name] != was[name]} == {"oi_change"}
        assert now["oi_change"] == "below_floor"


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
