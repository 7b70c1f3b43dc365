"""The kinds of tasks, done over a small recorded market by workers in this process."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pyarrow.parquet
import pytest

from pgstrike.db.paths import SQL
from pgstrike.jobs.refresh.refresh import refresh_all
from pgstrike.jobs.storage.retention import drop_days, seal, sessions_to_seal
from pgstrike.jobs.tasks.pool import working
from tests.support.cli import jobs, refused
from tests.support.grants import add_key
from tests.support.live_market import open_store, quote
from tests.support.quote_market import LATER, select, stored_quotes, value
from tests.support.tasks import ask, finished, settings, spoil, wait_for, wait_for_kinds

SPAN = {"from_": "2025-08-28T18:30:00Z", "to": "2025-09-03T00:00:00Z"}
SNAPSHOTS, CONTRACTS = 6, 5
QUOTES = "SELECT count(*) FROM fo.option_quote"


@pytest.fixture
def market(
    connection: psycopg.Connection, dsn: str, tmp_path: Path
) -> Iterator[psycopg.Connection]:
    """Two days of quotes, refreshed, and workers with folders."""
    store = open_store(connection)
    for minutes in (0, 5, 10, 4320, 4325, 4330):
        quote(store, minutes, expiries=(LATER,), seed=minutes)
    refresh_all(connection)
    for name in ("in", "out"):
        (tmp_path / name).mkdir()
    folders = {
        "PGSTRIKE_INGEST_DIR": str(tmp_path / "in"),
        "PGSTRIKE_EXPORT_DIR": str(tmp_path / "out"),
        "PGSTRIKE_ARCHIVE_DIR": str(tmp_path / "archive"),
    }
    with working(dsn, settings(**folders)):
        wait_for_kinds(connection)
        yield connection


def test_recompute_computes_what_was_lost(market: psycopg.Connection) -> None:
    before = stored_quotes(market)
    market.execute("UPDATE fo.option_quote SET call_delta = NULL, forward = NULL")
    id = ask(market, "recompute", symbol="NIFTY", **SPAN)
    assert finished(market, id) == {"days": 2, "quotes": SNAPSHOTS * CONTRACTS}
    assert stored_quotes(market) == before


def test_rebuild_computes_bars_again(market: psycopg.Connection, dsn: str) -> None:
    bars = "SELECT * FROM fo.option_strike_bars_1min ORDER BY bucket_time, strike"
    before = select(market, bars)
    spoil(market)
    assert select(market, bars) != before
    rollup = "option_strike_bars_1min"
    id = ask(market, "rebuild", symbol="NIFTY", rollup=rollup, **SPAN)
    assert finished(market, id) == {"rollups": 1, "days": 2}
    assert select(market, bars) == before
    # What reads them is refreshed after them.
    assert value(market, "SELECT count(*) FROM job.stale_bucket") > 0


def test_judge_does_what_waits(market: psycopg.Connection) -> None:
    market.execute(
        "SELECT ops.correct_session('NSE', '2025-08-29', '{11:00}', '{15:00}')"
    )
    assert finished(market, ask(market, "judge")) == {"sessions": 1}
    late = "SELECT count(*) FROM fo.option_quote WHERE NOT in_session"
    assert value(market, late) == 3 * CONTRACTS
    assert finished(market, ask(market, "judge", symbol="NIFTY")) == {"sessions": 0}


def test_restore_brings_archived_sessions_back(
    market: psycopg.Connection, tmp_path: Path
) -> None:
    before, archive = stored_quotes(market), tmp_path / "archive"
    archive.mkdir()
    for _, session in sessions_to_seal(market, 1):
        seal(market, archive, "NIFTY", session)
    drop_days(market)
    assert value(market, QUOTES) < len(before)
    late = "SELECT count(*) FROM analytics.chain_at('NIFTY', %s, %s)"
    asked = [LATER, "2025-08-29T03:50:00Z"]
    with pytest.raises(psycopg.errors.InvalidParameterValue) as refusal:
        market.execute(late, asked)
    hint = str(refusal.value.diag.message_hint)
    _, symbol, session = hint.partition("`")[2].partition("`")[0].rsplit(maxsplit=2)
    id = ask(market, "restore", symbol=symbol, session=session)
    assert finished(market, id) == {"sessions": 1, "quotes": len(before) // 2}
    assert stored_quotes(market) == before
    assert value(market, late, *asked) == CONTRACTS
    id = ask(market, "restore", symbol="NIFTY", session="2025-08-01", last="2025-12-31")
    assert finished(market, id)["sessions"] == 1
    row = wait_for(
        market, ask(market, "restore", symbol="X", session=session), "failed"
    )
    assert "there is no archive of X 2025-08-29" in row["error"]


def test_export_has_a_file_for_each_day(
    market: psycopg.Connection, tmp_path: Path
) -> None:
    for format in ("csv", "parquet"):
        id = ask(market, "export", symbol="NIFTY", format=format, **SPAN)
        result = finished(market, id)
        assert result["rows"] == SNAPSHOTS * CONTRACTS
        folder = tmp_path / "out" / f"task-{id}"
        assert sorted(path.name for path in folder.iterdir()) == result["files"]
        assert len(result["files"]) == 2
        names, strikes = read(folder / result["files"][0])
        columns = market.execute("SELECT * FROM fo.option_quote LIMIT 0").description
        assert names == [column.name for column in columns or ()]
        assert sorted(set(strikes)) == [24400, 24450, 24500, 24550, 24600]
    id = ask(market, "export", symbol="NIFTY", relation="underlying_bars_1d", **SPAN)
    assert finished(market, id)["rows"] == 2


def read(path: Path) -> tuple[list[str], list[float]]:
    if path.suffix == ".parquet":
        table = pyarrow.parquet.read_table(path)
        assert str(table.schema.field("quote_time").type) == "timestamp[us, tz=UTC]"
        return table.column_names, table["strike"].to_pylist()
    with path.open() as lines:
        rows = list(csv.DictReader(lines))
    return list(rows[0]), [float(row["strike"]) for row in rows]


def test_ingest_stores_a_file_of_its_folder_only(
    market: psycopg.Connection, dsn: str, tmp_path: Path
) -> None:
    exported = jobs(dsn, "export").stdout
    (tmp_path / "in" / "quotes.ndjson").write_text(exported)
    (tmp_path / "secret.ndjson").write_text(exported)
    (tmp_path / "in" / "link.ndjson").symlink_to(tmp_path / "secret.ndjson")
    market.execute("SELECT ops.forget_quotes('NIFTY', '-infinity', 'infinity')")
    assert value(market, QUOTES) == 0
    result = finished(market, ask(market, "ingest", path="quotes.ndjson"))
    assert result["stored"] == result["read"] == SNAPSHOTS * CONTRACTS
    assert value(market, QUOTES) == SNAPSHOTS * CONTRACTS
    result = finished(market, ask(market, "ingest", path="quotes.ndjson"))
    assert result["unchanged"] == SNAPSHOTS * CONTRACTS
    for path in ("../secret.ndjson", "link.ndjson", "none.ndjson", str(tmp_path)):
        row = wait_for(market, ask(market, "ingest", path=path), "failed", "completed")
        assert row["state"] == "failed", path
        assert "the folder of tasks" in row["error"]


@pytest.mark.one_engine
def test_every_analysis_runs(market: psycopg.Connection) -> None:
    names = [path.stem for path in sorted((SQL / "analysis").glob("*.sql"))]
    ids = [ask(market, "analysis", name=name, symbol="NIFTY") for name in names]
    for name, id in zip(names, ids, strict=True):
        results = finished(market, id)["results"]
        assert results, name
        for each in results:
            assert each["left_out"] == 0
            assert all(len(row) == len(each["columns"]) for row in each["rows"])
    assert len(names) > 10


@pytest.mark.one_engine
def test_analysis_shows_what_the_asker_may_read(
    market: psycopg.Connection, dsn: str
) -> None:
    found = {}
    for name, symbols in (("may", "{NIFTY}"), ("may-not", "{BANKNIFTY}")):
        add_key(market, name, name, symbols=symbols)
        [(id,)] = market.execute(
            "INSERT INTO job.task (kind, arguments, asked_by) VALUES ('analysis', %s, %s)"
            " RETURNING id",
            [json.dumps({"name": "how_good_is_the_feed", "symbol": "NIFTY"}), name],
        ).fetchall()
        row = wait_for(market, id, "completed", "failed")
        found[name] = "24" in json.dumps(row["result"]) or bool(
            row["result"] and any(each["rows"] for each in row["result"]["results"])
        )
    assert found == {"may": True, "may-not": False}


@pytest.mark.one_engine
def test_command_asks_waits_and_cancels(market: psycopg.Connection, dsn: str) -> None:
    span = ("from=2025-08-29T00:00Z", "to=2025-09-03T00:00Z")
    done = jobs(dsn, "task", "ask", "recompute", "symbol=NIFTY", *span, "--wait")
    assert json.loads(done.stdout) == {"days": 2, "quotes": SNAPSHOTS * CONTRACTS}
    said = refused(jobs(dsn, "task", "ask", "recompute", "symbol=NIFTY"))
    assert "arguments.from is missing; send where it begins" in said
    assert "there is no kind" in refused(jobs(dsn, "task", "ask", "nosuch"))
    said = refused(jobs(dsn, "task", "ask", "recompute", "symbol=X", *span, "--wait"))
    assert "failed: X has no quotes" in said
    listed = jobs(dsn, "task", "list").stdout.splitlines()
    assert ["completed" in line for line in listed] == [False, True]
    assert "is completed already" in refused(jobs(dsn, "task", "cancel", "1"))
    assert json.loads(jobs(dsn, "task", "show", "1").stdout)["progress"] == 1
    assert "recompute: " in jobs(dsn, "task", "kinds").stdout
