"""A session that listens and does not read holds the server's NOTIFY queue for everybody."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from time import sleep

import aiohttp
import psycopg
import pytest

from pgstrike.api.http_server import serving
from pgstrike.db.connection import connect
from pgstrike.db.errors import DatabaseError, database_errors
from pgstrike.db.install.render import Engine
from pgstrike.jobs.watch import notify_queue as notify_watch
from pgstrike.jobs.watch.notify_queue import QueueError, QueueRoom, usage, watch_queue
from tests.api.conftest import KEY, Client, settings
from tests.support.api_process import API_KEY, address, start
from tests.support.client_reading import read_all
from tests.support.engines import WANTED, clone, make_server, make_template, running
from tests.support.listeners import append_big, deaf, dozing, fill, is_open
from tests.support.live_market import append, epoch, open_store, quote

PAGES = "64"  # of 8 kB: the least there is
PATIENCE = 60

Measured = Callable[[str], None]


@pytest.fixture(scope="module", params=["postgres", "timescaledb"])
def narrow(request: pytest.FixtureRequest) -> Iterator[tuple[object, str]]:
    """A server whose queue is soon full, and its database."""
    engine: Engine = request.param
    server = make_server(engine)
    if server is None:
        pytest.skip(f"engine {engine} is not here: {WANTED}")
    few = {**server.settings, "max_notify_queue_pages": PAGES}
    with running(server._replace(settings=few)) as started:
        yield started, make_template(started)


@pytest.fixture
def dsn(narrow: tuple, request: pytest.FixtureRequest) -> Iterator[str]:
    server, template = narrow
    name = f"queue_{abs(hash(request.node.name)) % 10**8}"
    with clone(server, template, name) as own:
        yield own


@pytest.fixture
def writer(dsn: str) -> Iterator[psycopg.Connection]:
    with connect(dsn, "ingest") as connection:
        yield connection


def test_ingest_frees_the_queue_that_a_frozen_listener_holds(
    dsn: str, writer: psycopg.Connection, measured: Measured
) -> None:
    store, room = open_store(writer), QueueRoom(writer)
    with deaf(dsn) as frozen:
        filled = fill(writer)
        assert usage(writer) >= 0.9
        for minute in range(20):
            room.make(lambda minute=minute: quote(store, minute))
        assert not is_open(writer, frozen.info.backend_pid)
    stored = writer.execute("SELECT count(*) FROM fo.option_quote").fetchone()
    assert stored is not None and stored[0] == 20 * 10
    assert usage(writer) < 0.1
    measured(f"notify queue: full after {filled} events, freed by ingest, 0 of 20 lost")


def test_watchdog_ends_a_stuck_listener_before_it_hurts(
    dsn: str, writer: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify_watch, "QUIET", notify_watch.QUIET_WHEN_FULL)
    with deaf(dsn) as frozen:
        fill(writer, upto=0.3)
        while is_open(writer, frozen.info.backend_pid):
            with contextlib.suppress(QueueError):  # it is not quiet for long enough yet
                watch_queue(writer)
        assert usage(writer) < 0.1
    watch_queue(writer)


def test_listener_that_reads_is_left_alone(
    dsn: str, writer: psycopg.Connection
) -> None:
    """However quiet it is: it does not hold the queue."""
    with deaf(dsn) as healthy, dozing(dsn):
        fill(writer)
        for _ in healthy.notifies(timeout=0.2):
            pass  # it takes what was sent
        notify_watch.end_stuck_listeners(writer, notify_watch.QUIET_WHEN_FULL)
        assert is_open(writer, healthy.info.backend_pid)


def test_foreign_listener_is_named_and_left_alone(
    dsn: str, writer: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify_watch, "FULL_SECONDS", 2.0)
    room = QueueRoom(writer)
    with dozing(dsn) as psql:
        pid = psql.info.backend_pid
        fill(writer)
        with pytest.raises(QueueError) as refused:
            room.make(lambda: append_big(writer))
        assert f"pid {pid} (postgres, idle in transaction)" in str(refused.value)
        assert "pg_terminate_backend" in str(refused.value)
        with (
            pytest.raises(DatabaseError, match="NOTIFY queue is full") as said,
            database_errors("here"),
        ):
            append_big(writer)
        assert said.value.code == "notify_queue_full"
        assert is_open(writer, pid)
    room.make(lambda: append_big(writer))


def test_owner_without_rights_is_told_what_to_grant(
    dsn: str, writer: psycopg.Connection
) -> None:
    for statement in (
        "CREATE ROLE plain_owner LOGIN",
        "GRANT USAGE ON SCHEMA ops TO plain_owner",
        "GRANT SELECT ON ops.queue_holder TO plain_owner",
    ):
        writer.execute(statement.encode())
    with deaf(dsn) as frozen, connect(f"{dsn} user=plain_owner", "test") as plain:
        pid = frozen.info.backend_pid
        fill(writer, upto=0.3)
        with pytest.raises(QueueError) as refused:
            watch_queue(plain)
        assert f"pid {pid} (postgres, not to be seen)" in str(refused.value)
        assert "GRANT pg_read_all_stats, pg_signal_backend" in str(refused.value)
        assert is_open(writer, pid)
    writer.execute("DROP OWNED BY plain_owner; DROP ROLE plain_owner")


def test_writer_is_warned_with_the_process_that_holds_the_queue(
    dsn: str, writer: psycopg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    room = QueueRoom(writer)
    with dozing(dsn) as psql:
        fill(writer, upto=0.6)
        while f"PID {psql.info.backend_pid} " not in caplog.text:
            # Postgres warns every 5 s at most, and may have warned another test.
            room.make(lambda: writer.execute("SELECT pg_notify('anything', '')"))
            sleep(0.05)


@contextlib.asynccontextmanager
async def serve(dsn: str, **changes: object) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {KEY}"}
    async with (
        serving(settings(**changes), dsn) as where,
        aiohttp.ClientSession(where, headers=headers) as session,
    ):
        yield Client(session, where)


async def test_health_names_who_holds_the_queue(
    dsn: str, writer: psycopg.Connection
) -> None:
    async with serve(dsn) as client:
        with dozing(dsn) as psql:
            await asyncio.to_thread(fill, writer, 0.5)
            named, says = f"pid {psql.info.backend_pid} of role postgres", ""
            async with asyncio.timeout(PATIENCE):
                while named not in says:  # once it has been quiet for some seconds
                    status, body = await client.get("/health")
                    says = body["checks"]["notify_queue"]
                    await asyncio.sleep(0.2)
            assert status == 503 and "pg_terminate_backend" in says
            assert (await client.get("/ready"))[0] == 200  # readers are served
        assert (await client.get("/health"))[1]["checks"]["notify_queue"] == "ok"


async def test_healthy_listener_outlives_a_full_queue(
    dsn: str, writer: psycopg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    """Its own notifications are refused, and it goes on listening."""
    async with serve(dsn, probe_seconds=0.2) as client:
        with dozing(dsn):
            await asyncio.to_thread(fill, writer)
            async with asyncio.timeout(PATIENCE):
                while "probe_refused" not in caplog.text:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        async with asyncio.timeout(PATIENCE):
            while (await client.get("/health"))[0] != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    assert "listen_lost" not in caplog.text


async def test_api_empties_a_full_queue_that_nobody_holds_any_more(
    dsn: str, writer: psycopg.Connection
) -> None:
    """Postgres itself refuses every notification until somebody asks how full it is."""
    with dozing(dsn):
        fill(writer)
    with pytest.raises(psycopg.errors.ProgramLimitExceeded):
        append_big(writer)
    async with serve(dsn, probe_seconds=0.2) as client:
        assert (await client.get("/health"))[0] == 200
    append_big(writer)


async def test_frozen_api_is_ended_and_catches_up_without_a_hole(
    dsn: str, writer: psycopg.Connection, measured: Measured
) -> None:
    room, first = QueueRoom(writer), f"{epoch(writer)}:0"
    with start(PGSTRIKE_DSN=dsn, PGSTRIKE_PROBE_SECONDS="0.5", **API_KEY) as api:
        where = address(api)
        headers = {"Authorization": f"Bearer {API_KEY['PGSTRIKE_API_KEY']}"}
        async with aiohttp.ClientSession(where, headers=headers) as session:
            append(writer, 0)
            assert await read_all(where, first, 1) == [1]
            api.send_signal(signal.SIGSTOP)
            try:
                for _ in range(200):
                    await asyncio.to_thread(room.make, lambda: append_big(writer))
            finally:
                api.send_signal(signal.SIGCONT)
            append(writer, 1)
            async with asyncio.timeout(PATIENCE):
                assert await read_all(where, first, 202) == [*range(1, 203)]
                while True:
                    async with session.get("/health") as answer:
                        if answer.status == 200:
                            break
        api.terminate()
        _, log = api.communicate(timeout=PATIENCE)
    assert "listen_lost" in log
    measured(
        "notify queue: an api frozen for 200 events, none refused and none missing"
    )
