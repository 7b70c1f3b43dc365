"""A listener that hears nothing any more: noticed in time, and made good."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from time import monotonic

import aiohttp
import psycopg
import pytest

from pgstrike.api.http_server import serving
from pgstrike.db.embedded.server import Server
from pgstrike.db.errors import DatabaseError
from pgstrike.db.listen import Channel
from tests.api.conftest import Serve, settings
from tests.conftest import ENGINES
from tests.support.engines import WANTED, make_server, make_template, running
from tests.support.live_market import append
from tests.support.logged import warned
from tests.support.network import network
from tests.support.pgbouncer import PGBOUNCER, pgbouncer
from tests.support.sse_reader import Stream

NOTICED_SECONDS = 10
SILENT_EVENT = """
    WITH counted AS (UPDATE job.event_counter SET last_id = last_id + 1 RETURNING last_id)
    INSERT INTO fo.event (id, epoch, topic, payload)
    SELECT last_id, ops.epoch(), 'ops', json_build_object('n', %s::integer) FROM counted
"""


@contextlib.asynccontextmanager
async def listening(channel: Channel) -> AsyncIterator["asyncio.Queue[str | None]"]:
    """What the channel signals."""
    found: asyncio.Queue[str | None] = asyncio.Queue()

    async def listen() -> None:
        async with contextlib.aclosing(channel.signals()) as signals:
            async for signal in signals:
                found.put_nowait(signal)

    task = asyncio.create_task(listen())
    try:
        yield found
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_silent_network_is_noticed(
    dsn: str, connection: psycopg.Connection
) -> None:
    """With the settings as they are, and before the kernel would notice."""
    async with network(dsn) as (between, through):
        channel = Channel(through, "here", application_name="t", probe_seconds=3)
        async with listening(channel) as signals:
            await channel.heard.wait()
            assert signals.get_nowait() is None
            between.passes.clear()
            with warned("pgstrike.db.listen") as noticed:
                async with asyncio.timeout(NOTICED_SECONDS):
                    await noticed.wait()
            assert not channel.connected
            between.passes.set()
            async with asyncio.timeout(30):
                assert await signals.get() is None
                connection.execute("SELECT pg_notify('here', 'again')")
                assert await signals.get() == "again"


async def test_event_that_was_not_notified_is_read(
    serve: Serve, connection: psycopg.Connection
) -> None:
    async with serve(poll_seconds=0.05) as client, client.stream() as stream:
        await stream.opened()
        for number in range(3):
            connection.execute(SILENT_EVENT, [number])
            event = await asyncio.wait_for(stream.next(), 10)
            assert json.loads(event.data)["n"] == number


@pytest.fixture(params=ENGINES)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server that only this test uses, and stops."""
    made = make_server(request.param)
    if made is None:
        pytest.skip(f"engine {request.param} is not here: {WANTED}")
    with running(made):
        yield made


async def test_restarted_server_is_caught_up_with(
    server: Server, measured: Callable[[str], None]
) -> None:
    own = server.dsn(make_template(server))
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as admin:
        admin.execute("ALTER DATABASE built ALLOW_CONNECTIONS true")
        admin.execute("CHECKPOINT")  # the test's servers lose commits when they crash
    async with serving(settings(key=None), own) as address, opened(address) as stream:
        await asyncio.to_thread(server.stop, "immediate")
        await asyncio.sleep(3)  # long enough for delays to have grown
        await asyncio.to_thread(server.start)
        back = monotonic()
        with psycopg.connect(own, autocommit=True) as connection:
            connection.execute(SILENT_EVENT, [1])  # while nobody listens, as it were
        async with asyncio.timeout(30):
            assert json.loads((await stream.next()).data)["n"] == 1
        measured(f"caught up {monotonic() - back:.2f} s after a server was back")


@contextlib.asynccontextmanager
async def opened(address: str) -> AsyncIterator[Stream]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{address}/fo/stream") as response,
    ):
        stream = Stream(response)
        await stream.opened()
        yield stream


@pytest.mark.skipif(PGBOUNCER is None, reason="there is no pgbouncer on this machine")
@pytest.mark.parametrize("ignored", ["", "options"])
async def test_pooler_in_transaction_mode_is_refused(dsn: str, ignored: str) -> None:
    async with pgbouncer(dsn, pool_mode="transaction", ignored=ignored) as through:
        with pytest.raises(DatabaseError, match="at the server itself"):
            async with serving(settings(), through):
                pass


@pytest.mark.skipif(PGBOUNCER is None, reason="there is no pgbouncer on this machine")
async def test_pooler_in_session_mode_is_taken(dsn: str) -> None:
    async with (
        pgbouncer(dsn, pool_mode="session", ignored="options") as through,
        serving(settings(key=None), through) as address,
        opened(address) as stream,
    ):
        with psycopg.connect(dsn, autocommit=True) as connection:
            append(connection, 7)
        assert json.loads((await stream.next()).data)["n"] == 7
