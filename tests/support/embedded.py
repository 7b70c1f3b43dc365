"""Embedded servers in tests: a folder, processes that use it, and its guards."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import psycopg

from pgstrike.db.embedded.server import Server, embedded_server
from pgstrike.db.paths import ROOT

USER = """
import sys
from pathlib import Path
from pgstrike.db.embedded.server import running_server
with running_server(Path(sys.argv[1])) as dsn:
    print(dsn, flush=True)
    sys.stdin.read()
"""
SECONDS = 60

Process = subprocess.Popen[str]


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A directory that the server's user may enter; nothing runs in it afterwards."""
    path = Path(tempfile.mkdtemp(prefix="pgstrike-test-", dir="/var/tmp"))
    try:
        yield path
    finally:
        kill_guards(path)
        embedded_server(path).remove()
        shutil.rmtree(path, ignore_errors=True)


def start_user(base: Path, **environ: str) -> Process:
    """A process that uses the embedded server until its input ends; in its own group."""
    return subprocess.Popen(
        [sys.executable, "-c", USER, str(base)],
        cwd=ROOT,
        env={**os.environ, **environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@contextlib.contextmanager
def user(base: Path, **environ: str) -> Iterator[Process]:
    with start_user(base, **environ) as process:
        try:
            yield process
        finally:
            process.kill()


def read_dsn(process: Process) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def leave(process: Process) -> None:
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(SECONDS) == 0


def reachable(dsn: str) -> bool:
    try:
        with psycopg.connect(dsn) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def postmaster(server: Server) -> int:
    return int((server.data / "postmaster.pid").read_text().split()[0])


def guards(base: Path) -> list[int]:
    """The processes that guard the server of the folder."""
    return [
        int(process.parent.name)
        for process in Path("/proc").glob("[0-9]*/cmdline")
        if [b"pgstrike.db.embedded.guard", bytes(base)] == words(process)[-2:]
    ]


def kill_guards(base: Path) -> None:
    for guard in guards(base):
        with contextlib.suppress(ProcessLookupError):
            os.kill(guard, signal.SIGKILL)


def words(cmdline: Path) -> list[bytes]:
    try:
        return cmdline.read_bytes().split(b"\0")[:-1]
    except OSError:
        return []


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = monotonic() + SECONDS
    while not condition():
        assert monotonic() < deadline
        sleep(0.02)
