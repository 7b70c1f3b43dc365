"""`pgstrike archive | restore`, and DuckDB on what they write."""

from pathlib import Path

import duckdb
import psycopg

from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.cli import jobs, refused
from tests.support.quote_market import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    batch_of,
    ladder,
    open_store,
    stored_quotes,
    value,
)


def test_day_that_stays_for_another_symbol_says_so(
    dsn: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    store = open_store(dsn)
    with store.connection:
        for symbol in ("NIFTY", "BANKNIFTY"):
            for day in (FRIDAY, MONDAY):
                store.add(
                    batch_of(ladder("10:00:00", 24_600.0, day=day, symbol=symbol))
                )
    refresh_all(connection)
    old = ("archive", "NIFTY", "--older-than", "1", "--drop")
    done = jobs(dsn, *old, PGSTRIKE_ARCHIVE_DIR=str(tmp_path))
    assert done.stdout.splitlines()[-1] == (
        "no quotes were dropped: BANKNIFTY also has quotes of such a day that stay; "
        "`--older-than N --drop` without SYMBOL is for all symbols"
    )


def test_archive_drop_and_restore(
    dsn: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    store = open_store(dsn)
    with store.connection:
        for day in (THURSDAY, FRIDAY, MONDAY):
            store.add(batch_of(ladder("10:00:00", 24_600.0, day=day)))
    refresh_all(connection)
    before = stored_quotes(connection)
    folder = {"PGSTRIKE_ARCHIVE_DIR": str(tmp_path)}
    done = jobs(dsn, "archive", "--older-than", "1", "--drop", **folder)
    assert done.stdout.splitlines()[-1] == "2 days of quotes were dropped"
    assert value(connection, "SELECT count(*) FROM fo.option_quote") == 5
    files = str(tmp_path / "NIFTY-*.parquet")
    found = duckdb.sql(
        f"SELECT session, strike, call_iv FROM '{files}' ORDER BY session, strike"
    ).fetchall()
    assert found == [
        (row["session"], row["strike"], row["call_iv"])
        for row in before
        if row["session"] < MONDAY
    ]
    done = jobs(dsn, "restore", "NIFTY", str(FRIDAY), str(THURSDAY), **folder)
    assert done.stdout.splitlines()[0] == f"NIFTY {FRIDAY}: 5 quotes are there"
    after = stored_quotes(connection)
    assert after == before
    done = jobs(dsn, "archive", "NIFTY", str(FRIDAY), "--drop", **folder)
    assert done.stdout.splitlines()[-1] == "1 day of quotes was dropped"
    done = jobs(dsn, "archive", "--older-than", "9", "--drop", **folder)
    assert done.stdout == "no quotes were dropped: no session is older\n"
    done = jobs(dsn, "archive", "NIFTY", str(MONDAY), "--drop", **folder)
    assert "a single session is dropped only after" in refused(done)
    done = jobs(dsn, "archive", "--older-than", "1", PGSTRIKE_ARCHIVE_DIR="")
    assert "set PGSTRIKE_ARCHIVE_DIR" in refused(done)
