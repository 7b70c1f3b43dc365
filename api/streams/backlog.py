"""The past of a reader that comes back: from memory, or page by page from the log."""

from collections.abc import AsyncIterator

from aiohttp.abc import AbstractStreamWriter

from pgstrike.api.events.event import Event, Reset
from pgstrike.api.events.log import EventLog, PrunedError
from pgstrike.api.streams.broadcast import RESTARTED
from pgstrike.api.streams.connection import StreamConnection
from pgstrike.api.streams.raw import RawBroadcast, first_burst
from pgstrike.api.wire.frames import Burst


async def send_past(
    reader: StreamConnection,
    writer: AbstractStreamWriter,
    broadcast: RawBroadcast,
    log: EventLog,
    stall_seconds: float,
) -> None:
    """Send what a reader has missed, up to where the broadcast goes on."""
    restarts = broadcast.restarts
    while reader.seen < broadcast.since:
        upto = broadcast.at()
        try:
            async for page in pages(reader.seen, broadcast, log):
                await send(reader, writer, broadcast, page, stall_seconds)
                if broadcast.restarts != restarts:
                    reader.seen = RESTARTED
                    return
        except PrunedError:
            reader.write(Burst([Reset("too_old", upto).frame()], upto.id))
            await reader.flush(writer, stall_seconds)


async def pages(
    seen: int, broadcast: RawBroadcast, log: EventLog
) -> AsyncIterator[list[Event]]:
    recent = broadcast.hub.recent(seen)
    if recent is not None:
        yield recent
    else:
        async for page in log.past(seen, broadcast.at()):
            yield page


async def send(
    reader: StreamConnection,
    writer: AbstractStreamWriter,
    broadcast: RawBroadcast,
    page: list[Event],
    stall_seconds: float,
) -> None:
    wanted = [event for event in page if broadcast.raw.passes(event)]
    while wanted:
        burst = first_burst(wanted)
        reader.write(burst)
        await reader.flush(writer, stall_seconds)
        wanted = wanted[len(burst.frames) :]
    reader.seen = page[-1].position.id
