"""`pgstrike serve` as a process: what it refuses, and how it stops."""

import asyncio
import json
import signal
import urllib.request

import psycopg
import pytest

from tests.support.api_process import API_KEY, address, start
from tests.support.pgbouncer import PGBOUNCER, pgbouncer

pytestmark = pytest.mark.one_engine

NOWHERE = "host=127.0.0.1 port=1 user=somebody password=secret dbname=nothing"


REFUSALS = [
    (["--insecure"], {"PGSTRIKE_API_HOST": "0.0.0.0"}, "loopback"),
    ([], {**API_KEY, "PGSTRIKE_API_PORT": "http"}, "PGSTRIKE_API_PORT"),
    (
        [],
        {**API_KEY, "PGSTRIKE_DSN": NOWHERE},
        "cannot reach the database nothing on 127.0.0.1:1",
    ),
    (
        [],
        {**API_KEY, "PGSTRIKE_DSN": "nonsense"},
        "PGSTRIKE_DSN is no connection string",
    ),
]


@pytest.mark.parametrize(("arguments", "environ", "says"), REFUSALS)
def test_start_is_refused(
    arguments: list[str], environ: dict[str, str], says: str
) -> None:
    with start(*arguments, **environ) as process:
        out, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert out == ""
    [line] = err.splitlines()
    assert line.startswith("pgstrike: ") and says in line
    assert "secret" not in line


@pytest.mark.parametrize("workers", [[], ["--workers", "2"]])
def test_nobody_with_a_key_is_refused(dsn: str, workers: list[str]) -> None:
    with start(*workers, PGSTRIKE_DSN=dsn) as process:
        _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "nobody has a key" in err and "pgstrike key create" in err


@pytest.mark.skipif(PGBOUNCER is None, reason="there is no pgbouncer on this machine")
async def test_pooler_in_transaction_mode_is_refused(dsn: str) -> None:
    async with pgbouncer(dsn, pool_mode="transaction", ignored="options") as through:
        with start(PGSTRIKE_DSN=through, **API_KEY) as process:
            _, err = await asyncio.to_thread(process.communicate, timeout=60)
    assert process.returncode == 1
    [line] = err.splitlines()
    assert "leads to a pooler in transaction mode" in line


def test_empty_database_is_refused(dsn: str) -> None:
    with start(PGSTRIKE_DSN=f"{dsn} dbname=postgres", **API_KEY) as process:
        _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    [line] = err.splitlines()
    assert "run `pgstrike upgrade`" in line


def test_taken_port_is_refused(dsn: str) -> None:
    with start(PGSTRIKE_DSN=dsn, **API_KEY) as one:
        port = address(one).rsplit(":")[-1]
        with start(PGSTRIKE_DSN=dsn, **{**API_KEY, "PGSTRIKE_API_PORT": port}) as other:
            _, err = other.communicate(timeout=30)
        one.terminate()
    [line] = err.splitlines()
    assert other.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in line and "PGSTRIKE_API_PORT" in line


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_stops_and_drains(
    dsn: str, connection: psycopg.Connection, number: signal.Signals
) -> None:
    with start("--insecure", PGSTRIKE_DSN=dsn, PGSTRIKE_API_PORT="0") as process:
        where = address(process)
        with urllib.request.urlopen(f"{where}/fo/stream", timeout=30) as stream:
            assert stream.readline().startswith(b"retry:")
            connection.execute(
                "SELECT ops.append_events('{ops}', '{null}', '{null}', %s)",
                [['{"topic":"ops"}']],
            )
            while not (line := stream.readline()).startswith(b"data:"):
                pass
            assert json.loads(line.removeprefix(b"data:"))["topic"] == "ops"
            process.send_signal(number)
            # When to come back, and a proper end of the response.
            assert stream.read().startswith(b"\nretry: ")
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert err == ""
    left = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pgstrike api%'"
    while connection.execute(left).fetchone() != (0,):
        pass
