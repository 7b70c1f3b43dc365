"""The stream: server-sent events, resumed without a hole and without a repetition.

A reader whose missed events are gone gets `event: reset`, and then the events after the
position that the reset names. A reader that keeps a copy of the data reads it again, and
opens another stream after the `event` of that answer. A panel gets its new state instead.
"""

import logging
import random
from collections.abc import Awaitable, Callable
from typing import TypeAlias, cast

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.abc import AbstractStreamWriter

from pgstrike.api.access.rights import Rights
from pgstrike.api.errors import ApiError, bad_request
from pgstrike.api.events.log import EventLog
from pgstrike.api.http.app_keys import HUB, KEYS, LOG, SETTINGS, STREAMS
from pgstrike.api.http.auth import key_of
from pgstrike.api.http.encoding import accepted, no_coding
from pgstrike.api.http.route import SENT
from pgstrike.api.http.seam import reach
from pgstrike.api.parameters import Sent
from pgstrike.api.streams.backlog import send_past
from pgstrike.api.streams.broadcast import Broadcast
from pgstrike.api.streams.bundle import Bundle, BundleBroadcast, Reading
from pgstrike.api.streams.connection import Carrier, StalledError, StreamConnection
from pgstrike.api.streams.panel import PanelBroadcast
from pgstrike.api.streams.raw import RawBroadcast
from pgstrike.api.streams.resume import Start, resume_from, start_of
from pgstrike.api.streams.subscription import (
    AFTER,
    SYMBOL,
    Subscription,
    parse_subscription,
)
from pgstrike.api.wire import sse
from pgstrike.api.wire.frames import GZIP_HEADER, OFFERED, Burst, Frame, coding_of
from pgstrike.db.errors import DatabaseError, one_line

logger = logging.getLogger(__name__)

STALL_SECONDS = 5  # a reader that takes nothing for so long is cut; it can resume
Past: TypeAlias = Callable[[StreamConnection, AbstractStreamWriter], Awaitable[None]]
RETRY_MS = (1000, 3000)  # spread, so that not everybody comes back at once
HEADERS = {
    hdrs.CONTENT_TYPE: "text/event-stream",
    hdrs.CACHE_CONTROL: "no-store",
    hdrs.VARY: hdrs.ACCEPT_ENCODING,
    "X-Accel-Buffering": "no",
}


async def stream(request: web.Request) -> web.StreamResponse:
    return await send_stream(request, await subscription_of(request, request[SENT]))


async def send_stream(
    request: web.Request,
    subscription: Subscription | Bundle,
    reading: Reading | None = None,
) -> web.StreamResponse:
    """Send a subscription; `reading` reads the state of a bundle."""
    streams = request.app[STREAMS]
    after = resume_from(request, request[SENT])
    await reach(request, after, AFTER.name)
    key = key_of(request)
    streams.enter(key)
    try:
        broadcast = await streams.broadcast(subscription, key, reading)
        # A stream lasts for hours, and there are thousands.
        del request[SENT], subscription, reading
        try:
            if isinstance(broadcast, BundleBroadcast):
                await broadcast.ready()
            start = await start_of(after, broadcast, request.app[HUB], request.app[LOG])
            return await respond(request, broadcast, start)
        finally:
            streams.release(broadcast, key)
    finally:
        streams.leave(key)


async def panel_state(request: web.Request) -> web.Response:
    """The state of a panel, once: what a client polls that cannot stream."""
    streams, key = request.app[STREAMS], key_of(request)
    subscription = await subscription_of(request, request[SENT], is_panel=True)
    broadcast = await streams.broadcast(subscription, key)
    try:
        assert isinstance(broadcast, PanelBroadcast)
        body = broadcast.state()
    finally:
        streams.release(broadcast, key)
    return web.Response(
        text=body,
        content_type="application/json",
        headers={hdrs.CACHE_CONTROL: "no-store"},
    )


async def subscription_of(
    request: web.Request, sent: Sent, *, is_panel: bool = False
) -> Subscription:
    subscription = parse_subscription(
        sent,
        request.app[STREAMS].columns,
        least_interval_ms=least_interval_ms(request),
        rights=key_of(request).rights,
        is_panel=is_panel,
    )
    await refuse_unknown_symbols(sent[SYMBOL], request.app[LOG], subscription.rights)
    refuse_topics(subscription)
    return subscription


