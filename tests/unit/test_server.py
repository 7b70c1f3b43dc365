"""The server of our own: how it starts, who shares it, and who stops it."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import psycopg
import pytest

from db.errors import DatabaseError
from db.paths import ROOT
from db.server import (
    Server,
    embedded_server,
    reach_database,
    running_server,
)

USER = """
import sys
from pathlib import Path
from db.server import running_server
with running_server(Path(sys.argv[1])) as dsn:
    print(dsn, flush=True)
    sys.stdin.read()
"""
SECONDS = 60

Process = subprocess.Popen[str]


@pytest.fixture
def base() -> Iterator[Path]:
    """A directory that the server's user may enter; nothing runs in it afterwards."""
    path = Path(tempfile.mkdtemp(prefix="pgstrike-test-", dir="/var/tmp"))
    yield path
    server = embedded_server(path)
    server.stop("immediate")
    for directory in (server.base, server.sockets):
        shutil.rmtree(directory, ignore_errors=True)


def test_socket_path_is_short_wherever_the_data_lies() -> None:
    """A socket's path has room for about 100 characters."""
    server = Server(Path("/bin"), Path("/var/tmp", *["deep"] * 40), {})
    assert len(str(server.sockets)) < 80
    assert server.sockets != Server(Path("/bin"), Path("/var/tmp"), {}).sockets
    assert f"host={server.sockets}" in server.dsn()


def test_server_that_never_was_is_not_running(tmp_path: Path) -> None:
    """And stopping it is no error."""
    server = embedded_server(tmp_path / "nowhere")
    assert not server.running()
    server.stop()


def test_setting_that_postgres_refuses_is_one_line(base: Path) -> None:
    """It names the program that failed and the log to look at."""
    server = embedded_server(base)._replace(settings={"no_such_setting": "1"})
    with pytest.raises(DatabaseError) as refused:
        server.start()
    assert "pg_ctl" in str(refused.value)
    assert str(base / "server.log") in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1
    assert "no_such_setting" in (base / "server.log").read_text()


def test_data_is_closed_to_other_users(base: Path) -> None:
    """Also the socket: the server trusts whoever reaches it."""
    with running_server(base):
        server = embedded_server(base)
        for directory in (server.base, server.data, server.sockets):
            assert directory.stat().st_mode & 0o077 == 0, directory


def test_database_is_there_and_keeps_what_it_holds(base: Path) -> None:
    """In UTF-8 and UTC, and the same one when it is started again."""
    with running_server(base) as dsn, psycopg.connect(dsn) as connection:
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        assert connection.execute("SHOW timezone").fetchone() == ("UTC",)
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        connection.execute("CREATE TABLE kept ()")
    with running_server(base) as dsn, psycopg.connect(dsn) as connection:
        connection.execute("SELECT FROM kept")


def test_crashed_server_is_started_again(base: Path) -> None:
    """What a killed server leaves behind is no obstacle."""
    with running_server(base) as dsn:
        server = embedded_server(base)
        os.kill(postmaster(server), signal.SIGKILL)
        wait_for(lambda: not server.running())
        with running_server(base), psycopg.connect(dsn) as connection:
            connection.execute("SELECT 1")


def test_last_user_stops_the_server(base: Path) -> None:
    """Of two processes the first to go leaves it running for the other."""
    with user(base) as first, user(base) as second:
        dsns = {read_dsn(first), read_dsn(second)}
        assert len(dsns) == 1
        leave(first)
        assert reachable(dsns.pop())
        leave(second)
    assert not embedded_server(base).running()


def test_killed_user_does_not_count(base: Path) -> None:
    """The kernel gives its place up, so the other one is the last."""
    with user(base) as first, user(base) as second:
        dsn = read_dsn(first)
        read_dsn(second)
        first.kill()
        first.wait(SECONDS)
        assert reachable(dsn)
        leave(second)
    assert not embedded_server(base).running()


def test_server_of_a_killed_user_is_taken_over(base: Path) -> None:
    """It runs on with nobody there, and the next user stops it when done."""
    with user(base) as first:
        dsn = read_dsn(first)
        first.kill()
        first.wait(SECONDS)
    server = embedded_server(base)
    before = postmaster(server)
    with user(base) as second:
        assert read_dsn(second) == dsn
        assert postmaster(server) == before
        leave(second)
    assert not server.running()


def test_database_that_is_named_starts_nothing(tmp_path: Path) -> None:
    """The DSN comes back as it went in, and no directory is made."""
    with reach_database("host=elsewhere", tmp_path / "data") as dsn:
        assert dsn == "host=elsewhere"
    assert list(tmp_path.iterdir()) == []


def test_data_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """In words, not as a traceback."""
    (tmp_path / "file").touch()
    with (
        pytest.raises(
            DatabaseError,
            match=r"embedded server cannot use .*file.*set PGSTRIKE_DATA_DIR",
        ),
        reach_database(None, tmp_path / "file" / "data"),
    ):
        pass


@contextlib.contextmanager
def user(base: Path) -> Iterator[Process]:
    """A process that uses the embedded server until its input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", USER, str(base)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
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
    with psycopg.connect(dsn) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def wait_for(condition: Callable[[], bool]) -> None:
    """Ask again and again; each time costs a process, so nothing spins."""
    deadline = monotonic() + SECONDS
    while not condition():
        assert monotonic() < deadline


def postmaster(server: Server) -> int:
    return int((server.data / "postmaster.pid").read_text().split()[0])
