"""`pgstrike ingest --lot`: which lot a row is counted in."""

from pathlib import Path

import psycopg

from tests.support.cli import counts, jobs
from tests.support.feeds import csv_file, csv_row


def test_other_symbol_of_a_file_with_one_lot_is_rejected(
    dsn: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    path = csv_file(tmp_path / "a.csv", csv_row(), csv_row({"Symbol": "ACME"}))
    done = jobs(dsn, "ingest", path, "--lot", "75")
    assert counts(done.stdout)["no_lot"] == 1
    assert connection.execute("SELECT symbol FROM fo.option_quote").fetchall() == [
        ("NIFTY",)
    ]


def test_known_lots_of_each_expiry_go_before_the_one_that_is_given(
    dsn: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    """NSE lowered NIFTY's lot with the series of January 2026."""
    read = {"collection_timestamp": "20251201_100000", "Fetch_Time": "-"}
    rows = [
        csv_row({**read, "Expiry_Date": day}) for day in ("30-Dec-2025", "27-Jan-2026")
    ]
    path = csv_file(tmp_path / "a.csv", *rows)
    done = jobs(dsn, "ingest", path, "--lot", "NIFTY=75")
    assert done.returncode == 0, done.stderr
    [line] = [line for line in done.stderr.splitlines() if "--lot" in line]
    assert "NIFTY 2026-01-27 has lots of 65 (NSE/FAOP/70616), not 75" in line
    found = "SELECT call_oi FROM fo.option_quote ORDER BY expiry"
    assert connection.execute(found).fetchall() == [(69124 * 75,), (69124 * 65,)]


def test_lot_of_an_expiry_is_kept_for_later_files(
    dsn: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    first = csv_file(tmp_path / "a.csv", csv_row())
    done = jobs(dsn, "ingest", first, "--lot", "NIFTY:2025-09-02=50")
    assert counts(done.stdout)["stored"] == 1, done.stderr
    later = {"collection_timestamp": "20250829_093613", "Fetch_Time": "-"}
    second = csv_file(tmp_path / "b.csv", csv_row(later))
    assert counts(jobs(dsn, "ingest", second).stdout)["stored"] == 1
    found = "SELECT DISTINCT call_oi FROM fo.option_quote"
    assert connection.execute(found).fetchall() == [(69124 * 50,)]


def test_lot_of_a_new_symbol_makes_it_known(
    dsn: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    path = csv_file(tmp_path / "a.csv", csv_row({"Symbol": "NEWINDEX"}))
    done = jobs(dsn, "ingest", path, "--lot", "NEWINDEX=10")
    assert counts(done.stdout)["stored"] == 1, done.stderr


def test_known_lots_need_no_option_and_others_are_asked_for(
    dsn: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    path = csv_file(tmp_path / "a.csv", csv_row(), csv_row({"Symbol": "ACME"}))
    assert counts(jobs(dsn, "ingest", path).stdout)["stored"] == 1
    detail = "SELECT detail FROM fo.quote_reject"
    assert connection.execute(detail).fetchall() == [
        (
            "no lot is known of ACME 2025-09-02; pass --lot ACME=N, or "
            "--lot ACME:2025-09-02=N for that expiry alone",
        )
    ]
