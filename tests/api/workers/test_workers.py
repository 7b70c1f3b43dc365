"""`pgstrike serve --workers N`: kept alive, replaced one after the other, stopped together."""

import asyncio
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import aiohttp
import psycopg
import pytest

from tests.support.api_process import API_KEY, address, start
from tests.support.client_reading import read_all
from tests.support.live_market import append, epoch

pytestmark = pytest.mark.one_engine

LISTENERS = (
    "SELECT pid FROM pg_stat_activity"
    " WHERE application_name = 'pgstrike api listener' AND datname = current_database()"
)
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


def children(supervisor: "subprocess.Popen[str]") -> set[int]:
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(supervisor.pid)],
        capture_output=True,
        text=True,
    )
    return {int(pid) for pid in listed.stdout.split()}


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


def test_each_worker_listens_and_all_end_with_a_signal(
    dsn: str, connection: psycopg.Connection
) -> None:
    with workers(dsn, 2) as (supervisor, _):
        assert len(children(supervisor)) == len(listeners(connection)) == 2
        supervisor.send_signal(signal.SIGINT)
        _, err = supervisor.communicate(timeout=PATIENCE)
        assert (supervisor.returncode, err) == (0, "")
        assert not listeners(connection)


async def test_workers_are_replaced_one_after_the_other(
    dsn: str, connection: psycopg.Connection
) -> None:
    """No event is lost or told twice, and no connection is refused."""
    start, last = f"{epoch(connection)}:0", 600
    writer = Writer(dsn)
    with workers(dsn, 2) as (supervisor, where):
        before = children(supervisor)
        writer.start()
        async with asyncio.timeout(2 * PATIENCE):
            reading = asyncio.gather(*(read_all(where, start, last) for _ in range(6)))
            supervisor.send_signal(signal.SIGHUP)
            while children(supervisor) & before:
                async with aiohttp.ClientSession(where) as other:
                    assert (await other.get("/health")).status == 200
                await asyncio.sleep(0.05)
            found = await reading
        writer.stopping.set()
        writer.join()
        assert len(children(supervisor)) == 2
    assert found == [[*range(1, last + 1)]] * 6


async def test_worker_that_dies_is_started_anew(
    dsn: str, connection: psycopg.Connection
) -> None:
    with workers(dsn, 2) as (supervisor, where):
        before = children(supervisor)
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        # What comes meanwhile waits in the sockets, which are not closed.
        async with asyncio.timeout(PATIENCE):
            reading = asyncio.create_task(read_all(where, f"{epoch(connection)}:0", 3))
            append(connection, 1, 2, 3)
            assert await reading == [1, 2, 3]
        await until(lambda: len(children(supervisor) - before) == 2)


async def test_workers_end_with_their_supervisor(
    dsn: str, connection: psycopg.Connection
) -> None:
    with workers(dsn, 2) as (supervisor, _):
        supervisor.kill()
        await until(lambda: not listeners(connection))


def test_worker_that_cannot_start_is_told(dsn: str) -> None:
    environ = {**API_KEY, "PGSTRIKE_DSN": dsn, "PGSTRIKE_POOL_SIZE": "none"}
    with start("--workers", "2", **environ) as supervisor:
        out, err = supervisor.communicate(timeout=PATIENCE)
    assert (supervisor.returncode, out) == (1, "")
    assert "PGSTRIKE_POOL_SIZE" in err


@pytest.mark.parametrize(
    ("arguments", "most"),
    [([], "1"), (["--workers", "2"], "2"), (["--workers", "9"], "9")],
)
def test_too_many_listeners_are_refused(
    dsn: str, arguments: list[str], most: str
) -> None:
    environ = {**API_KEY, "PGSTRIKE_DSN": dsn, "PGSTRIKE_MAX_LISTENERS": most}
    with workers(dsn, 1), start(*arguments, **environ) as refused:
        _, err = refused.communicate(timeout=PATIENCE)
    assert refused.returncode == 1
    [line] = err.splitlines()
    assert f"PGSTRIKE_MAX_LISTENERS={most}" in line and "stop some" in line


def test_port_of_other_workers_is_refused(dsn: str) -> None:
    with workers(dsn, 1) as (_, where):
        port = where.rpartition(":")[2]
        environ = {**API_KEY, "PGSTRIKE_DSN": dsn, "PGSTRIKE_API_PORT": port}
        with start("--workers", "1", **environ) as refused:
            _, err = refused.communicate(timeout=PATIENCE)
    assert refused.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in err
