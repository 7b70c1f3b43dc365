"""The stream: server-sent events, resumed without a hole and without a repetition.

A reader is subscribed before its past is read, so that nothing falls between the two.
Where its past cannot be had it is sent `event: reset`, and then what follows the position
that the reset names. Whoever keeps a copy of the data reads it anew then, and opens another
stream after the `event` of that answer.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from aiohttp import web

from api import sse
from api.errors import bad_request
from api.events import TOPICS, Event, Filter, Position, Reset
from api.hub import WRITE_BYTES, Hub, Subscriber
from api.keys import HUB, LOG, SETTINGS
from api.log import EventLog, PrunedError
from api.parameters import Parameters
from db.errors import DatabaseError, one_line

logger = logging.getLogger(__name__)

STALL_SECONDS = 30  # a reader that takes nothing for so long is cut; it can resume
HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}


class Past(NamedTuple):
    """What a reader is sent before what its subscription brings.

    That is what lies between `after` and `upto`: in `recent`, or, where that is None, in
    the log.
    """

    after: Position
    upto: Position
    recent: list[Event] | None
    reset: Reset | None = None


async def stream(request: web.Request) -> web.StreamResponse:
    hub, log = request.app[HUB], request.app[LOG]
    sent = Parameters(request.query, ("topic", "symbol", "expiry", "after"))
    after = resume_from(request, sent)
    wanted = wanted_by(sent)
    await refuse_unknown_symbols(wanted.symbols, log)
    with hub.subscribe(wanted) as subscriber:
        past = await past_of(after, hub, log)
        response = web.StreamResponse(headers=HEADERS)
        await response.prepare(request)
        with ended_quietly(request):
            await send_past(response, past, wanted, log)
            heartbeat = request.app[SETTINGS].heartbeat_seconds
            await follow(response, subscriber, past.upto.id, hub, heartbeat)
    return response


@contextlib.contextmanager
def ended_quietly(request: web.Request) -> Iterator[None]:
    """End the stream on whatever goes wrong: too late for an answer in JSON."""
    try:
        yield
    except ConnectionError:
        pass  # the reader went
    except TimeoutError:
        logger.warning("reader_cut remote=%s cause=stalled", request.remote)
        if request.transport is not None:
            request.transport.abort()
    except DatabaseError as error:
        logger.warning("stream_cut cause=%s", one_line(error))
    except Exception:
        logger.exception("stream_failed")


def resume_from(request: web.Request, sent: Parameters) -> Position | None:
    """Where the reader left off; the header, which browsers send, wins."""
    text = request.headers.get("Last-Event-ID") or sent.one("after")
    if text is None:
        return None
    position = Position.parse(text)
    if position is None:
        raise bad_request(
            "bad_after",
            "The position is malformed; send the id of an event, after=ab12cd34:123, say.",
        )
    return position


def wanted_by(sent: Parameters) -> Filter:
    topics = frozenset(sent.all("topic"))
    for topic in topics.difference(TOPICS):
        raise bad_request(
            "unknown_topic",
            f'Unknown topic "{topic}"; send one of {", ".join(TOPICS)}.',
        )
    expiries = frozenset(expiry.isoformat() for expiry in sent.dates("expiry"))
    return Filter(topics, frozenset(sent.all("symbol")), expiries)


async def refuse_unknown_symbols(symbols: Collection[str], log: EventLog) -> None:
    if log.symbols.issuperset(symbols):
        return
    await log.head()  # one may be new
    for symbol in sorted(set(symbols) - log.symbols):
        known = ", ".join(sorted(log.symbols))
        raise bad_request(
            "unknown_symbol", f'Unknown symbol "{symbol}"; send one of {known}.'
        )


async def past_of(after: Position | None, hub: Hub, log: EventLog) -> Past:
    """What a reader that was subscribed just now is to be sent of the time before."""
    now = hub.position
    assert now is not None  # the hub starts before the server does
    if after is None:
        return Past(now, now, [])
    if after.epoch != now.epoch:
        return Past(now, now, [], Reset("other_epoch", now))
    recent = hub.recent(after.id)
    if recent is not None and after.id <= now.id:
        return Past(after, now, recent)
    head = await log.head()
    if after.id > head.newest:
        return Past(now, now, [], Reset("ahead", now))
    if after.id + 1 < head.oldest:
        return Past(now, now, [], Reset("too_old", now))
    if after.id > now.id:
        # A REST answer may be ahead of the notification that is on its way to the hub.
        return Past(after, after, [])
    return Past(after, now, None)


async def send_past(
    response: web.StreamResponse, past: Past, wanted: Filter, log: EventLog
) -> None:
    # Spread, so that not everybody comes back at once after a restart.
    await write(response, [sse.retry(random.randint(1000, 3000))])
    if past.reset is not None:
        return await write(response, [past.reset.frame])
    # An id without data: whoever is cut before the first event resumes from here.
    await write(response, [sse.position(str(past.after))])
    if past.recent is not None:
        return await write(response, wanted_frames(past.recent, wanted))
    try:
        async for page in log.pages(past.after.id, past.upto):
            await write(response, wanted_frames(page, wanted))
    except PrunedError:
        await write(response, [Reset("too_old", past.upto).frame])


async def follow(
    response: web.StreamResponse,
    subscriber: Subscriber,
    position: int,
    hub: Hub,
    heartbeat_seconds: float,
) -> None:
    """Send what the subscription brings after a position, until it is closed."""
    while True:
        items = await subscriber.take(heartbeat_seconds)
        if items:
            await write(response, frames_after(position, items))
        elif subscriber.is_closed:
            return
        elif hub.position is not None:
            # Nothing waits, so the reader has whatever it wants up to here: a later
            # resume need not look at all that it had not wanted.
            seen = hub.position._replace(id=max(hub.position.id, position))
            await write(response, [sse.position(str(seen), comment="heartbeat")])


def wanted_frames(events: Iterable[Event], wanted: Filter) -> Iterable[bytes]:
    return (event.frame for event in events if wanted.passes(event))


def frames_after(position: int, items: Iterable[Event | Reset]) -> Iterable[bytes]:
    """Without the events that the reader has had already; a reset always counts."""
    return (
        item.frame
        for item in items
        if isinstance(item, Reset) or item.position.id > position
    )


async def write(response: web.StreamResponse, frames: Iterable[bytes]) -> None:
    """Write frames, a bounded number of bytes at a time."""
    chunk = bytearray()
    for frame in frames:
        chunk += frame
        if len(chunk) >= WRITE_BYTES:
            await write_chunk(response, bytes(chunk))
            chunk.clear()
    if chunk:
        await write_chunk(response, bytes(chunk))


async def write_chunk(response: web.StreamResponse, chunk: bytes) -> None:
    async with asyncio.timeout(STALL_SECONDS):
        await response.write(chunk)
