"""`pgstrike ingest`, from the command line to the stored row."""

import gzip
import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.support.cli import counts, jobs, refused
from tests.support.engines import alembic
from tests.support.feeds import CELLS, HEADER, QUOTE, csv_file, csv_row


def quote_line(**changes: Any) -> bytes:
    return json.dumps({**QUOTE, **changes}).encode() + b"\n"


def rejects(connection: psycopg.Connection) -> list[tuple[str, str]]:
    found = connection.execute("SELECT reason, row FROM fo.quote_reject ORDER BY id")
    return [(reason, row) for reason, row in found]


@pytest.mark.both_engines
def test_csv_is_stored_with_its_summary(
    dsn: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    rows = [csv_row({"Strike_Price": str(strike)}) for strike in (24600, 24650, 24700)]
    done = jobs(dsn, "ingest", csv_file(tmp_path / "a.csv", *rows), "--lot", "75")
    assert done.returncode == 0, done.stderr
    assert counts(done.stdout)["stored"] == counts(done.stdout)["rows read"] == 3
    assert connection.execute(
        "SELECT call_oi, call_volume FROM fo.option_quote WHERE strike = 24650"
    ).fetchone() == (69124 * 75, 236846 * 75)


def test_ingest_brings_bars_and_snapshot_up_to_date(
    dsn: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    jobs(dsn, "ingest", csv_file(tmp_path / "a.csv", csv_row()), "--lot", "75")
    rows = connection.execute(
        "SELECT timeframe, call_oi FROM fo.latest_snapshot ORDER BY timeframe"
    ).fetchall()
    oi = 69124 * 75
    assert rows == [("15min", oi), ("1min", oi), ("5min", oi), ("live", oi)]


def test_second_run_changes_nothing(
    dsn: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    path = csv_file(tmp_path / "a.csv", csv_row())
    jobs(dsn, "ingest", path, "--lot", "75")
    events = connection.execute("SELECT count(*), max(id) FROM fo.event").fetchone()
    done = jobs(dsn, "ingest", path, "--lot", "75")
    assert counts(done.stdout)["unchanged"] == 1
    assert counts(done.stdout)["stored"] == 0
    assert (
        connection.execute("SELECT count(*), max(id) FROM fo.event").fetchone()
        == events
    )


def test_ndjson_comes_through_a_pipe(dsn: str, connection: psycopg.Connection) -> None:
    done = jobs(dsn, "ingest", "-", stdin=quote_line())
    assert counts(done.stdout)["stored"] == 1, done.stderr
    row = connection.execute(
        "SELECT call_ltp, call_volume FROM fo.option_quote"
    ).fetchone()
    assert row == (95.1, 17763450)


@pytest.mark.one_engine
def test_rows_without_any_figure_are_warned_of(dsn: str) -> None:
    empty = quote_line(call={"LTP": 95.1}, put=None)
    done = jobs(dsn, "ingest", "-", stdin=empty)
    assert counts(done.stdout)["stored"] == 1
    assert "no row has a figure of a leg; in NDJSON, call and put" in done.stderr
    done = jobs(dsn, "ingest", "-", stdin=empty + quote_line(strike=24650))
    assert "no row has a figure" not in done.stderr


def test_bad_rows_are_kept_as_they_came_and_lose_no_good_one(
    dsn: str, connection: psycopg.Connection
) -> None:
    lines = [
        (quote_line(strike="NaN"), "malformed"),
        (quote_line(call={"ltp": 95.1, "oi": 2**63}), "out_of_range"),
        (quote_line(symbol="NOPE"), "unknown_symbol"),
        (quote_line(expiry="2025-08-28"), "expired"),
        (quote_line(call={"ltp": -1}), "negative"),
        (quote_line(strike=1e300), "out_of_range"),
        (b'{"quote_time": "\xff"}\n', "malformed"),
        (b"not json\n", "malformed"),
    ]
    stdin = (
        quote_line() + b"".join(line for line, _ in lines) + quote_line(strike=24650)
    )
    done = jobs(dsn, "ingest", "-", stdin=stdin)
    assert done.returncode == 0, done.stderr
    assert counts(done.stdout)["stored"] == 2
    found = rejects(connection)
    assert sorted(reason for reason, _ in found) == sorted(
        reason for _, reason in lines
    )
    assert quote_line(symbol="NOPE").decode().strip() in [row for _, row in found]


@pytest.mark.parametrize(
    ("options", "status"), [((), "feed"), (("--fed-iv", "ignore"), "no_forward")]
)
def test_iv_of_a_feed_is_used_or_ignored(
    dsn: str, connection: psycopg.Connection, options: tuple[str, ...], status: str
) -> None:
    """Ignored, it is not stored either, so that the same quote again is no correction."""
    line = quote_line(call={"bid": 94.9, "ask": 95.2, "iv": 0.1123})
    for told in ("stored", "unchanged"):
        done = jobs(dsn, "ingest", "-", *options, stdin=line)
        assert counts(done.stdout)[told] == 1, done.stderr
    found = connection.execute("SELECT call_iv, call_iv_status FROM fo.option_quote")
    assert found.fetchone() == (0.1123 if status == "feed" else None, status)


def test_simulator_refuses_a_symbol_with_real_quotes(dsn: str, tmp_path: Path) -> None:
    jobs(dsn, "ingest", csv_file(tmp_path / "a.csv", csv_row()), "--lot", "75")
    said = refused(jobs(dsn, "simulate", "--symbol", "BANKNIFTY", "--symbol", "NIFTY"))
    assert "NIFTY has real quotes" in said and "BANKNIFTY" not in said


def test_real_quotes_of_a_simulated_symbol_are_rejected(
    dsn: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    connection.execute("UPDATE fo.instrument SET source_kind = 'simulated'")
    done = jobs(dsn, "ingest", csv_file(tmp_path / "a.csv", csv_row()), "--lot", "75")
    found = counts(done.stdout)
    assert (found["stored"], found["other_source"], found["NIFTY"]) == (0, 1, 1)


def test_truncated_gzip_keeps_what_came_before(dsn: str, tmp_path: Path) -> None:
    rows = [csv_row({"Strike_Price": str(10_000 + n)}) for n in range(4_000)]
    text = "\n".join([HEADER, *rows]).encode()
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(text)[:-2_000])
    done = jobs(dsn, "ingest", path, "--lot", "75")
    assert done.returncode == 1
    assert "truncated after row" in done.stderr and "Traceback" not in done.stderr
    assert counts(done.stdout)["stored"] > 0


@pytest.mark.one_engine
@pytest.mark.parametrize(
    ("header", "arguments", "says"),
    [
        (
            HEADER.replace("Strike_Price", "Strike"),
            ["--lot", "75"],
            "lacks Strike_Price",
        ),
        (HEADER, ["--lot", "NIFTY:soon=75"], "'soon' is no expiry"),
        (HEADER, ["--lot", "many"], "--lot many"),
        (HEADER, ["--lot", "75", "--lot", "NIFTY=75"], "name each"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(
    dsn: str, tmp_path: Path, header: str, arguments: list[str], says: str
) -> None:
    path = csv_file(tmp_path / "a.csv", ",".join(CELLS.values()), header=header)
    assert says in refused(jobs(dsn, "ingest", path, *arguments))


def test_input_of_which_nothing_was_stored_has_failed(
    dsn: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    rows = [csv_row({"Symbol": name}) for name in ("SENSEX", "BANKEX")]
    path = csv_file(tmp_path / "a.csv", *rows, csv_row({"CALLS_LTP": "x"}))
    done = jobs(dsn, "ingest", path, "--lot", "NIFTY=75")
    said = refused(done)
    assert "3 rows were rejected, most as no_lot (no lot is known of SENSEX" in said
    assert "a.csv: nothing could be stored" in said
    assert counts(done.stdout)["no_lot"] == 2
    assert len(rejects(connection)) == 3


def test_each_file_must_bring_something(dsn: str, tmp_path: Path) -> None:
    good = csv_file(tmp_path / "a.csv", csv_row())
    bad = csv_file(tmp_path / "b.csv", csv_row({"Symbol": "ACME"}))
    done = jobs(dsn, "ingest", good, bad, "--lot", "NIFTY=75")
    assert "b.csv: nothing could be stored; 1 rows" in refused(done)
    assert counts(done.stdout)["stored"] == 1


def test_input_that_is_stored_already_has_not_failed(dsn: str, tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", csv_row())
    for _ in range(2):
        assert jobs(dsn, "ingest", path, "--lot", "75").returncode == 0


def test_impossible_figures_of_a_feed_are_counted(dsn: str) -> None:
    put = {"ltp": 5, "iv": 7, "delta": -999}
    done = jobs(dsn, "ingest", "-", stdin=quote_line(put=put) + quote_line(strike=100))
    found = counts(done.stdout)
    assert (found["stored"], found["impossible Greeks"]) == (2, 1)
    assert found["impossible IV"] == 1


def test_folder_of_snapshots_is_one_input(
    dsn: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    for minute in (2, 1):
        cells = {"collection_timestamp": f"20250829_09350{minute}"}
        csv_file(tmp_path / f"{minute}.csv", csv_row(cells))
    (tmp_path / "page.csv").write_text("<html>")
    done = jobs(dsn, "ingest", tmp_path, "--lot", "75")
    found = counts(done.stdout)
    assert (found["stored"], found["late"], found["not_a_feed"]) == (2, 0, 1)
    assert done.returncode == 0


@pytest.mark.one_engine
@pytest.mark.parametrize("name", ["--merge", "--read-at", "--expiry", "--map"])
def test_option_that_cannot_be_used_is_one_line(
    dsn: str, tmp_path: Path, name: str
) -> None:
    path = csv_file(tmp_path / "a.csv", csv_row())
    done = jobs(dsn, "ingest", path, "--lot", "75", name, "soon")
    [line] = done.stderr.splitlines()
    assert done.returncode in (1, 2) and "soon" in line


def test_unreachable_database_is_one_line(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", csv_row())
    done = jobs("host=127.0.0.1 port=1 user=nobody", "ingest", path, "--lot", "75")
    assert "check PGSTRIKE_DSN" in refused(done)


def test_database_of_another_version_is_refused(
    dsn: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    connection.execute("UPDATE job.installation SET logic_hash = 'another'")
    path = csv_file(tmp_path / "a.csv", csv_row())
    assert "pgstrike upgrade" in refused(jobs(dsn, "ingest", path, "--lot", "75"))


def test_empty_database_is_refused(dsn: str, tmp_path: Path) -> None:
    assert alembic(dsn, "downgrade", "base").returncode == 0
    path = csv_file(tmp_path / "a.csv", csv_row())
    assert "pgstrike upgrade" in refused(jobs(dsn, "ingest", path, "--lot", "75"))