def least_interval_ms(request: web.Request) -> int:
    """An administrator may have each event."""
    return 0 if key_of(request).is_admin else request.app[SETTINGS].interval_least_ms


def refuse_topics(subscription: Subscription | Bundle) -> None:
    """Refuse what would be named and never come."""
    may = subscription.rights.topics
    if may is not None and (lacking := sorted(subscription.named_topics() - may)):
        raise ApiError(
            403,
            "topic_not_allowed",
            f"The key is not for topic {lacking[0]}; send one of {', '.join(sorted(may))}.",
        )


async def refuse_unknown_symbols(
    symbols: list[str], log: EventLog, rights: Rights
) -> None:
    """A symbol that the key is not for is as unknown as one that there is not."""
    if rights.shown(log.symbols).issuperset(symbols):
        return
    await log.head()  # one may be new
    shown = rights.shown(log.symbols)
    for symbol in sorted(set(symbols) - shown):
        known = ", ".join(sorted(shown))
        raise bad_request(
            "unknown_symbol",
            f'Unknown symbol "{symbol}"',
            f"Send one of {known}",
            SYMBOL.name,
        )


async def respond(
    request: web.Request, broadcast: Broadcast, start: Start, past: Past | None = None
) -> web.StreamResponse:
    """Send a reader the events that it has missed, by `past`, and then the broadcast."""
    coding = coding_of(accepted(request))
    if coding is None:
        raise no_coding(OFFERED)
    response = web.StreamResponse(headers=HEADERS)
    if coding != "identity":
        response.headers[hdrs.CONTENT_ENCODING] = coding
    writer = await response.prepare(request)
    response.headers.clear()  # they were sent already
    assert writer is not None and request.transport is not None
    reader = StreamConnection(
        request.transport,
        coding,
        is_chunked=request.version >= HttpVersion11,
        holder=key_of(request),
        held=request.app[STREAMS].held,
    )
    carrier = cast(Carrier, request.protocol)
    carrier.reader = reader
    try:
        await open_stream(response, reader, start)
        await read(request, reader, writer, broadcast, past)
    except ConnectionError:
        pass  # the reader went
    except StalledError:
        logger.warning("reader_cut remote=%s cause=stalled", request.remote)
        response.force_close()
        await reader.cut(writer, broadcast.cut(), STALL_SECONDS)
    except DatabaseError as error:
        logger.warning("stream_cut cause=%s", one_line(error))
    except Exception:
        logger.exception("stream_failed")
    finally:
        carrier.reader = None
        reader.let_go()
    return response


async def open_stream(
    response: web.StreamResponse, reader: StreamConnection, start: Start
) -> None:
    """Send the headers and the first frames, which are this reader's own."""
    frames = [retry()] if start.frame is None else [retry(), start.frame]
    burst = Burst(frames, start.seen)
    coding, _ = reader.key
    header = b""
    if coding == "gzip":
        header = GZIP_HEADER
        reader.count(burst.plain)
    reader.seen = start.seen
    await response.write(header + burst.wire((coding, False)))


async def read(
    request: web.Request,
    reader: StreamConnection,
    writer: AbstractStreamWriter,
    broadcast: Broadcast,
    past: Past | None = None,
) -> None:
    """Send the past, and then what the fan-out leaves to the reader's own task."""
    if past is not None:
        await past(reader, writer)
    elif isinstance(broadcast, RawBroadcast):
        await send_past(reader, writer, broadcast, request.app[LOG], STALL_SECONDS)
    broadcast.readers.add(reader)
    fanout = request.app[STREAMS].fanout
    # What would have ended it may have come to pass before it was among them.
    is_in_force = request.app[KEYS].in_force(reader.holder)
    reader.is_closing = request.app[STREAMS].is_draining or not is_in_force
    try:
        while True:
            await reader.flush(writer, STALL_SECONDS)
            reader.is_busy = False
            await fanout.turn(broadcast, reader)
            if reader.is_closing and not reader.is_busy:
                break
            await reader.woken()
    finally:
        broadcast.readers.discard(reader)
    reader.write(Burst([retry()], reader.seen))
    await reader.flush(writer, STALL_SECONDS)
    reader.finish()
    await reader.flush(writer, STALL_SECONDS)


def retry() -> Frame:
    return Frame(sse.retry(random.randint(*RETRY_MS)))
