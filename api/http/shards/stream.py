"""The stream of all servers: their events in one, whose ids have a position of each."""

from collections.abc import Mapping
from functools import partial

from aiohttp import web
from multidict import MultiDict

from pgstrike.api.events.event import Position
from pgstrike.api.events.merged import MergedHub, Part
from pgstrike.api.http.app_keys import HUB, LOG, MERGED, MERGED_HUB, SETTINGS, STREAMS
from pgstrike.api.http.auth import key_of
from pgstrike.api.http.route import TABLE
from pgstrike.api.http.shards.place import LAST_EVENT_ID, is_moved, positions
from pgstrike.api.http.shards.servers import Server, Servers
from pgstrike.api.http.stream import (
    STALL_SECONDS,
    least_interval_ms,
    refuse_topics,
    refuse_unknown_symbols,
    respond,
)
from pgstrike.api.parameters import Sent
from pgstrike.api.streams.broadcast import FRESH
from pgstrike.api.streams.merged import Missed, is_ahead, reach
from pgstrike.api.streams.merged_panel import MergedPanel
from pgstrike.api.streams.merged_registry import Home
from pgstrike.api.streams.raw import RawBroadcast
from pgstrike.api.streams.resume import Start
from pgstrike.api.streams.subscription import (
    AFTER,
    SYMBOL,
    Panel,
    Subscription,
    parse_subscription,
)
from pgstrike.api.wire import sse
from pgstrike.api.wire.frames import Frame


def join(servers: Servers, hub: MergedHub, server: Server) -> None:
    """Have the events of a server, which has started, in the stream of all."""
    app, has = server.opened(), partial(servers.has, server)
    hub.join(Part(server.name, app[HUB], app[LOG], has))


def home_of(servers: Servers, symbol: str) -> Home:
    """ApiError 503 where the server is away: without it a panel would look whole."""
    server = servers.of(symbol)
    return Home(server.name, server.opened()[STREAMS].loader)


async def merged_stream(request: web.Request, servers: Servers) -> web.StreamResponse:
    app, key = request.app, key_of(request)
    subscription = await subscription_of(request, servers)
    # A state is of all servers; events of the others begin now.
    others = {} if isinstance(subscription, Panel) else app[MERGED_HUB].at
    had = had_by(request, servers, others)
    streams = app[MERGED]
    app[STREAMS].enter(key)  # one count of the streams of a key
    try:
        broadcast = await streams.broadcast(subscription, key)
        try:
            if isinstance(broadcast, MergedPanel):
                return await send_panel(request, broadcast, had)
            assert isinstance(broadcast, RawBroadcast)
            return await send_raw(request, broadcast, had)
        finally:
            streams.release(broadcast, key)
    finally:
        app[STREAMS].leave(key)


async def send_raw(
    request: web.Request,
    broadcast: RawBroadcast,
    had: dict[str, Position] | None,
) -> web.StreamResponse:
    hub, now = request.app[MERGED_HUB], broadcast.at()
    if had is None:
        start = Start(now.id, Frame(sse.position(str(now))))
        return await respond(request, broadcast, start)
    missed = Missed(had, hub, request.app[SETTINGS].after_seconds, STALL_SECONDS)
    frame = Frame(sse.position(str(hub.place(0, had))))
    past = partial(missed.send, broadcast=broadcast)
    return await respond(request, broadcast, Start(now.id, frame), past)


async def send_panel(
    request: web.Request, broadcast: MergedPanel, had: dict[str, Position] | None
) -> web.StreamResponse:
    if had is None:
        return await respond(request, broadcast, Start(FRESH, None))
    hub = request.app[MERGED_HUB]
    await reach(hub, had, request.app[SETTINGS].after_seconds)
    ahead = {name for name, each in had.items() if is_ahead(each, hub.at[name])}
    frame = Frame(sse.position(str(hub.place(0, had))))
    return await respond(request, broadcast, Start(broadcast.admit(had, ahead), frame))


async def subscription_of(request: web.Request, servers: Servers) -> Subscription:
    row = request.app[TABLE].row(request)
    assert row is not None and row.parameters is not None
    query = MultiDict(request.query)
    query.pop(AFTER.name, None)  # had_by reads it
    sent = Sent(query, row.parameters)
    subscription = parse_subscription(
        sent,
        request.app[STREAMS].columns,
        least_interval_ms=least_interval_ms(request),
        rights=key_of(request).rights,
    )
    for server, app in servers.open():
        own = [each for each in sent[SYMBOL] if servers.of(each) is server]
        await refuse_unknown_symbols(own, app[LOG], subscription.rights)
    refuse_topics(subscription)
    return subscription


def had_by(
    request: web.Request, servers: Servers, others: Mapping[str, Position]
) -> dict[str, Position] | None:
    """How far the reader was in each log, by the server's name; None: it begins now.

    `others` are added where it names an event of one server. Nothing counts from before
    symbols have moved.
    """
    sent = request.query.getall(AFTER.name, [])
    text = request.headers.get(LAST_EVENT_ID) or AFTER.one(sent)
    if not text:
        return None
    parts = positions(text)
    if not parts:
        AFTER.refuse(text)
    if is_moved(text, servers):
        return {}
    epochs = servers.epochs()
    had = {epochs[part.epoch].name: part for part in parts if part.epoch in epochs}
    return {**others, **had} if len(parts) == 1 and had else had
