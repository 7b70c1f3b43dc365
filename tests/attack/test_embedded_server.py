"""The embedded server under `kill -9`: of itself, its guard, its users, initdb, a test run."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from time import sleep

import psycopg
import pytest

from db.paths import ROOT
from db.server import Server, embedded_server
from tests.embedded import (
    SECONDS,
    Process,
    folder,
    guards,
    kill_guards,
    leave,
    postmaster,
    reachable,
    read_dsn,
    start_user,
    user,
    wait_for,
)
from tests.engines import DISK, MEMORY, alembic

Times = Callable[[int, int], int]
Say = Callable[[str], None]


@pytest.fixture
def base() -> Iterator[Path]:
    with folder() as found:
        yield found


class Users:
    """Processes that come and go, and what one of them had the server commit."""

    def __init__(self, base: Path, chance: random.Random) -> None:
        self.base = base
        self.chance = chance
        self.server: Server = embedded_server(base)
        self.living: list[Process] = []
        self.dsn = ""
        self.committed = 0

    def come(self) -> None:
        process = start_user(self.base)
        self.living.append(process)
        dsn = read_dsn(process)
        assert dsn and self.dsn in ("", dsn)
        self.dsn = dsn

    def kill_user(self) -> None:
        process = self.living.pop(self.chance.randrange(len(self.living)))
        process.kill()
        process.communicate()
        if not self.living:
            self.come()

    def kill_server(self) -> None:
        with contextlib.suppress(OSError, IndexError, ValueError):
            os.kill(postmaster(self.server), signal.SIGKILL)

    def kill_guard(self) -> None:
        kill_guards(self.base)

    def commit(self) -> None:
        """Against a server that may be away: as a user of ours does, again and again."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
            connection.execute("INSERT INTO kept VALUES (%s)", [self.committed])
        self.committed += 1

    def kept(self) -> int:
        with psycopg.connect(self.dsn) as connection:
            row = connection.execute("SELECT count(DISTINCT n) FROM kept").fetchone()
            assert row is not None
            return int(row[0])


def succeeds(act: Callable[[], object]) -> bool:
    try:
        act()
    except psycopg.OperationalError:
        return False
    return True


def test_killed_at_random(base: Path, times: Times, measured: Say) -> None:
    """While anybody uses it, it comes back with all that was committed; then it is gone."""
    chance, count = random.Random(16), times(6, 300)
    users = Users(base, chance)
    users.come()
    acts = [users.kill_server, users.kill_guard, users.kill_user, users.come]
    for _ in range(count):
        for act in chance.sample(acts, chance.randint(1, 2)):
            if act != users.come or len(users.living) < 4:
                act()
        wait_for(lambda: succeeds(users.commit))
        assert users.kept() == users.committed
    wait_for(lambda: len(guards(base)) == 1)
    for process in users.living:
        process.kill()
        process.communicate()
    wait_for(lambda: not users.server.running())
    wait_for(lambda: not guards(base))
    measured(
        f"embedded server: {count} kills at random, {users.committed} commits kept"
    )


def test_initdb_killed_at_random(base: Path, times: Times, measured: Say) -> None:
    """The next process makes the cluster, or finds it whole."""
    chance, count, cut = random.Random(17), times(2, 60), 0
    for number in range(count):
        here = base / str(number)
        base.chmod(0o755)
        with start_user(here) as process:
            wait_for(lambda here=here: bool(list(here.glob("initdb-*"))))
            sleep(chance.uniform(0, 0.8))  # where in initdb is the point
            os.killpg(process.pid, signal.SIGKILL)
        cut += not (here / "data").exists()
        with user(here) as process:
            assert reachable(read_dsn(process))
            assert not list(here.glob("initdb-*"))
            leave(process)
    measured(f"embedded server: initdb cut {cut} times of {count}, all healed")


@pytest.mark.parametrize("options", [[], ["-n", "2"]])
def test_killed_test_run_leaves_nothing(tmp_path: Path, options: list[str]) -> None:
    """Neither servers nor folders, although nothing of the run could clean up."""
    run = tmp_path / "test_of_a_run.py"
    run.write_text(
        "import time, psycopg\n"
        "from tests.conftest import *\n"
        "def test_it(dsn, cluster):\n"
        f"    place = {str(tmp_path)!r}\n"
        "    open(f'{place}/{cluster.server.base.name}', 'w').close()\n"
        "    time.sleep(600)\n"
    )
    command = ["-m", "pytest", "-p", "no:cacheprovider", "-q", *options, str(run)]
    before = set(tmp_path.iterdir())
    process = subprocess.Popen(
        [sys.executable, *command, "--rootdir", str(ROOT), "-c", "pyproject.toml"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )

    def used() -> list[Path]:
        names = {path.name for path in tmp_path.iterdir() if path not in before}
        return [Path(place, name) for place in (MEMORY, DISK) for name in names]

    wait_for(lambda: any(path.exists() for path in used()))
    process.kill()
    process.wait(SECONDS)
    wait_for(lambda: not any(path.exists() for path in used()))
    wait_for(lambda: not any(guards(path) for path in used()))


@contextlib.contextmanager
def service(base: Path, *command: str) -> Iterator["subprocess.Popen[str]"]:
    """A program of ours on the embedded server."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PGSTRIKE_")}
    with subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**clean, "PGSTRIKE_DATA_DIR": str(base), "PGSTRIKE_API_PORT": "0"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
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


def test_services_go_on_after_their_server_was_killed(
    built: Path, times: Times, measured: Say
) -> None:
    """`python -m jobs run` keeps its lock on the new one, and the api is healthy again."""
    count, server = times(1, 10), embedded_server(built)
    with (
        service(built, "jobs", "run") as jobs,
        service(built, "api", "--insecure") as api,
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
    (["jobs", "run"], "refreshing", "stderr", 0),
    (["jobs", "ingest", "-"], None, "stderr", 130),
    (["jobs", "simulate"], None, "stderr", 130),
    (["api", "--insecure"], "http", "stdout", 0),
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
