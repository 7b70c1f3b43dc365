"""Rollups whose definition changed: built beside, swapped, as in a database built anew."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg
import pytest

from pgstrike.db.paths import MIGRATIONS, PACKAGE
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.conftest import NUMBERS, Cluster
from tests.support.catalog import fingerprint
from tests.support.dropped import at_risk, bars, drop
from tests.support.engines import clone
from tests.support.live_market import open_store, quote
from tests.support.quote_market import LATER, select, value
from tests.support.scheduled import wait_for
from tests.support.tasks import running

DAY = 24 * 60
NAMES = [
    f"option_strike_bars_{width}" for width in ("1min", "5min", "15min", "1h", "1d")
]
STATE = "SELECT state, progress FROM job.task WHERE kind = 'replace'"


class Newer:
    """A pgstrike whose bars have another formula of call_high, and a column more."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        package = folder / "pgstrike"
        ignored = shutil.ignore_patterns("__pycache__", "static")
        shutil.copytree(PACKAGE, package, ignore=ignored)
        change(
            package / "sql/state/20_option_strike_bars_1min.sql",
            {"AS put_volume\n": column("max(put_ltp) - min(put_ltp)")},
        )
        change(
            package / "sql/state/30_option_strike_bars_5min.sql",
            {
                "AS put_volume\n": column("max(put_high) - min(put_low)"),
                "max(call_high)": "max(call_high) + 1",
            },
        )
        source = "from pgstrike.db.install.schema import state_source as s; print(s(), end='')"
        baseline = package / MIGRATIONS.name / "versions/0001_baseline.sql"
        baseline.write_text(self.python("", "-c", source))

    def start(self, dsn: str, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**os.environ, "PGSTRIKE_DSN": dsn, "PYTHONPATH": str(self.folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def python(self, dsn: str, *arguments: str, fed: str = "") -> str:
        with self.start(dsn, *arguments) as child:
            out, err = child.communicate(fed)
        assert child.returncode == 0, err
        return out

    def __call__(self, dsn: str, *arguments: str, fed: str = "") -> str:
        return self.python(dsn, "-m", "pgstrike", *arguments, fed=fed)


def column(formula: str) -> str:
    return f"AS put_volume,\n    {formula} AS put_range\n"


def change(path: Path, texts: Mapping[str, str]) -> None:
    text = path.read_text()
    for old, new in texts.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text)


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Newer:
    return Newer(tmp_path_factory.mktemp("newer"))


@pytest.fixture
def market(connection: psycopg.Connection, dsn: str) -> psycopg.Connection:
    """Days of quotes, refreshed. An upgrade is refused to who still stores quotes."""
    with psycopg.connect(dsn, autocommit=True) as feed:
        store = open_store(feed)
        for day in (0, 3, 4, 5):
            for minutes in (0, 1, 2, 7, 16, 61):
                quote(store, day * DAY + minutes, expiries=(LATER,), seed=minutes)
    refresh_all(connection)
    return connection


class Readers:
    """Who reads bars and snapshot all the time: how often, how long at most, what failed."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.stop = threading.Event()
        self.answers = 0
        self.longest = 0.0
        self.failures: list[str] = []

    def read(self) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            while not self.stop.is_set():
                began = monotonic()
                try:
                    for name in ("latest_snapshot", *NAMES[1:3]):
                        found = value(connection, f"SELECT count(*) FROM fo.{name}")
                        assert found > 0, name
                except (psycopg.Error, AssertionError) as error:
                    self.failures.append(str(error))
                self.longest = max(self.longest, monotonic() - began)
                self.answers += 1


@contextmanager
def reading(dsn: str) -> Iterator[Readers]:
    readers = Readers(dsn)
    threads = [threading.Thread(target=readers.read) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield readers
    finally:
        readers.stop.set()
        for thread in threads:
            thread.join()


def rounded(row: Mapping[str, Any]) -> list[Any]:
    """Means depend in their last digits on the order of rows."""
    return [
        float(f"{cell:.9g}") if isinstance(cell, float) else cell
        for cell in row.values()
    ]


def content(connection: psycopg.Connection) -> dict[str, list[Any]]:
    """All relations that are derived from quotes."""
    snapshot = select(connection, "SELECT * FROM fo.latest_snapshot")
    found = {**bars(connection), "latest_snapshot": snapshot}
    return {name: sorted(map(rounded, rows), key=str) for name, rows in found.items()}


def killed_half_way(newer: Newer, market: psycopg.Connection, dsn: str) -> None:
    """The command and its worker are gone after some days; nothing of them is lost."""
    with newer.start(dsn, "-m", "pgstrike", "rollup", "replace") as child:
        wait_for(
            lambda: value(
                market, f"SELECT count(*) FROM ({STATE}) WHERE progress > 0.3"
            )
        )
        child.kill()
        child.communicate()
    assert value(market, "SELECT count(*) FROM job.rollup WHERE NOT is_ready") == 5


@pytest.mark.long
def test_replaced_rollups_are_those_of_a_database_built_anew(
    market: psycopg.Connection,
    dsn: str,
    newer: Newer,
    cluster: Cluster,
    tmp_path: Path,
    measured: Any,
) -> None:
    """Under readers, a `pgstrike run` of the old version, late quotes, and a kill -9."""
    store = open_store(psycopg.connect(dsn, autocommit=True))
    with reading(dsn) as readers:
        killed_half_way(newer, market, dsn)
        assert select(market, "SELECT * FROM fo.option_strike_bars_5min LIMIT 1")
        with running(dsn, tmp_path / "run.log"):
            quote(store, 3, expiries=(LATER,), seed=1000)  # late, into the first day
            quote(store, 5 * DAY + 62, expiries=(LATER,), seed=1001)
            said = json.loads(newer(dsn, "rollup", "replace"))
        assert "the new one is ready" in newer(dsn, "rollup", "list")
        quote(store, 3 * DAY + 3, expiries=(LATER,), seed=1002)  # after it was built
        store.connection.close()
        newer(dsn, "upgrade")
        newer(dsn, "refresh")
    assert readers.failures == [] and readers.answers > 100
    measured(f"swap: {readers.answers} reads, the longest took {readers.longest:.2f} s")
    compared = said["rollups"]
    assert set(compared) == set(NAMES)
    assert all(each["only_old"] == each["only_new"] == 0 for each in compared.values())
    assert compared[NAMES[0]]["differs"].get("call_high", 0) == 0
    assert compared[NAMES[1]]["differs"]["call_high"] > 0
    kept = "SELECT count(*) FROM replaced.option_strike_bars_5min"
    assert value(market, kept) > 0
    assert newer(dsn, "rollup", "drop-old").startswith("dropped: ")
    with clone(cluster.server, "template0", f"test_{next(NUMBERS)}") as other:
        newer(other, "upgrade")
        newer(other, "ingest", "-", fed=newer(dsn, "export"))
        newer(other, "refresh")
        with psycopg.connect(other, autocommit=True) as anew:
            anew.execute("SET timezone = 'UTC'")
            assert content(market) == content(anew)
            assert fingerprint(market) == fingerprint(anew)


@pytest.mark.second_later
def test_alembic_alone_refuses_what_is_not_built(
    market: psycopg.Connection, dsn: str, newer: Newer
) -> None:
    """And what is being built can be dropped: then all is as before."""
    before = fingerprint(market)
    config = newer.folder / "alembic.ini"
    config.write_text("[alembic]\nscript_location = pgstrike/migrations\n")
    with pytest.raises(AssertionError, match="rollup replace"):
        newer.python(dsn, "-m", "alembic", "upgrade", "head")
    killed_half_way(newer, market, dsn)
    assert "being built" in newer(dsn, "rollup", "list")
    assert newer(dsn, "rollup", "forget").startswith("dropped: ")
    assert fingerprint(market) == before
    assert (
        value(market, "SELECT count(*) FROM job.rollup WHERE replaces IS NOT NULL") == 0
    )


@pytest.mark.second_later
def test_upgrade_does_both(market: psycopg.Connection, dsn: str, newer: Newer) -> None:
    newer(dsn, "upgrade")
    ranges = "SELECT count(*) FROM fo.option_strike_bars_1d WHERE put_range IS NOT NULL"
    assert value(market, ranges) > 0
    assert "the old one is kept" in newer(dsn, "rollup", "list")


@pytest.mark.second_later
def test_sealed_bars_are_copied(
    market: psycopg.Connection, dsn: str, newer: Newer
) -> None:
    """Their quotes are gone: the old columns stay, the new one is unknown, and seals hold."""
    before = content(market)
    assert drop(market, None) > 0
    newer(dsn, "upgrade")
    assert all("no archive" in str(row[-1]) for row in at_risk(market))
    after, first = content(market), "2025-08-30"
    for name in NAMES:
        sealed = (
            f"SELECT count(put_range), count(*) FROM fo.{name} WHERE bucket_time < %s"
        )
        [row] = market.execute(sealed.encode(), [first]).fetchall()
        assert len(after[name]) == len(before[name]) and row[1] > 0
        if name == NAMES[0]:
            assert row[0] == 0
            kept = [line[:-1] for line in after[name]]
            assert sorted(kept, key=str) == before[name]
