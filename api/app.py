"""The application: it opens the pool, listener and streams, serves, and closes them."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from aiohttp import web

from pgstrike.api.access.cookie import Cookies
from pgstrike.api.access.keys import Keys, owners_key
from pgstrike.api.access.rate_limit import RateLimits
from pgstrike.api.access.sessions import Sessions
from pgstrike.api.cache.answers import Answers
from pgstrike.api.cache.changes import Changes
from pgstrike.api.chains.loader import Columns, MarketLoader
from pgstrike.api.errors import json_errors
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
    DOORS,
    DSN,
    HOME,
    HUB,
    KEYS,
    LAG,
    LISTENER,
    LOG,
    MERGED,
    NO_DOORS,
    POOL,
    PRIMARY,
    RATES,
    SETTINGS,
    STREAMS,
    WRONG_KEYS,
    DoorsByServer,
)
from pgstrike.api.http.auth import (
    limit_rate,
    renew_cookie,
    require_key,
    wrong_key_rates,
)
from pgstrike.api.http.catalogue import CATALOGUE, open_catalogue
from pgstrike.api.http.cors import allow_origin, answer_preflight
from pgstrike.api.http.encoding import compress
from pgstrike.api.http.forms import give_form
from pgstrike.api.http.health import open_health
from pgstrike.api.http.hosts import loopback_hosts
from pgstrike.api.http.lag import PrimaryLag
from pgstrike.api.http.logs import keep_telling
from pgstrike.api.http.openapi import DESCRIBED
from pgstrike.api.http.performance import PHASES, phase
from pgstrike.api.http.request_counts import COUNTS, RequestCounts, count_answer
from pgstrike.api.http.request_id import add_request_id
from pgstrike.api.http.route import TABLE, Table, read_parameters
from pgstrike.api.http.routes import ROUTES
from pgstrike.api.http.shards.opening import opens_shards
from pgstrike.api.http.shards.place import place
from pgstrike.api.http.udf import say_in_udf
from pgstrike.api.security_headers import add_security_headers
from pgstrike.api.server.memory import give_back
from pgstrike.api.server.middlewares import occupy, recognize, remember_answer
from pgstrike.api.settings import ApiSettings
from pgstrike.api.sources import Asked, open_source
from pgstrike.api.streams.fanout import Fanout
from pgstrike.api.streams.registry import StreamRegistry
from pgstrike.api.workers.open_files import room_for
from pgstrike.db.background import running
from pgstrike.db.pool import Databases, ask, open_pool, open_primary
from pgstrike.db.session import EVERYTHING, STATEMENT_TIMEOUT
from pgstrike.db.shards import HOME as HOME_SERVER

SESSION = {
    # What a reader is shown goes by its rights, and the api itself has none but to ask.
    "role": "pgstrike_server",
    "default_transaction_read_only": "on",
    "statement_timeout": STATEMENT_TIMEOUT,
    # A plan made for the arguments costs 0.4 ms, and is never one for all arguments.
    "plan_cache_mode": "force_custom_plan",
}


class Installed(NamedTuple):
    """What cookies are signed with."""

    cookie_secret: str

    def __repr__(self) -> str:
        return "<the secret of cookies>"


def make_app(
    settings: ApiSettings,
    dsn: str,
    doors: DoorsByServer = NO_DOORS,
    home: web.Application | None = None,
    name: str = HOME_SERVER,
) -> web.Application:
    """The application; with `home`, that of a shard, which only `home` passes requests to."""
    app = web.Application(
        middlewares=[
            occupy,
            compress,
            say_in_udf,
            json_errors,
            loopback_hosts,
            answer_preflight,
            require_key,
            recognize,
            limit_rate,
            place,
            read_parameters,
            give_form,
        ]
    )
    app[SETTINGS] = settings
    app[DSN] = dsn
    app[DOORS], app[DOOR] = doors, doors.get(name)
    if home is None:
        have_readers(app)
    else:
        share(home, app)
    app[PHASES] = {}
    app[DESCRIBED] = []
    app.cleanup_ctx.extend(
        [
            phase("database", open_database),
            phase("hub", open_hub),
            phase("streams", open_streams),
            phase("keys", open_keys),
            phase("health", open_health),
            phase("lag", open_lag),
            phase("log", open_log),
            *([phase("shards", opens_shards(make_app))] if settings.shards else []),
        ]
    )
    app.on_response_prepare.extend(
        [
            renew_cookie,
            add_security_headers,
            allow_origin,
            add_request_id,
            count_answer,
            remember_answer,  # the last: it keeps the headers
        ]
    )
    app.on_shutdown.append(drain)
    return app


def have_readers(app: web.Application) -> None:
    """What there is once, however many servers symbols live on."""
    settings = app[SETTINGS]
    app[WRONG_KEYS] = wrong_key_rates()
    if settings.requests_per_second:
        app[RATES] = RateLimits(settings.requests_per_second)
    Table(ROUTES).add_to(app)
    app[COUNTS] = RequestCounts()


def share(home: web.Application, app: web.Application) -> None:
    """Have it from home in the application of a shard."""
    app[HOME] = home
    app[WRONG_KEYS], app[TABLE], app[COUNTS] = (
        home[WRONG_KEYS],
        home[TABLE],
        home[COUNTS],
    )
    if RATES in home:
        app[RATES] = home[RATES]


async def open_database(app: web.Application) -> AsyncIterator[None]:
    settings = app[SETTINGS]
    form: dict[str, Any] = {
        "size": settings.database.pool_size,
        "application_name": "pgstrike api",
        "settings": SESSION,
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


async def drain(app: web.Application) -> None:
    """Let streams end, once their readers have what waits for them."""
    for streams in (STREAMS, MERGED):
        if streams in app:  # not where the start failed
            app[streams].drain()
