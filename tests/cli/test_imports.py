"""What commands load: each only what its work needs, so that it begins at once."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterable

import psycopg
import pytest

from pgstrike.cli.main import COMMANDS
from pgstrike.db.paths import ROOT
from tests.support.api_process import Started, address
from tests.support.quote_market import value
from tests.support.scheduled import wait_for

pytestmark = pytest.mark.one_engine

HEAVY = {
    "aiohttp",
    "alembic",
    "apscheduler",
    "google",
    "holidays",
    "msgspec",
    "numpy",
    "prometheus_client",
    "psycopg",
    "psycopg_pool",
    "pyarrow",
    "redis",
    "rich",
    "scipy",
    "sqlalchemy",
    "stamina",
}
DRIVER = {"psycopg"}
HELP = f"""
import sys
from pgstrike.cli.main import main
for words in ["--help", "--version", *sys.argv[1:]]:
    main([words] if words.startswith("--") else [words, "--help"])
    print(words, *({HEAVY!r} & set(sys.modules)), file=sys.stderr)
"""
RAN = """
SELECT count(*) > 0 AND bool_and(EXISTS (
    SELECT FROM job.run AS run WHERE run.job = job.name AND run.state = 'done'
))
FROM job.job AS job
"""
WORDS = {
    "dsn": DRIVER,
    "alert list": DRIVER,
    "calendar show NSE 2025": DRIVER | {"holidays"},
    "feed list": DRIVER,
    "instrument list": DRIVER,
    "jobs list": DRIVER,
    "key list": DRIVER,
    "refresh": DRIVER,
    "status": DRIVER,
    "task list": DRIVER,
    "upgrade": DRIVER | {"alembic", "sqlalchemy"},
}


def started(dsn: str, *words: str) -> Started:
    """The command, which says on stderr what it loads; what it starts says nothing."""
    return Started(
        [sys.executable, "-X", "importtime", "-m", "pgstrike", *words],
        cwd=ROOT,
        env={**os.environ, "PGSTRIKE_DSN": dsn, "PGSTRIKE_API_PORT": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def heavy_of(lines: Iterable[str]) -> set[str]:
    """The heavy packages among those that were loaded."""
    names = (line.rpartition("|")[2].strip() for line in lines if "|" in line)
    found = {name.partition(".")[0] for name in names}
    assert "pgstrike" in found
    return found & HEAVY


def test_help_of_no_command_loads_a_heavy_package() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HELP, *COMMANDS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.splitlines() == ["--help", "--version", *COMMANDS]


@pytest.mark.parametrize(("words", "needed"), WORDS.items())
def test_command_loads_what_it_needs(dsn: str, words: str, needed: set[str]) -> None:
    with started(dsn, *words.split()) as process:
        _, said = process.communicate()
    assert process.returncode == 0, said
    assert heavy_of(said.splitlines()) == needed


def test_relay_loads_no_web_server() -> None:
    lines = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import pgstrike.api.relaying"],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    assert heavy_of(lines.splitlines()) == {"psycopg", "psycopg_pool"}


def test_supervisor_loads_no_web_server(dsn: str) -> None:
    with started(dsn, "serve", "--insecure", "--workers", "1") as process:
        address(process)
        process.terminate()
        _, said = process.communicate()
    assert heavy_of(said.splitlines()) == DRIVER


def test_run_loads_no_numpy_while_nothing_is_to_be_stored(
    dsn: str, connection: psycopg.Connection
) -> None:
    """Each job has run by then, and it waits for tasks, lines and feeds."""
    with started(dsn, "run") as process:
        wait_for(lambda: value(connection, RAN))
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate()
    assert heavy_of(said.splitlines()) == DRIVER | {"apscheduler"}
