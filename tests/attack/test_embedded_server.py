"""The embedded server under `kill -9`: of itself, its guard, its users, initdb, a test run."""

import contextlib
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import sleep

import psycopg
import pytest

from pgstrike.db.embedded.server import Server, embedded_server
from pgstrike.db.paths import ROOT
from tests.support.embedded import (
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
from tests.support.engines import DISK, MEMORY

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


@pytest.mark.long
def test_killed_at_random(base: Path, times: Times, measured: Say) -> None:
    """While anybody uses it, it comes back with all that was committed; then it is gone."""
    chance, count = random.Random(16), times(6, 100)
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


@pytest.mark.long
def test_initdb_killed_at_random(base: Path, times: Times, measured: Say) -> None:
    """The next process makes the cluster, or finds it whole."""
    chance, count, cut = random.Random(17), times(2, 30), 0
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


@pytest.mark.long
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
