"""Programs on the embedded server: it is killed under them, and their terminal is closed."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from pgstrike.db.embedded.server import Server, embedded_server
from pgstrike.db.paths import ROOT
from tests.support.embedded import SECONDS, Process, folder, postmaster, wait_for
from tests.support.engines import alembic

Times = Callable[[int, int], int]
Say = Callable[[str], None]


@contextlib.contextmanager
def service(
    base: Path, *command: str, stderr: int = subprocess.PIPE
) -> Iterator["subprocess.Popen[str]"]:
    """A program of ours on the embedded server."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PGSTRIKE_")}
    with subprocess.Popen(
        [sys.executable, "-m", "pgstrike", *command],
        cwd=ROOT,
        env={**clean, "PGSTRIKE_DATA_DIR": str(base), "PGSTRIKE_API_PORT": "0"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        # The tests may run under nohup, whose children ignore a closed terminal.
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture(scope="module")
def built() -> Iterator[Path]:
    """An embedded server's folder with a migrated database."""
    with folder() as base:
        done = alembic("", "upgrade", "head", PGSTRIKE_DATA_DIR=str(base))
        assert done.returncode == 0, done.stderr
        yield base


def read_line(process: Process, text: str, *, stream: str = "stderr") -> str:
    """The first line with the text."""
    line = ""
    while text not in line:
        line = getattr(process, stream).readline()
        assert line, process.communicate()
    return line


def is_healthy(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=10) as answer:
            return answer.status == 200 and bool(json.load(answer))
    except OSError:
        return False


@pytest.mark.long
def test_services_go_on_after_their_server_was_killed(
    built: Path, times: Times, measured: Say
) -> None:
    """`pgstrike run` keeps its lock on the new one, and the api is healthy again."""
    count, server = times(1, 10), embedded_server(built)
    with (
        service(built, "run") as jobs,
        # Its log is long, and a pipe that nobody reads would stop it.
        service(built, "serve", "--insecure", stderr=subprocess.DEVNULL) as api,
    ):
        read_line(jobs, "refreshing")
        address = read_line(api, "http", stream="stdout").split()[-1]
        for _ in range(count):
            os.kill(postmaster(server), signal.SIGKILL)
            read_line(jobs, "refreshing")
            wait_for(lambda: is_healthy(address))
        for process in (jobs, api):
            assert process.poll() is None
            process.terminate()
            process.communicate(timeout=SECONDS)
    assert not server.running()
    measured(f"embedded server: {count} times killed under jobs and api, which go on")


PROGRAMS = [
    (["run"], "refreshing", "stderr", 0),
    (["ingest", "-"], None, "stderr", 130),
    (["simulate"], None, "stderr", 130),
    (["serve", "--insecure"], "http", "stdout", 0),
]


@pytest.mark.parametrize(("command", "says", "stream", "code"), PROGRAMS)
def test_closed_terminal_ends_all(
    built: Path, command: list[str], says: str | None, stream: str, code: int
) -> None:
    """The program ends as with Ctrl-C, and its server with it."""
    server = embedded_server(built)
    with service(built, *command) as process:
        if says:
            read_line(process, says, stream=stream)
        else:
            wait_for(lambda: is_used(server, "pgstrike ingest"))
        process.send_signal(signal.SIGHUP)
        _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == code, err
    assert "Traceback" not in err
    assert not server.running()


def is_used(server: Server, name: str) -> bool:
    asked = "SELECT FROM pg_stat_activity WHERE application_name = %s"
    with (
        contextlib.suppress(psycopg.OperationalError),
        psycopg.connect(server.dsn()) as connection,
    ):
        return connection.execute(asked, [name]).rowcount > 0
    return False
