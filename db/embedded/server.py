"""The embedded server, as a process that needs it sees it: there while it is used.

The server itself is started, kept alive and ended by its guard (`pgstrike.db.embedded.guard`).
"""

import contextlib
import fcntl
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import psycopg

from pgstrike.db.embedded.binaries import embedded_server
from pgstrike.db.embedded.failures import no_space, why_refused
from pgstrike.db.embedded.folders import opened_lock, own_base, try_lock
from pgstrike.db.embedded.guard import Order, ensure_guard, problem_of
from pgstrike.db.embedded.postmaster import Server
from pgstrike.db.errors import DatabaseError

__all__ = ["Server", "embedded_server", "reach_database", "running_server"]

LOOK_SECONDS = 0.02  # while the server is being started
GUARD_SECONDS = 1.0  # how often a user looks whether there is a guard
PATIENCE_SECONDS = 10.0


@contextlib.contextmanager
def running_server(
    base: Path, *, seat: int | None = None, removes: bool = False
) -> Iterator[str]:
    """The DSN of the embedded server, which ends with the last process that uses it.

    Every user holds a shared lock on `users.lock`; `seat` is a descriptor that holds it
    already. Who comes and who leaves does so alone, under `start.lock`.
    """
    with contextlib.ExitStack() as stack:
        try:
            server = enter(stack, base, seat, Order(removes=removes))
        except (OSError, psycopg.Error) as error:
            raise DatabaseError(why_refused(error, base)) from error
        yield server.dsn()


def enter(
    stack: contextlib.ExitStack, base: Path, seat: int | None, order: Order
) -> Server:
    """Become a user of the server until the stack is closed."""
    server = embedded_server(base)
    own_base(server.base)
    if seat is None:  # the first file of all: it marks the folder as ours
        seat = stack.enter_context(opened_lock(server.base / "users.lock"))
    start = stack.enter_context(opened_lock(server.base / "start.lock"))
    with locked(start):
        fcntl.flock(seat, fcntl.LOCK_SH)
    stack.callback(leave, server, seat, start, order)
    with locked(start):
        join(server, order)
    stack.enter_context(guarded(server, order))
    return server


@contextlib.contextmanager
def locked(lock: int) -> Iterator[None]:
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(lock, fcntl.LOCK_UN)


def join(server: Server, order: Order) -> None:
    """Return once the server answers and has the database."""
    if not server.running():
        server.make()
        problem_of(server).unlink(missing_ok=True)
    patience = monotonic() + PATIENCE_SECONDS
    while True:
        ensure_guard(server, order)
        try:
            return server.create_database()
        except psycopg.OperationalError as error:
            says = str(error)
            if "FATAL" in says and "the database system is" not in says:
                raise
        with contextlib.suppress(FileNotFoundError):
            raise DatabaseError(problem_of(server).read_text() or no_space(server.base))
        if monotonic() > patience:
            patience = float("inf")
            sys.stderr.write(
                f"pgstrike: waiting for the embedded server; see {server.log}\n"
            )
        sleep(LOOK_SECONDS)


@contextlib.contextmanager
def guarded(server: Server, order: Order) -> Iterator[None]:
    """See to it that the server has a guard, also after that was killed."""
    left = threading.Event()

    def look() -> None:
        while not left.wait(GUARD_SECONDS):
            with contextlib.suppress(OSError):  # a full disk; or the folder is gone
                ensure_guard(server, order)

    looking = threading.Thread(target=look, name="guarded", daemon=True)
    looking.start()
    try:
        yield
    finally:
        left.set()
        looking.join()


def leave(server: Server, seat: int, start: int, order: Order) -> None:
    """Give the seat up. The last user waits until the guard has ended the server."""
    with locked(start), contextlib.suppress(FileNotFoundError):
        is_last = try_lock(seat, fcntl.LOCK_EX) or not try_lock(seat, fcntl.LOCK_SH)
        fcntl.flock(seat, fcntl.LOCK_UN)
        if is_last:
            with opened_lock(server.base / "guard.lock") as guard:
                fcntl.flock(guard, fcntl.LOCK_SH)
            # Nothing is left to do, unless the guard was killed.
            server.remove() if order.removes else server.stop()


@contextlib.contextmanager
def reach_database(dsn: str | None, data_dir: Path) -> Iterator[str]:
    """The DSN as it is given, or that of the embedded server, started when needed."""
    with contextlib.ExitStack() as stack:
        yield stack.enter_context(running_server(data_dir)) if dsn is None else dsn
