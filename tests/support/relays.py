"""Relays as processes of their own, and a hub that reads their stream."""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator

import psycopg

from pgstrike.api.events.event import Event, Reset
from pgstrike.api.events.hub import Hub
from pgstrike.api.events.listener import Listener
from pgstrike.api.events.log import EventLog
from pgstrike.api.relay.address import Address, RedisSettings
from pgstrike.api.relay.source import RedisSource
from pgstrike.db.paths import ROOT
from pgstrike.db.pool import open_pool
from pgstrike.db.session import OF_THE_API
from tests.support.redis_server import RedisServer

KEY = "pgstrike:events"
TERMINATE = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name LIKE 'pgstrike%%' AND datname = current_database()
        AND pid <> pg_backend_pid() AND application_name <> 'pgstrike test'
"""
PROBE_SECONDS = 0.5


def redis_settings(url: str, entries: int = 10_000) -> RedisSettings:
    return RedisSettings(Address.parse(url), KEY, entries)


class RelayProcess(subprocess.Popen[str]):
    """`pgstrike relay`."""

    def __init__(self, dsn: str, url: str, **environ: str) -> None:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("PGSTRIKE_")}
        own = {
            "PGSTRIKE_DSN": dsn,
            "PGSTRIKE_REDIS_URL": url,
            "PGSTRIKE_PROBE_SECONDS": str(PROBE_SECONDS),
        }
        super().__init__(
            [sys.executable, "-m", "pgstrike", "relay"],
            cwd=ROOT,
            env={**clean, **own, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def runs(self) -> str:
        """Its first line, which it says once the stream is where the log is."""
        assert self.stdout is not None
        return self.stdout.readline()


@contextlib.contextmanager
def relaying(dsn: str, url: str, **environ: str) -> Iterator[RelayProcess]:
    with RelayProcess(dsn, url, **environ) as process:
        try:
            assert process.runs().startswith("pgstrike relay: ")
            yield process
        finally:
            process.kill()


class Follower:
    """What a hub that reads the stream was given: each event and each reset, in order."""

    def __init__(self, hub: Hub, source: RedisSource, listener: Listener) -> None:
        self.hub = hub
        self.source = source
        self.listener = listener
        self.taken: list[Event] = []
        self.resets: list[str] = []
        self._moved = asyncio.Event()
        hub.takers[self] = None

    @property
    def ids(self) -> list[int]:
        return [event.position.id for event in self.taken]

    def take(self, event: Event) -> None:
        self.taken.append(event)
        self._moved.set()

    def restart(self, reset: Reset) -> None:
        self.resets.append(reset.reason)
        self._moved.set()

    async def reach(self, id: int, seconds: float = 30) -> None:
        """Return once the hub stands at an id, or after it."""
        async with asyncio.timeout(seconds):
            while self.hub.position is None or self.hub.position.id < id:
                self._moved.clear()
                await self._moved.wait()

    async def alive(self, wanted: bool = True, seconds: float = 30) -> None:
        """Return once the source is alive, or is not: nothing tells of it."""
        async with asyncio.timeout(seconds):
            while self.source.alive() != wanted:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def following(
    dsn: str,
    url: str,
    *,
    poll_seconds: float = 3600,
    probe_seconds: float = PROBE_SECONDS,
) -> AsyncIterator[Follower]:
    """A follower, which asks the log by itself only if the test says so."""
    async with open_pool(
        dsn, size=2, application_name="pgstrike api", settings=OF_THE_API
    ) as pool:
        hub, log = Hub(), EventLog(pool)
        source = RedisSource(
            redis_settings(url),
            pool,
            lambda: hub.position,
            probe_seconds=probe_seconds,
        )
        listener = Listener(
            source,
            log,
            hub,
            own_log=EventLog(source),
            poll_seconds=poll_seconds,
            overtakes=source.overtakes,
        )
        follower = Follower(hub, source, listener)
        running = asyncio.create_task(listener.run())
        try:
            await follower.reach(0)
            yield follower
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def entries(server: RedisServer) -> list[tuple[str, dict[str, str]]]:
    with server.client() as client:
        found = client.xrange(KEY)
    return [
        (id.decode(), {name.decode(): text.decode() for name, text in fields.items()})
        for id, fields in found
    ]


def whole(follower: Follower, connection: psycopg.Connection) -> None:
    """What was taken is what Postgres has: none lost, none twice, none out of order."""
    rows = connection.execute(
        "SELECT id, payload::text FROM fo.event WHERE id >= %s ORDER BY id",
        [follower.ids[0]],
    ).fetchall()
    taken = [(event.position.id, event.payload.decode()) for event in follower.taken]
    assert taken == rows
