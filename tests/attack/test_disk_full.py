"""The disk of the database is full, as the kernel says it, and then it has room again."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from pgstrike.db.disk import free_mb
from pgstrike.db.embedded.server import Server
from tests.support.embedded import folder, leave, read_dsn, user
from tests.support.engines import alembic
from tests.support.ingesting import ingesting, quote, stored, wait_until_stored
from tests.support.quote_market import value
from tests.support.scheduled import wait_for as until
from tests.support.tasks import running

pytestmark = pytest.mark.long
SIZE = "600m"
STRIKES = 40
CHAINS = 2000  # more than two segments of the log hold; less than `ingest` does
NO_SPACE = "No space left on device"
FULL = "the database is away and is tried again: the server's disk is full"
DISK = "SELECT state FROM ops.health(10, '{}', %s) WHERE name = 'disk'"
BARS = "SELECT sum(quotes) FROM fo.option_strike_bars_5min"
NEWEST = "SELECT max(quote_time) FROM fo.latest_snapshot WHERE timeframe = 'live'"
CLOCK = "SELECT clock FROM fo.instrument WHERE symbol = 'NIFTY'"


@contextmanager
def small_disk(size: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder]
        if subprocess.run(mount, capture_output=True).returncode != 0:
            pytest.skip("may not mount a small disk")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def disk(server: Server) -> Iterator[Path]:
    """A small disk, where the server may write."""
    with small_disk(SIZE) as folder:
        with psycopg.connect(server.dsn("postgres"), autocommit=True) as owner:
            owned = Path(value(owner, "SHOW data_directory")).stat()
            space = folder / "space"
            space.mkdir()
            os.chown(space, owned.st_uid, owned.st_gid)
            owner.execute(f"CREATE TABLESPACE small LOCATION '{space}'".encode())
        yield folder


@pytest.fixture
def small(own: tuple[Server, str], disk: Path) -> Iterator[str]:
    """A database on that disk; its log of transactions is on another one."""
    server, template = own
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as owner:
        create = f"CREATE DATABASE small TEMPLATE {template} TABLESPACE small"
        owner.execute(create.encode())
        try:
            yield server.dsn("small")
        finally:
            owner.execute("DROP DATABASE small WITH (FORCE)")
            owner.execute("DROP TABLESPACE small")


def fill(disk: Path) -> None:
    with (disk / "ballast").open("ab") as ballast:
        for size in (2**20, 2**12):
            with suppress(OSError):
                while True:
                    os.posix_fallocate(
                        ballast.fileno(), os.fstat(ballast.fileno()).st_size, size
                    )


def health(connection: psycopg.Connection, disk: Path) -> str:
    """As /health and `pgstrike status` ask, of the disk that the database is on."""
    found: str = value(connection, DISK, free_mb(str(disk)))
    return found


def chain(second: int) -> list[bytes]:
    return [quote(second, strike=24_000 + 50 * each) for each in range(STRIKES)]


def test_ingest_waits_for_room_and_loses_nothing(disk: Path, small: str) -> None:
    with (
        ingesting(small) as ingest,
        psycopg.connect(small, autocommit=True) as owner,
    ):
        ingest.write(*chain(0))
        wait_until_stored(small, STRIKES)
        fill(disk)
        written = 1
        while not ingest.said(NO_SPACE):
            assert written < 3000
            ingest.write(*chain(written))
            written += 1
        acknowledged = stored(owner)
        (disk / "ballast").unlink()
        ingest.wait_for("the database is back after")
        assert stored(owner) >= acknowledged
        summary = ingest.end()
        assert summary["stored"] == stored(owner) == written * STRIKES
        assert ingest.said("Traceback") == 0


def test_refresh_says_so_in_health_and_resumes(
    disk: Path, small: str, tmp_path: Path
) -> None:
    """The quotes are in, and what is refreshed from them finds no room."""
    with psycopg.connect(small, autocommit=True) as owner:
        with ingesting(small) as ingest:
            for number in range(60):
                ingest.write(*chain(60 * number))
            ingest.end()
        fill(disk)
        log = tmp_path / "log"
        with running(small, log) as run:
            until(lambda: FULL in log.read_text(), seconds=60)
            assert health(owner, disk) == "bad"
            (disk / "ballast").unlink()
            until(lambda: value(owner, NEWEST) == value(owner, CLOCK), seconds=60)
            until(lambda: value(owner, BARS) == 60 * STRIKES, seconds=60)
            assert health(owner, disk) != "bad"
            assert run.poll() is None
        assert stored(owner) == 60 * STRIKES


def test_refresh_that_runs_meets_a_full_disk(
    disk: Path, small: str, tmp_path: Path
) -> None:
    """Quotes come in until one of the two finds no room; then both go on."""
    log = tmp_path / "log"
    with (
        psycopg.connect(small, autocommit=True) as owner,
        ingesting(small) as ingest,
        running(small, log),
    ):
        ingest.write(*chain(0))
        until(
            lambda: value(owner, CLOCK) and value(owner, NEWEST) == value(owner, CLOCK)
        )
        fill(disk)
        written = 1
        while not ingest.said(NO_SPACE):
            assert written < 3000
            ingest.write(*chain(7 * written))
            written += 1
        until(lambda: NO_SPACE in log.read_text(), seconds=60)
        (disk / "ballast").unlink()
        ingest.wait_for("the database is back after")
        assert ingest.end()["stored"] == stored(owner) == written * STRIKES
        until(lambda: value(owner, NEWEST) == value(owner, CLOCK), seconds=60)
        until(lambda: value(owner, BARS) == written * STRIKES, seconds=60)


def test_log_of_transactions_finds_no_room() -> None:
    """Postgres crashes, and again whenever it recovers, until there is room."""
    with folder() as base, small_disk("48m") as disk:
        with user(base) as process:
            dsn = read_dsn(process)
            assert alembic(dsn, "upgrade", "head").returncode == 0
            leave(process)
        moved = base / "data" / "pg_wal"
        subprocess.run(["mv", moved, disk], check=True)  # with its owner
        moved.symlink_to(disk / "pg_wal")
        with user(base) as process:
            assert read_dsn(process) == dsn
            with ingesting(None, PGSTRIKE_DATA_DIR=str(base)) as ingest:
                ingest.write(*chain(0))
                wait_until_stored(dsn, STRIKES)
                fill(disk)
                for number in range(1, CHAINS):
                    ingest.write(*chain(number))
                ingest.wait_for("the database is away")
                log = base / "server.log"
                until(lambda: log.read_text().count(NO_SPACE) > 1, seconds=60)
                (disk / "ballast").unlink()
                ingest.wait_for("the database is back after")
                assert ingest.end()["stored"] == CHAINS * STRIKES
            with psycopg.connect(dsn) as owner:
                assert stored(owner) == CHAINS * STRIKES
