"""`pgstrike serve` as a process: what it refuses, and how it stops."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from typing import Any

import psycopg
import pytest

from pgstrike.db.paths import ROOT

KEY = {"PGSTRIKE_API_KEY": "k", "PGSTRIKE_API_PORT": "0"}
NOWHERE = "host=127.0.0.1 port=1 user=somebody password=secret dbname=nothing"


class Started(subprocess.Popen[str]):
    """A process that does not outlast a test that fails: leaving would wait for it."""

    def __exit__(self, kind: type[BaseException] | None, *rest: Any) -> None:
        if kind is not None:
            self.kill()
        super().__exit__(kind, *rest)


def start(*arguments: str, **environ: str) -> Started:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PGSTRIKE_")}
    return Started(
        [sys.executable, "-m", "pgstrike", "serve", *arguments],
        cwd=ROOT,
        env={**clean, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


REFUSALS = [
    (["--insecure"], {"PGSTRIKE_API_HOST": "0.0.0.0"}, "loopback"),
    ([], {**KEY, "PGSTRIKE_API_PORT": "http"}, "PGSTRIKE_API_PORT"),
    (
        [],
        {**KEY, "PGSTRIKE_DSN": NOWHERE},
        "cannot reach the database nothing on 127.0.0.1:1",
    ),
    ([], {**KEY, "PGSTRIKE_DSN": "nonsense"}, "PGSTRIKE_DSN is no connection string"),
]


@pytest.mark.parametrize(("arguments", "environ", "says"), REFUSALS)
def test_start_is_refused(
    arguments: list[str], environ: dict[str, str], says: str
) -> None:
    with start(*arguments, **environ) as process:
        out, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert out == ""
    [line] = err.splitlines()
    assert line.startswith("pgstrike: ") and says in line
    assert "secret" not in line


@pytest.mark.parametrize("workers", [[], ["--workers", "2"]])
def test_nobody_with_a_key_is_refused(dsn: str, workers: list[str]) -> None:
    with start(*workers, PGSTRIKE_DSN=dsn) as process:
        _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "nobody has a key" in err and "pgstrike key create" in err


def test_empty_database_is_refused(dsn: str) -> None:
    with start(PGSTRIKE_DSN=f"{dsn} dbname=postgres", **KEY) as process:
        _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    [line] = err.splitlines()
    assert "run `pgstrike upgrade`" in line


def test_taken_port_is_refused(dsn: str) -> None:
    with start(PGSTRIKE_DSN=dsn, **KEY) as one:
        port = address(one).rsplit(":")[-1]
        with start(PGSTRIKE_DSN=dsn, **{**KEY, "PGSTRIKE_API_PORT": port}) as other:
            _, err = other.communicate(timeout=30)
        one.terminate()
    [line] = err.splitlines()
    assert other.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in line and "PGSTRIKE_API_PORT" in line


def address(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    name, _, found = process.stdout.readline().strip().partition(": ")
    assert name == "pgstrike api"
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_stops_and_drains(
    dsn: str, connection: psycopg.Connection, number: signal.Signals
) -> None:
    with start("--insecure", PGSTRIKE_DSN=dsn, PGSTRIKE_API_PORT="0") as process:
        where = address(process)
        with urllib.request.urlopen(f"{where}/fo/stream", timeout=30) as stream:
            assert stream.readline().startswith(b"retry:")
            connection.execute(
                "SELECT ops.append_events('{ops}', '{null}', '{null}', %s)",
                [['{"topic":"ops"}']],
            )
            while not (line := stream.readline()).startswith(b"data:"):
                pass
            assert json.loads(line.removeprefix(b"data:"))["topic"] == "ops"
            process.send_signal(number)
            # When to come back, and a proper end of the response.
            assert stream.read().startswith(b"\nretry: ")
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert err == ""
    left = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pgstrike api%'"
    while connection.execute(left).fetchone() != (0,):
        pass
