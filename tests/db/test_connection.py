"""Settings of a database or a role never reach our sessions."""

from pathlib import Path

import psycopg
import pytest

from pgstrike.db.connection import SESSION, connect
from pgstrike.db.pool import open_pool
from tests.support.cli import counts, jobs
from tests.support.engines import alembic
from tests.support.feeds import HEADER, csv_row

ODD = {
    "datestyle": "SQL, DMY",
    "timezone": "Asia/Kolkata",
    "intervalstyle": "iso_8601",
    "extra_float_digits": "-10",
    "bytea_output": "escape",
    "search_path": "nowhere",
    "default_transaction_isolation": "serializable",
    "jit": "on",
}
SHOWN = "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)"


@pytest.fixture
def odd(dsn: str, connection: psycopg.Connection) -> str:
    """A database whose settings change how sessions read and write."""
    for name, value in ODD.items():
        connection.execute(
            f"ALTER DATABASE {connection.info.dbname} SET {name} = {value!r}".encode()
        )
    return dsn


def expected() -> dict[str, str]:
    ours = {name: SESSION[name].replace("\\", "") for name in ODD}
    return {**ours, "datestyle": "ISO, MDY"}


def test_our_sessions_have_our_settings(odd: str) -> None:
    names = {name.lower(): name for name in ("DateStyle", "TimeZone", "IntervalStyle")}
    wanted = [names.get(name, name) for name in ODD]
    with connect(odd, "test") as own:
        found = own.execute(SHOWN, [wanted]).fetchall()
    assert {name.lower(): value for name, value in found} == expected()


async def test_the_api_has_them_too(odd: str) -> None:
    opened = open_pool(odd, size=1, application_name="test", settings={})
    async with opened as pool, pool.connection() as own:
        row = await (await own.execute("SHOW datestyle")).fetchone()
    assert row == ("ISO, MDY",)


def test_upgrade_and_ingest_work_there(odd: str, tmp_path: Path) -> None:
    assert alembic(odd, "downgrade", "base").returncode == 0
    assert alembic(odd, "upgrade", "head").returncode == 0
    file = tmp_path / "a.csv"
    file.write_text(f"{HEADER}\n{csv_row()}\n")
    done = jobs(odd, "ingest", file, "--lot", "75")
    assert done.returncode == 0, done.stderr
    assert counts(done.stdout)["stored"] == 1
