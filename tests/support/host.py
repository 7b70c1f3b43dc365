"""The listening process of a host, and members that take what it sends."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable
from typing import Self

import psycopg

from pgstrike.api.events.shared.source import SharedSource
from pgstrike.api.workers.shared import Doors, HostListener, opened_doors
from pgstrike.db.background import running
from pgstrike.db.shards import HOME

PROBE_SECONDS = 0.5
PATIENCE = 30
CHANNEL = "SELECT channel FROM job.installation"
NOTIFY = "SELECT pg_notify((SELECT channel FROM job.installation), %s)"
SESSIONS = (
    "SELECT pid FROM pg_stat_activity"
    " WHERE application_name = 'pgstrike api listener' AND datname = current_database()"
)


def notify(connection: psycopg.Connection, *payloads: object) -> None:
    """All of them by one commit."""
    with connection.transaction():
        for payload in payloads:
            connection.execute(NOTIFY, [str(payload)])


def sessions(connection: psycopg.Connection) -> set[int]:
    """The backends that somebody listens through."""
    return {row[0] for row in connection.execute(SESSIONS)}


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


class Member:
    """Takes what a source signals, unless it is held."""

    def __init__(self, source: SharedSource) -> None:
        self.source = source
        self.taken: list[str | None] = []
        self.goes = asyncio.Event()
        self.goes.set()

    async def run(self) -> None:
        async with contextlib.aclosing(self.source.signals()) as signals:
            async for payload in signals:
                await self.goes.wait()
                self.taken.append(payload)

    async def has(self, payload: object) -> Self:
        await until(lambda: str(payload) in self.taken)
        return self

    async def joined(self, times: int) -> Self:
        await until(lambda: self.taken.count(None) >= times)
        return self


class Host:
    """A supervised listening process."""

    def __init__(self, dsn: str, doors: Doors, listener: HostListener) -> None:
        self.dsn = dsn
        self.doors = doors
        self.listener = listener

    @property
    def pid(self) -> int:
        [process] = self.listener.processes
        return process.pid

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def source(self, dsn: str) -> SharedSource:
        """That of a process which reads a database."""
        with psycopg.connect(dsn) as connection:
            [(channel,)] = connection.execute(CHANNEL).fetchall()
        return SharedSource(dsn, channel, self.doors.outer, probe_seconds=PROBE_SECONDS)

    @contextlib.asynccontextmanager
    async def member(self) -> AsyncIterator[Member]:
        member = Member(self.source(self.dsn))
        async with running(member.run(), "member"):
            await member.joined(1)
            yield member


@contextlib.asynccontextmanager
async def host(dsn: str) -> AsyncIterator[Host]:
    environ = {**os.environ, "PGSTRIKE_DSN": dsn, "PGSTRIKE_PROBE_SECONDS": "0.5"}
    with opened_doors() as doors:
        listener = HostListener({HOME: doors.inner}, environ)
        await listener.start()
        try:
            async with running(listener.keep(), "keep"):
                yield Host(dsn, doors, listener)
        finally:
            for process in listener.processes:
                process.kill()
            await listener.ended()
