"""Opening the source of events that PGSTRIKE_SOURCE names. A new one is a row of OPENED_BY."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Final, NamedTuple, TypeAlias

from pgstrike.api.events.event import Event, Position
from pgstrike.api.events.poll import PolledLog
from pgstrike.api.events.shared.channel import LISTENS
from pgstrike.api.events.shared.source import SharedSource
from pgstrike.api.events.source import EventSource
from pgstrike.api.relay.source import RedisSource
from pgstrike.api.relay.stream import require_redis
from pgstrike.api.settings import ApiSettings
from pgstrike.db.errors import DatabaseError, SettingError
from pgstrike.db.listen import HELLO, Channel
from pgstrike.db.pool import Pool, ask, notify
from pgstrike.db.session import EVERYTHING

GREETING_SECONDS = 5  # for a notification to arrive


class Asked(NamedTuple):
    """What a source is opened with."""

    settings: ApiSettings
    dsn: str
    pool: Pool  # of the database that is read
    position: Callable[[], Position | None]  # of the hub
    door: socket.socket | None = None  # of a worker whose host has one that listens


class Opened(NamedTuple):
    """A source, and what returns once it is proved that events arrive through it.

    `proved` is awaited when a listener consumes the signals. DatabaseError: they do not arrive.
    `look`, `may_lag` and `overtakes` are for the listener.
    """

    source: EventSource
    proved: Callable[[], Awaitable[None]]
    look: Callable[[], Awaitable[bool]] | None = None
    may_lag: bool = False
    recent: Callable[[Position], Event | None] | None = None  # as EventLog has it
    overtakes: Callable[[Position], bool] = lambda _: False


Open: TypeAlias = Callable[[Asked], AbstractAsyncContextManager[Opened]]


class Told(NamedTuple):
    """Where events are notified."""

    channel: str


@contextlib.asynccontextmanager
async def open_listen(asked: Asked) -> AsyncIterator[Opened]:
    """LISTEN on the database that is read: ours, or that of the host."""
    [told] = await ask(asked.pool, "channel", {}, Told, reader=EVERYTHING)
    probe_seconds = asked.settings.probe_seconds
    if asked.door is not None:
        shared = SharedSource(
            asked.dsn, told.channel, asked.door, probe_seconds=probe_seconds
        )
        yield Opened(shared, lambda: greet(shared, asked.pool), recent=shared.recent)
        return
    channel = Channel(
        asked.dsn,
        told.channel,
        application_name=LISTENS,
        probe_seconds=probe_seconds,
    )
    yield Opened(channel, lambda: greet(channel, asked.pool))


class Standing(NamedTuple):
    """Whether the database is an edge, and whole."""

    is_ready: bool


@contextlib.asynccontextmanager
async def open_edge(asked: Asked) -> AsyncIterator[Opened]:
    """The same on an edge, which notifies what its primary sends."""
    found = await ask(asked.pool, "edge_standing", {}, Standing, reader=EVERYTHING)
    if not found:
        raise SettingError(
            "the database is no edge; run `pgstrike edge add` on it, or serve it with "
            "--source listen"
        )
    if not found[0].is_ready:
        raise DatabaseError(
            "the edge has not copied everything yet; run `pgstrike edge add` again"
        )
    async with open_listen(asked) as opened:
        yield opened._replace(may_lag=True)


async def greet(channel: Channel | SharedSource, pool: Pool) -> None:
    """Return once a notification that another session sent has come."""
    try:
        async with asyncio.timeout(GREETING_SECONDS):
            await channel.heard.wait()
            await notify(pool, channel.probe_channel, HELLO)
            await channel.greeted.wait()
    except TimeoutError:
        raise DatabaseError(
            "notifications do not arrive; point PGSTRIKE_DSN at the server itself, "
            "not at a pooler in transaction mode"
        ) from None


@contextlib.asynccontextmanager
async def open_standby(asked: Asked) -> AsyncIterator[Opened]:
    """Ask the log of a standby, again and again."""
    log = PolledLog(
        asked.dsn,
        application_name="pgstrike api poller",
        probe_seconds=asked.settings.probe_seconds,
    )
    yield Opened(log, partial(first_look, log), look=log.look, may_lag=True)


async def first_look(log: PolledLog) -> None:
    try:
        async with asyncio.timeout(GREETING_SECONDS):
            await log.heard.wait()
    except TimeoutError:
        raise DatabaseError(
            f"the log of {log.name} cannot be read; check the server"
        ) from None


@contextlib.asynccontextmanager
async def open_redis(asked: Asked) -> AsyncIterator[Opened]:
    """The stream that relays write. Without one the api serves, and is not ready."""
    settings = asked.settings.redis
    assert settings is not None
    source = RedisSource(
        settings,
        asked.pool,
        asked.position,
        probe_seconds=asked.settings.probe_seconds,
    )
    proved = partial(require_redis, settings)
    yield Opened(source, proved, overtakes=source.overtakes)


# By the names in SOURCES of api/settings.py.
OPENED_BY: Final[Mapping[str, Open]] = {
    "listen": open_listen,
    "standby": open_standby,
    "edge": open_edge,
    "redis": open_redis,
}


def open_source(asked: Asked) -> AbstractAsyncContextManager[Opened]:
    return OPENED_BY[asked.settings.source](asked)
