"""`pgstrike serve --workers N`: kept alive, replaced one after the other, stopped together."""

import asyncio
import os
import signal
from pathlib import Path

import aiohttp
import psycopg
import pytest

from tests.support.api_process import API_KEY, start
from tests.support.client_reading import read_all
from tests.support.live_market import append, epoch
from tests.support.pgbouncer import PGBOUNCER, pgbouncer
from tests.support.supervised import (
    PATIENCE,
    Writer,
    children,
    listeners,
    listening,
    serving,
    until,
    workers,
)

pytestmark = pytest.mark.one_engine


@pytest.mark.parametrize("count", [1, 2, 8])
def test_one_listens_for_all_workers_and_all_end_with_a_signal(
    dsn: str, connection: psycopg.Connection, count: int
) -> None:
    with workers(dsn, count) as (supervisor, _):
        assert len(serving(supervisor)) == count
        assert len(listeners(connection)) == 1
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
        before = {*children(supervisor)}
        writer.start()
        async with asyncio.timeout(2 * PATIENCE):
            reading = asyncio.gather(*(read_all(where, start, last) for _ in range(6)))
            supervisor.send_signal(signal.SIGHUP)
            while {*children(supervisor)} & before:
                async with aiohttp.ClientSession(where) as other:
                    assert (await other.get("/health")).status == 200
                await asyncio.sleep(0.05)
            found = await reading
        writer.stopping.set()
        writer.join()
        assert len(children(supervisor)) == 3
    assert found == [[*range(1, last + 1)]] * 6


async def test_worker_that_dies_is_started_anew(
    dsn: str, connection: psycopg.Connection
) -> None:
    with workers(dsn, 2) as (supervisor, where):
        before = {*children(supervisor)}
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        # What comes meanwhile waits in the sockets, which are not closed.
        async with asyncio.timeout(PATIENCE):
            reading = asyncio.create_task(read_all(where, f"{epoch(connection)}:0", 3))
            append(connection, 1, 2, 3)
            assert await reading == [1, 2, 3]
        await until(lambda: len({*children(supervisor)} - before) == 3)


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
async def test_readers_lose_nothing_without_the_one_that_listens(
    dsn: str, connection: psycopg.Connection, number: signal.Signals
) -> None:
    start, last = f"{epoch(connection)}:0", 200
    writer = Writer(dsn)
    with workers(dsn, 2) as (supervisor, where):
        writer.start()
        reading = asyncio.gather(*(read_all(where, start, last) for _ in range(4)))
        async with asyncio.timeout(2 * PATIENCE):
            await until(lambda: writer.count > last // 4)
            [before] = listening(supervisor)
            os.kill(before, number)
            found = await reading
            await until(lambda: len(listening(supervisor) - {before}) == 1)
        writer.stopping.set()
        writer.join()
        await until(lambda: len(listeners(connection)) == 1)
    assert found == [[*range(1, last + 1)]] * 4


@pytest.mark.skipif(PGBOUNCER is None, reason="there is no pgbouncer on this machine")
async def test_pooler_in_transaction_mode_is_refused(dsn: str) -> None:
    async with pgbouncer(dsn, pool_mode="transaction", ignored="options") as through:
        environ = {**API_KEY, "PGSTRIKE_DSN": through}
        with start("--workers", "2", **environ) as supervisor:
            _, err = await asyncio.to_thread(supervisor.communicate, timeout=PATIENCE)
    assert supervisor.returncode == 1
    assert "leads to a pooler in transaction mode" in err


@pytest.mark.long
def test_stopped_process_does_not_outlast_a_signal(dsn: str) -> None:
    with workers(dsn, 1) as (supervisor, _):
        [pid] = listening(supervisor)
        os.kill(pid, signal.SIGSTOP)
        supervisor.terminate()
        supervisor.communicate(timeout=PATIENCE)
        assert supervisor.returncode == 0
        assert not Path(f"/proc/{pid}").exists()


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


@pytest.mark.parametrize("arguments", [[], ["--workers", "1"], ["--workers", "9"]])
def test_too_many_listeners_are_refused(dsn: str, arguments: list[str]) -> None:
    environ = {**API_KEY, "PGSTRIKE_DSN": dsn, "PGSTRIKE_MAX_LISTENERS": "1"}
    with workers(dsn, 1), start(*arguments, **environ) as refused:
        _, err = refused.communicate(timeout=PATIENCE)
    assert refused.returncode == 1
    [line] = err.splitlines()
    assert "PGSTRIKE_MAX_LISTENERS" in line and "stop some" in line


def test_workers_of_a_host_count_as_one_listener(dsn: str) -> None:
    with workers(dsn, 8), workers(dsn, 2, PGSTRIKE_MAX_LISTENERS="2") as (other, _):
        assert len(serving(other)) == 2


def test_port_of_other_workers_is_refused(dsn: str) -> None:
    with workers(dsn, 1) as (_, where):
        port = where.rpartition(":")[2]
        environ = {**API_KEY, "PGSTRIKE_DSN": dsn, "PGSTRIKE_API_PORT": port}
        with start("--workers", "1", **environ) as refused:
            _, err = refused.communicate(timeout=PATIENCE)
    assert refused.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in err
