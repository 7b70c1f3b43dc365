"""The past of a reader that comes back: from memory, or page by page from the log."""

from collections.abc import AsyncIterator

from aiohttp.abc import AbstractStreamWriter

from pgstrike.api.events.event import Event, Reset
from pgstrike.api.events.log import EventLog, PrunedError
from pgstrike.api.streams.broadcast import RESTARTED
from pgstrike.api.streams.connection import Reader
from pgstrike.api.streams.raw import RawFeed, first_burst
from pgstrike.api.wire.frames import Burst


async def send_past(
    reader: Reader,
    writer: AbstractStreamWriter,
    feed: RawFeed,
    log: EventLog,
    stall_seconds: float,
) -> None:
    """Send what a reader has missed, up to where the feed goes on."""
    restarts = feed.restarts
    while reader.seen < feed.since:
        upto = feed.at()
        try:
            async for page in pages(reader.seen, feed, log):
                await send(reader, writer, feed, page, stall_seconds)
                if feed.restarts != restarts:
                    reader.seen = RESTARTED
                    return
        except PrunedError:
            reader.write(Burst([Reset("too_old", upto).frame()], upto.id))
            await reader.flush(writer, stall_seconds)


async def pages(seen: int, feed: RawFeed, log: EventLog) -> AsyncIterator[list[Event]]:
    recent = feed.hub.recent(seen)
    if recent is not None:
        yield recent
    else:
        async for page in log.pages(seen, feed.at()):
            yield page


async def send(
    reader: Reader,
    writer: AbstractStreamWriter,
    feed: RawFeed,
    page: list[Event],
    stall_seconds: float,
) -> None:
    wanted = [event for event in page if feed.raw.passes(event)]
    while wanted:
        burst = first_burst(wanted)
        reader.write(burst)
        await reader.flush(writer, stall_seconds)
        wanted = wanted[len(burst.frames) :]
    reader.seen = page[-1].position.id
