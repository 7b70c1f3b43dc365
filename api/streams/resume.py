"""Where a reader's stream starts: now, where it left off, or after a reset."""

from typing import NamedTuple

from aiohttp import web

from pgstrike.api.events.event import Position, Reset
from pgstrike.api.events.hub import Hub
from pgstrike.api.events.log import EventLog
from pgstrike.api.parameters import Sent
from pgstrike.api.streams.broadcast import FRESH, Broadcast
from pgstrike.api.streams.bundle import BundleBroadcast
from pgstrike.api.streams.panel import PanelBroadcast
from pgstrike.api.streams.raw import RawBroadcast
from pgstrike.api.streams.subscription import AFTER
from pgstrike.api.wire import sse
from pgstrike.api.wire.frames import Frame


class Start(NamedTuple):
    """The id a reader starts from, and the frame that says so; a panel's state needs none."""

    seen: int
    frame: Frame | None


def resume_from(request: web.Request, sent: Sent) -> Position | None:
    """Where the reader left off; the header, which browsers send, wins."""
    text = request.headers.get("Last-Event-ID")
    return AFTER.value([text]) if text else sent[AFTER]


async def start_of(
    after: Position | None, broadcast: Broadcast, hub: Hub, log: EventLog
) -> Start:
    if isinstance(broadcast, BundleBroadcast):
        return Start(FRESH, None)  # the whole state, whatever it had
    reset = None if after is None else await refused(after, broadcast, hub, log)
    now = broadcast.at()
    if isinstance(broadcast, PanelBroadcast):
        if reset is not None:
            return Start(FRESH, reset.frame_with(""))
        if after is None:
            return Start(FRESH, None)
    elif reset is not None:
        return Start(reset.position.id, reset.frame())
    # An id without data: a reader cut before the first event resumes from here.
    start = after or now
    return Start(start.id, Frame(sse.position(str(start))))


async def refused(
    after: Position, broadcast: Broadcast, hub: Hub, log: EventLog
) -> Reset | None:
    """Why the stream cannot go on after a position, if it cannot."""
    now = broadcast.at()
    if after.epoch != now.epoch:
        return Reset("other_epoch", now)
    in_memory = after.id >= hub.oldest or isinstance(broadcast, PanelBroadcast)
    if after.id <= now.id and in_memory:
        return None
    # A REST answer may be ahead of the notification that is on its way to the hub.
    head = await log.head()
    now = broadcast.at()
    if after.epoch != now.epoch or head.epoch != now.epoch:
        return Reset("other_epoch", now)
    if after.id > head.newest:
        return Reset("ahead", now)
    if after.id + 1 < head.oldest and isinstance(broadcast, RawBroadcast):
        return Reset("too_old", now)
    return None
