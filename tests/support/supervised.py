"""`pgstrike serve --workers N` in processes of its own, and what listens for them."""

import asyncio
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from tests.support.api_process import API_KEY, address, start
from tests.support.live_market import append

LISTENERS = (
    "SELECT pid FROM pg_stat_activity"
    " WHERE application_name = 'pgstrike api listener' AND datname = current_database()"
)
MODULE = "pgstrike.api.host_listener"
PATIENCE = 60


@contextmanager
def workers(
    dsn: str, count: int, **environ: str
) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    environ = {**API_KEY, "PGSTRIKE_DSN": dsn, **environ}
    with start("--workers", str(count), **environ) as supervisor:
        try:
            yield supervisor, address(supervisor)
        finally:
            supervisor.terminate()
            supervisor.communicate(timeout=PATIENCE)


def listeners(connection: psycopg.Connection) -> set[int]:
    """The backends that workers listen through."""
    return {row[0] for row in connection.execute(LISTENERS)}


def children(supervisor: "subprocess.Popen[str]") -> dict[int, str]:
    """The processes of a host, with their commands."""
    listed = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(supervisor.pid)],
        capture_output=True,
        text=True,
    )
    rows = (line.split(maxsplit=1) for line in listed.stdout.splitlines())
    return {int(pid): command for pid, command in rows}


def listening(supervisor: "subprocess.Popen[str]") -> set[int]:
    return {pid for pid, command in children(supervisor).items() if MODULE in command}


def serving(supervisor: "subprocess.Popen[str]") -> set[int]:
    return {*children(supervisor)} - listening(supervisor)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


class Writer(threading.Thread):
    """Appends events until it is told to stop; then so many were written."""

    def __init__(self, dsn: str) -> None:
        super().__init__()
        self.dsn = dsn
        self.stopping = threading.Event()
        self.count = 0

    def run(self) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            while not self.stopping.wait(0.005):
                append(connection, self.count)
                self.count += 1
