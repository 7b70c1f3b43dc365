"""What the application opens at its start, and closes at its end, part by part."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from aiohttp import web

from pgstrike.api.access.cookie import Cookies
from pgstrike.api.access.keys import Keys, owners_key
from pgstrike.api.access.sessions import Sessions
from pgstrike.api.cache.answers import Answers
from pgstrike.api.cache.changes import Changes
from pgstrike.api.chains.loader import Columns, MarketLoader
from pgstrike.api.events.answered import Answered
from pgstrike.api.events.event import Position
from pgstrike.api.events.hub import OWN_RING, RING, Hub
from pgstrike.api.events.listener import ANSWERED as ANSWERED_LINES
from pgstrike.api.events.listener import DATA, RIGHTS, Listener
from pgstrike.api.events.log import EventLog, PrunedError
from pgstrike.api.http.app_keys import (
    ANSWERED,
    ANSWERS,
    DOOR,
    DSN,
    HOME,
    HUB,
    KEYS,
    LAG,
    LISTENER,
    LOG,
    MERGED,
    POOL,
    PRIMARY,
    SETTINGS,
    STREAMS,
)
from pgstrike.api.http.catalogue import CATALOGUE, open_catalogue
from pgstrike.api.http.lag import PrimaryLag
from pgstrike.api.http.logs import keep_telling
from pgstrike.api.server.memory import give_back
from pgstrike.api.sources import Asked, open_source
from pgstrike.api.streams.fanout import Fanout
from pgstrike.api.streams.registry import StreamRegistry
from pgstrike.api.workers.open_files import room_for
from pgstrike.db.background import running
from pgstrike.db.pool import Databases, ask, open_pool, open_primary
from pgstrike.db.session import EVERYTHING, OF_THE_API


class Installed(NamedTuple):
    """What cookies are signed with."""

    cookie_secret: str

    def __repr__(self) -> str:
        return "<the secret of cookies>"


async def open_database(app: web.Application) -> AsyncIterator[None]:
    settings = app[SETTINGS]
    form: dict[str, Any] = {
        "size": settings.database.pool_size,
        "application_name": "pgstrike api",
        "settings": OF_THE_API,
    }
    async with contextlib.AsyncExitStack() as stack:
        pool = app[POOL] = app[PRIMARY] = await stack.enter_async_context(
            open_pool(app[DSN], **form)
        )
        if settings.primary_dsn is not None:
            app[PRIMARY] = await stack.enter_async_context(
                open_primary(settings.primary_dsn, **form)
            )
        app[LOG] = EventLog(pool)
        open_catalogue(app)
        yield
        await app[CATALOGUE].close()


async def open_hub(app: web.Application) -> AsyncIterator[None]:
    settings, log = app[SETTINGS], app[LOG]
    hub = app[HUB] = Hub(ring=RING if app[DOOR] is None else OWN_RING)
    await remember(hub, log)
    changes = Changes()
    app[ANSWERS] = Answers(changes, most_bytes=settings.cache_bytes)
    hub.takers[changes] = None
    app[ANSWERED] = Answered()
    asked = Asked(settings, app[DSN], app[POOL], lambda: hub.position, app[DOOR])
    async with open_source(asked) as opened:
        source, log.recent = opened.source, opened.recent
        app[LISTENER] = Listener(
            source,
            log,
            hub,
            own_log=EventLog(source),
            poll_seconds=settings.poll_seconds,
            look=opened.look,
            may_lag=opened.may_lag,
            overtakes=opened.overtakes,
        )
        app[LISTENER].on_change[DATA].append(changes.forget)
        app[LISTENER].on_change[ANSWERED_LINES].append(app[ANSWERED].tell)
        async with running(app[LISTENER].run(), "listener"):
            await opened.proved()
            yield


async def remember(hub: Hub, log: EventLog) -> None:
    """Start the hub with the newest events, so that readers resume from memory."""
    head = await log.head()
    first = max(head.oldest - 1, head.newest - hub.ring_bounds.events)
    hub.start(Position(head.epoch, first), "other_epoch")
    try:
        async for page in log.pages(first, head.position):
            for event in page:
                hub.feed(event)
    except PrunedError:
        hub.start(head.position, "other_epoch")


async def open_keys(app: web.Application) -> AsyncIterator[None]:
    settings = app[SETTINGS]
    own = None if settings.key is None else owners_key(settings.key)
    [installed] = await ask(app[POOL], "cookie_secret", {}, Installed, reader=None)
    databases = Databases(app[PRIMARY], app[POOL])
    if HOME in app:
        sessions = app[HOME][KEYS].sessions
    else:
        sessions = Sessions(databases, Cookies(installed.cookie_secret))
    keys = app[KEYS] = Keys(
        databases,
        own,
        sessions,
        key_streams=settings.key_streams,
        hear=app[LISTENER].hear,
    )
    app[LISTENER].on_change[RIGHTS].append(keys.outdate)
    await keys.look()
    await sessions.look()

    def end_streams() -> None:
        for streams in (app[STREAMS], *([app[MERGED]] if MERGED in app else [])):
            streams.end(keys.in_force)

    async with running(keys.watch(end_streams), "keys"):
        yield


async def open_log(app: web.Application) -> AsyncIterator[None]:
    async with running(keep_telling(app[PRIMARY]), "log"):
        yield


async def open_lag(app: web.Application) -> AsyncIterator[None]:
    """Watch how far a copy is behind its primary."""
    if not app[LISTENER].may_lag or app[PRIMARY] is app[POOL]:
        yield
        return
    most = app[SETTINGS].lag_seconds
    lag = app[LAG] = PrimaryLag(EventLog(app[PRIMARY]), app[HUB], most)
    async with running(lag.watch(), "lag"):
        yield


async def open_streams(app: web.Application) -> AsyncIterator[None]:
    settings, hub, pool = app[SETTINGS], app[HUB], app[POOL]
    [columns] = await ask(pool, "panel_columns", {}, Columns, reader=EVERYTHING)
    reader = MarketLoader(hub, pool, columns)
    hub.takers[reader] = None
    fanout = Fanout(settings.heartbeat_seconds)
    streams = app[STREAMS] = StreamRegistry(
        hub,
        reader,
        fanout,
        queue_events=settings.queue_events,
        most=settings.streams or room_for(settings.database.pool_size).streams,
        key_subscriptions=settings.key_subscriptions,
    )
    async with (
        running(fanout.run(), "fanout"),
        running(give_back(lambda: streams.gone), "memory"),
    ):
        yield
    await reader.close()
