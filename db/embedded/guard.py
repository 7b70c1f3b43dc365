"""The guard of the embedded server: keep it alive while it is used, then end it.

It is the process `python -m pgstrike.db.embedded.guard BASE`.

Each user of a server holds a shared lock on `users.lock`, which the kernel frees however the
user ends. The guard waits for that lock to be free of users, so it also ends the server of
users that were killed. It holds `guard.lock` itself, from its first moment: its parent took
it. Where the guard is killed, a user finds that lock free and starts another one.

A guard is one small process per running server, so it imports little.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from pgstrike.db.embedded.folders import open_lock, opened_lock, opened_log, try_lock
from pgstrike.db.embedded.postmaster import Server, environment
from pgstrike.db.errors import DatabaseError
from pgstrike.db.paths import PACKAGE

LONGEST_DELAY = 10.0
STEADY_SECONDS = 10  # a server that lived for so long is started again at once
LOOK_SECONDS = 0.5
SET_CHILD_SUBREAPER = 36


class Order(NamedTuple):
    """What a guard is to do for a server."""

    starts: bool = True  # False: only end it; the tests start it themselves
    removes: bool = False  # leave nothing of it on disk
    mode: str = "fast"


def ensure_guard(server: Server, order: Order) -> None:
    """Start a guard unless there is one."""
    with opened_lock(server.base / "guard.lock") as lock:
        if try_lock(lock, fcntl.LOCK_EX):
            spawn(server, order, lock)


def spawn(server: Server, order: Order, lock: int) -> None:
    """A process of its own session, which no terminal and no Ctrl-C reaches."""
    given = {
        "bin_dir": str(server.bin_dir),
        "settings": dict(server.settings),
        "lock": lock,
        "order": order,
    }
    with opened_log(server.log) as log:
        guard = subprocess.Popen(
            # Without site-packages: it needs none of them, and starts in half the time.
            [
                sys.executable,
                "-E",
                "-s",
                "-S",
                "-m",
                "pgstrike.db.embedded.guard",
                str(server.base),
            ],
            cwd=PACKAGE.parent,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=log,
            pass_fds=[lock],
            start_new_session=True,
        )
    assert guard.stdin is not None
    with contextlib.suppress(BrokenPipeError), guard.stdin as pipe:
        pipe.write(json.dumps(given).encode())
    threading.Thread(target=guard.wait, daemon=True).start()  # no zombie is left


def problem_of(server: Server) -> Path:
    """Why the server could not be started last. Who removes it has it tried at once."""
    return server.base / "problem"


def note_problem(server: Server, text: str) -> None:
    problem = problem_of(server)
    fresh = problem.with_suffix(".new")
    with contextlib.suppress(OSError):
        try:
            fresh.write_text(text)
            fresh.replace(problem)
        except OSError:
            problem.touch()  # empty where the disk is full


class Guard:
    """The guard of one server."""

    def __init__(self, server: Server, order: Order, unused: int) -> None:
        self.server = server
        self.order = order
        self.unused = unused  # readable once nobody uses the server
        self.delays = delays()

    def run(self) -> None:
        """Return once nobody uses the server."""
        while self.order.starts:
            pid, began = self.server.pid() or self.start(), monotonic()
            if pid is not None:
                if self.outlives(pid):
                    return
                say("the server has died and is started again")
            if monotonic() - began > STEADY_SECONDS:
                self.delays = delays()
            if self.rest(next(self.delays)):
                return
        select.select([self.unused], [], [])

    def start(self) -> int | None:
        try:
            self.server.launch()
        except (DatabaseError, OSError) as error:
            # pg_ctl gives up after a minute; recovery from a crash may take longer.
            if not self.server.running():
                say(f"cannot start the server: {error}")
                note_problem(self.server, str(error))
                return None
        with contextlib.suppress(FileNotFoundError):
            problem_of(self.server).unlink()
            say("the server runs again")
        return self.server.pid()

    def outlives(self, pid: int) -> bool:
        """Wait for the end of the server; whether its users ended first."""
        with watched(pid) as died:
            while self.server.pid() == pid:
                ready, _, _ = select.select(
                    [self.unused, *died], [], [], None if died else LOOK_SECONDS
                )
                reap()
                if self.unused in ready:
                    return True
        return False

    def rest(self, seconds: float) -> bool:
        """Wait, unless a user wants it tried at once; whether there is no user any more."""
        deadline, problem = monotonic() + seconds, problem_of(self.server)
        waits = problem.exists()
        while (left := deadline - monotonic()) > 0:
            if select.select([self.unused], [], [], min(left, LOOK_SECONDS))[0]:
                return True
            if waits and not problem.exists():
                break
        return False

    def end(self, *, is_unused: bool) -> None:
        if self.order.removes and is_unused:
            return self.server.remove()
        for mode in (self.order.mode, "immediate"):
            try:
                return self.server.stop(mode)
            except (DatabaseError, OSError) as error:
                say(f"cannot stop the server: {error}")
        return None


def delays() -> Iterator[float]:
    """How long to wait before the server is started again, longer each time."""
    seconds = 0.1
    while True:
        yield seconds
        seconds = min(2 * seconds, LONGEST_DELAY)


@contextlib.contextmanager
def watched(pid: int) -> Iterator[list[int]]:
    """A descriptor that is readable once the process has ended, where there are such."""
    try:
        died = os.pidfd_open(pid)
    except (AttributeError, OSError):
        yield []
        return
    try:
        yield [died]
    finally:
        os.close(died)


def adopt_orphans() -> None:
    """Be the parent of servers that pg_ctl leaves: in a container nobody else may reap them."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap() -> None:
    """A zombie server would look like a running one."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def wait_for_users(users: int, unused: int) -> None:
    fcntl.flock(users, fcntl.LOCK_EX)
    os.close(unused)


def say(text: str) -> None:
    with contextlib.suppress(OSError):  # a full disk stops nothing
        sys.stderr.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC guard: {text}\n")
        sys.stderr.flush()


def main(base: Path) -> None:
    given = json.load(sys.stdin)
    server = Server(Path(given["bin_dir"]), base, given["settings"])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    adopt_orphans()
    # Kept open to the end. It is not made: where the folder is gone, so is our task.
    users = open_lock(base / "users.lock", 0)
    unused, closed_at_the_end = os.pipe()
    waiting = threading.Thread(
        target=wait_for_users, args=[users, closed_at_the_end], daemon=True
    )
    waiting.start()
    guard = Guard(server, Order(*given["order"]), unused)
    try:
        guard.run()
    except SystemExit:  # the machine is shut down; users that stay start another guard
        guard.end(is_unused=False)
    else:
        guard.end(is_unused=True)
    os.close(given["lock"])  # before users.lock, which a new user waits for


if __name__ == "__main__":
    main(Path(sys.argv[1]))
