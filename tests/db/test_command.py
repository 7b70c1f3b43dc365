"""`pgstrike`: no password is shown, on the screen or in the list of processes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pgstrike.db.connection import without_password
from pgstrike.db.paths import ROOT
from tests.support.cli import pgstrike

SECRET = "correct-horse"


@pytest.mark.parametrize(
    "dsn",
    [
        f"postgresql://me:{SECRET}@db:5433/market?sslmode=require",
        f"host=db port=5433 user=me password={SECRET} dbname=market sslmode=require",
        f"host=db port=5433 user=me dbname=market sslmode=require sslpassword={SECRET}",
    ],
)
def test_dsn_is_printed_without_its_password(dsn: str) -> None:
    done = pgstrike("dsn", PGSTRIKE_DSN=dsn)
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) == {
        "host=db",
        "port=5433",
        "user=me",
        "dbname=market",
        "sslmode=require",
    }


def test_dsn_that_is_none_is_refused() -> None:
    done = pgstrike("dsn", PGSTRIKE_DSN="nonsense")
    assert (done.returncode, done.stdout) == (1, "")
    assert "PGSTRIKE_DSN is no connection string" in done.stderr


def test_password_reaches_psql_through_its_environment(tmp_path: Path) -> None:
    """Not as an argument, which `ps` shows to every user."""
    psql = tmp_path / "psql"
    psql.write_text('#!/bin/sh\necho "$PGPASSWORD"\nprintf "%s\\n" "$@"\nexit 3\n')
    psql.chmod(0o755)
    dsn = f"host=db user=me password='{SECRET} \\'1' dbname=market"
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = pgstrike("psql", "-c", "SELECT 1", PGSTRIKE_DSN=dsn, PATH=path)
    password, *arguments = done.stdout.splitlines()
    assert (done.returncode, password) == (3, f"{SECRET} '1")
    assert set(arguments[0].split()) == {"user=me", "dbname=market", "host=db"}
    assert arguments[1:] == ["-c", "SELECT 1"]


def test_dsn_without_a_password_asks_for_no_variable() -> None:
    """PGPASSWORD of the user counts then, or the file of passwords."""
    shown, environ = without_password("host=db user=me")
    assert (set(shown.split()), environ) == ({"host=db", "user=me"}, {})


def test_ctrl_c_is_for_psql(tmp_path: Path) -> None:
    """It ends a query there, and not psql."""
    psql = tmp_path / "psql"
    psql.write_text("#!/bin/sh\ntrap 'exit 5' INT\necho\nread line\n")
    psql.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    with subprocess.Popen(
        [sys.executable, "-m", "pgstrike", "psql"],
        cwd=ROOT,
        env={**os.environ, "PGSTRIKE_DSN": "host=db", "PATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as command:
        assert command.stdout is not None
        command.stdout.readline()
        os.killpg(command.pid, signal.SIGINT)
        _, err = command.communicate(timeout=60)
    assert (command.returncode, err) == (5, "")
