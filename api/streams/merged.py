"""The events of several servers in one stream, and what a reader of it has missed of each."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from aiohttp.abc import AbstractStreamWriter

from pgstrike.api.events.event import Event, Position, Reset
from pgstrike.api.events.log import PrunedError
from pgstrike.api.events.merged import MergedHub, Part, Place, moved
from pgstrike.api.streams.connection import StreamConnection
from pgstrike.api.streams.raw import RawBroadcast, first_burst
from pgstrike.api.streams.subscription import Raw
from pgstrike.api.wire import sse
from pgstrike.api.wire.frames import Frame

RESET = "reset"


class MergedRaw(RawBroadcast):
    """The events of all servers. If one server is restored, only its symbols are reset."""

    def restart_part(self, part: Part, reset: Reset, place: Position) -> None:
        if concerns(self.raw, part):
            self.keep(reset_of(part, reset, place))


def concerns(raw: Raw, part: Part) -> bool:
    """Whether a reader may be told of symbols that live there."""
    named, allowed = raw.wanted.symbols, raw.rights.symbols
    return all(
        not symbols or any(part.has(symbol) for symbol in symbols)
        for symbols in (named, allowed)
    )


def reset_of(part: Part, reset: Reset, place: Position) -> Event:
    """A reset of one server's symbols; `after` is where the stream goes on."""
    said = {"reason": reset.reason, "after": str(place), "server": part.name}
    frame = Frame(sse.frame(json.dumps(said), event=RESET, id=str(place)))
    return Event(place, RESET, None, None, frame)


@dataclass
class Missed:
    """A reader that comes back, and how far it was in each server's log."""

    had: dict[str, Position]
    hub: MergedHub
    after_seconds: float  # that a wait for events takes, before the log is looked at
    stall_seconds: float

    async def send(
        self,
        reader: StreamConnection,
        writer: AbstractStreamWriter,
        broadcast: RawBroadcast,
    ) -> None:
        """Send the reader the events that it missed; later ones come by the broadcast."""
        while True:
            await reach(self.hub, self.had, self.after_seconds)
            place = broadcast.at()
            for name, upto in {**self.hub.at}.items():
                async for events in self._events(self.hub.parts[name], upto, broadcast):
                    while events:
                        burst = first_burst(events)
                        reader.write(burst)
                        await reader.flush(writer, self.stall_seconds)
                        events = events[len(burst.frames) :]
            if broadcast.since <= place.id:
                reader.seen = place.id
                return

    async def _events(
        self, part: Part, upto: Position, broadcast: RawBroadcast
    ) -> AsyncIterator[list[Event]]:
        """The events of one server up to a position, or a reset in their place."""
        had = self.had.get(part.name)
        if had is None or had.epoch != upto.epoch:
            reason = "other_epoch"
        elif is_ahead(had, upto):
            reason = "ahead"
        else:
            try:
                async for page in self._pages(part, had.id, upto):
                    if self.hub.at[part.name].epoch != upto.epoch:
                        return  # the broadcast has a reset for it
                    events = [self._placed(part, event) for event in page]
                    yield [
                        event
                        for event in events
                        if part.has(event.symbol) and broadcast.raw.passes(event)
                    ]
                self.had[part.name] = upto
                return
            except PrunedError:
                reason = "too_old"
        self.had[part.name] = upto
        if concerns(broadcast.raw, part):
            yield [reset_of(part, Reset(reason, upto), self._place())]

    async def _pages(
        self, part: Part, after: int, upto: Position
    ) -> AsyncIterator[list[Event]]:
        recent = part.hub.recent(after)
        if recent is not None:
            yield [event for event in recent if event.position.id <= upto.id]
            return
        async for page in part.log.past(after, upto):
            yield page

    def _placed(self, part: Part, event: Event) -> Event:
        self.had[part.name] = event.position
        return moved(event, self._place())

    def _place(self) -> Place:
        return self.hub.place(0, self.had)


async def reach(
    hub: MergedHub, had: Mapping[str, Position], after_seconds: float
) -> None:
    """Wait for what another process of ours has sent, and has not arrived here."""
    for name, part in hub.parts.items():
        wanted = had.get(name)
        while wanted is not None and is_ahead(wanted, hub.at[name]):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(after_seconds):
                    await part.hub.reach(wanted)
                    break
            head = await part.log.head()
            if is_ahead(wanted, head.position):
                break  # it is for a reset


def is_ahead(had: Position, now: Position) -> bool:
    return had.epoch == now.epoch and had.id > now.id
