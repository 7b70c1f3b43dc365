"""The application: it opens the pool, listener and streams, serves, and closes them."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from typing import NamedTuple

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
from pgstrike.api.events.hub import RING, Hub
from pgstrike.api.events.listener import ANSWERED as ANSWERED_LINES
from pgstrike.api.events.listener import DATA, RIGHTS, Listener
from pgstrike.api.events.log import EventLog, PrunedError
from pgstrike.api.http.app_keys import (
    ANSWERED,
    ANSWERS,
    DSN,
    HUB,
    KEYS,
    LISTENER,
    LOG,
    POOL,
    RATES,
    SETTINGS,
    STREAMS,
    WRONG_KEYS,
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
from pgstrike.api.http.logs import keep_telling
from pgstrike.api.http.openapi import DESCRIBED
from pgstrike.api.http.performance import PHASES, phase
from pgstrike.api.http.prometheus import serve_metrics
from pgstrike.api.http.request_counts import COUNTS, RequestCounts, count_answer
from pgstrike.api.http.request_id import add_request_id
from pgstrike.api.http.route import Table, read_parameters
from pgstrike.api.http.routes import ROUTES
from pgstrike.api.http.udf import say_in_udf
from pgstrike.api.security_headers import add_security_headers
from pgstrike.api.server.acceptor import Acceptor, bound
from pgstrike.api.server.connection_limits import Connections, Limits
from pgstrike.api.server.http_connection import HttpConnection, occupy, recognize
from pgstrike.api.server.memory import give_back
from pgstrike.api.server.quick import QuickAnswers
from pgstrike.api.settings import ApiSettings
from pgstrike.api.streams.fanout import Fanout
from pgstrike.api.streams.registry import StreamRegistry
from pgstrike.api.workers.open_files import Room, raise_open_files, room
from pgstrike.api.workers.ports import BACKLOG, cannot_listen
from pgstrike.db.errors import DatabaseError
from pgstrike.db.listen import HELLO, Channel
from pgstrike.db.pool import Pool, ask, notify, open_pool
from pgstrike.db.session import EVERYTHING, STATEMENT_TIMEOUT

GREETING_SECONDS = 5  # for a notification to arrive
SHUTDOWN_SECONDS = 5.0  # for streams to be drained
SESSION = {
    # What a reader is shown goes by its rights, and the api itself has none but to ask.
    "role": "pgstrike_server",
    "default_transaction_read_only": "on",
    "statement_timeout": STATEMENT_TIMEOUT,
    # A plan made for the arguments costs 0.4 ms, and is never one for all arguments.
    "plan_cache_mode": "force_custom_plan",
}


class Told(NamedTuple):
    """Where events are notified."""

    channel: str


class Installed(NamedTuple):
    """What cookies are signed with."""

    cookie_secret: str

    def __repr__(self) -> str:
        return "<the secret of cookies>"


def make_app(settings: ApiSettings, dsn: str) -> web.Application:
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
            read_parameters,
            give_form,
        ]
    )
    app[SETTINGS] = settings
    app[DSN] = dsn
    app[WRONG_KEYS] = wrong_key_rates()
    if settings.requests_per_second:
        app[RATES] = RateLimits(settings.requests_per_second)
    Table(ROUTES).add_to(app)
    app[COUNTS] = RequestCounts()
    app[PHASES] = {}
    app[DESCRIBED] = []
    app.cleanup_ctx.extend(
        [
            phase("database", open_database),
            phase("hub", open_hub),
            phase("streams", open_streams),
            phase("keys", open_keys),
            phase("health", open_health),
            phase("log", open_log),
        ]
    )
    app.on_response_prepare.extend(
        [
            renew_cookie,
            add_security_headers,
            allow_origin,
            add_request_id,
            count_answer,
        ]
    )
    app.on_shutdown.append(drain)
    return app


async def open_database(app: web.Application) -> AsyncIterator[None]:
    size = app[SETTINGS].database.pool_size
    async with open_pool(
        app[DSN], size=size, application_name="pgstrike api", settings=SESSION
    ) as pool:
        app[POOL] = pool
        app[LOG] = EventLog(pool)
        open_catalogue(app)
        yield
        await app[CATALOGUE].close()


async def open_hub(app: web.Application) -> AsyncIterator[None]:
    settings, log = app[SETTINGS], app[LOG]
    hub = app[HUB] = Hub()
    await remember(hub, log)
    changes = Changes()
    app[ANSWERS] = Answers(changes, most_bytes=settings.cache_bytes)
    hub.takers[changes] = None
    [told] = await ask(app[POOL], "channel", {}, Told, reader=EVERYTHING)
    channel = Channel(
        app[DSN],
        told.channel,
        application_name="pgstrike api listener",
        probe_seconds=settings.probe_seconds,
    )
    app[LISTENER] = Listener(
        channel,
        log,
        hub,
        own_log=EventLog(channel),
        poll_seconds=settings.poll_seconds,
    )
    app[LISTENER].on_change[DATA].append(changes.forget)
    app[ANSWERED] = Answered()
    app[LISTENER].on_change[ANSWERED_LINES].append(app[ANSWERED].tell)
    async with running(app[LISTENER].run(), "listener"):
        await greet(channel, app[POOL])
        yield


async def open_keys(app: web.Application) -> AsyncIterator[None]:
    settings = app[SETTINGS]
    own = None if settings.key is None else owners_key(settings.key)
    [installed] = await ask(app[POOL], "cookie_secret", {}, Installed, reader=None)
    sessions = Sessions(app[POOL], Cookies(installed.cookie_secret))
    keys = app[KEYS] = Keys(app[POOL], own, sessions, key_streams=settings.key_streams)
    app[LISTENER].on_change[RIGHTS].append(keys.outdate)
    await keys.look()
    await sessions.look()
    streams = app[STREAMS]
    async with running(keys.watch(lambda: streams.end(keys.in_force)), "keys"):
        yield


async def remember(hub: Hub, log: EventLog) -> None:
    """Start the hub with the newest events, so that readers resume from memory."""
    head = await log.head()
    first = max(head.oldest - 1, head.newest - RING.events)
    hub.start(Position(head.epoch, first), "other_epoch")
    try:
        async for page in log.pages(first, head.position):
            for event in page:
                hub.feed(event)
    except PrunedError:
        hub.start(head.position, "other_epoch")


async def open_log(app: web.Application) -> AsyncIterator[None]:
    async with running(keep_telling(app[POOL]), "log"):
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
        most=settings.streams or room_for(settings).streams,
        key_subscriptions=settings.key_subscriptions,
    )
    async with (
        running(fanout.run(), "fanout"),
        running(give_back(lambda: streams.gone), "memory"),
    ):
        yield
    await reader.close()


@contextlib.asynccontextmanager
async def running(
    forever: Coroutine[None, None, None], name: str
) -> AsyncIterator[None]:
    task = asyncio.create_task(forever, name=name)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def greet(channel: Channel, pool: Pool) -> None:
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


async def drain(app: web.Application) -> None:
    """Let streams end, once their readers have what waits for them."""
    if STREAMS in app:  # not where the start failed
        app[STREAMS].drain()


@contextlib.asynccontextmanager
async def serving(
    settings: ApiSettings, dsn: str, own: socket.socket | None = None
) -> AsyncIterator[str]:
    """The server, running, on a socket of its own or a given one; yields its address."""
    runner = web.AppRunner(
        make_app(settings, dsn),
        handler_cancellation=True,  # a reader that goes is forgotten at once
        shutdown_timeout=SHUTDOWN_SECONDS,
    )
    try:
        await runner.setup()
        sockets = (
            await listen(settings.host, settings.port) if own is None else [own.dup()]
        )
        host, port = sockets[0].getsockname()[:2]
        with opened_door(runner, settings, sockets):
            async with serve_metrics(
                runner.app, settings.metrics_address, is_shared=own is not None
            ):
                yield (
                    f"http://[{host}]:{port}"
                    if ":" in host
                    else f"http://{host}:{port}"
                )
    finally:
        await runner.cleanup()


@contextlib.contextmanager
def opened_door(
    runner: web.AppRunner, settings: ApiSettings, sockets: Sequence[socket.socket]
) -> Iterator[None]:
    """Take connections in, as long as the context."""
    server = runner.server
    assert server is not None  # it is set up
    everyone = Connections(limits_of(settings))
    quick = QuickAnswers(runner.app)
    door = Acceptor(
        sockets,
        everyone,
        lambda address: HttpConnection(server, everyone, address, quick),
    )
    door.open()
    try:
        yield
    finally:
        door.close()


def limits_of(settings: ApiSettings) -> Limits:
    return Limits(
        connections=settings.connections or room_for(settings).connections,
        per_address=settings.address_connections,
        header_seconds=settings.header_seconds,
        idle_seconds=settings.idle_seconds,
        proxies=settings.trusted_proxies,
    )


def room_for(settings: ApiSettings) -> Room:
    return room(raise_open_files(), settings.database.pool_size)


async def listen(host: str, port: int) -> list[socket.socket]:
    try:
        return await bound(host, port, BACKLOG)
    except OSError as error:
        raise cannot_listen(host, port, error) from error
