"""Keeping the stream in Redis up with the log of events, beside any number of other relays.

Each relay offers every event, and the stream takes it once. A relay knows of the stream what
the last answer said. Where that does not lead on, it looks at the stream first and at the log
then: what the stream has was in the log before, unless the log lost it.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from time import monotonic

from pgstrike.api.events.event import Event, Reset
from pgstrike.api.events.hub import Bounds, Hub
from pgstrike.api.events.log import EventLog, Head, PrunedError
from pgstrike.api.relay.address import RedisSettings
from pgstrike.api.relay.link import connected
from pgstrike.api.relay.stream import Place, RelayStream
from pgstrike.db.backoff import backoff
from pgstrike.db.errors import PgstrikeError, one_line

logger = logging.getLogger(__name__)

BATCH = Bounds(200, 1_000_000)  # of events in one request


class Relay:
    """Takes what the hub takes, and adds it to the stream."""

    def __init__(
        self,
        name: str,
        hub: Hub,
        log: EventLog,
        settings: RedisSettings,
        *,
        beat_seconds: float,
        hears: Callable[[], bool],
    ) -> None:
        self.name = name
        self.hub = hub
        self.log = log
        self.settings = settings
        self.beat_seconds = beat_seconds
        self.hears = hears  # whether events arrive here: only then it beats
        self.agreed = (
            asyncio.Event()
        )  # set once the stream leads on to where the log stands
        self._words: dict[str, None] = {}  # still to be added
        self._woken = asyncio.Event()
        self._place: Place | None = None
        hub.takers[self] = None

    def take(self, event: Event) -> None:
        self._woken.set()

    def restart(self, reset: Reset) -> None:
        self._place = None  # the stream may be of another epoch, or ahead of the log
        self._woken.set()

    def note(self, word: str) -> None:
        """Something changed without an event."""
        self._words[word] = None
        self._woken.set()

    async def run(self) -> None:
        """Until it is cancelled, however often Redis or the database is away."""
        delays = backoff()
        while True:
            try:
                async with connected(self.settings.address) as link:
                    self._place = None
                    await self._serve(RelayStream(link, self.settings))
            except (OSError, TimeoutError, PgstrikeError) as error:
                delay = next(delays)
                logger.warning(
                    "relay_lost retry_in=%.1fs cause=%s", delay, one_line(error)
                )
                if self._place is not None:
                    delays = backoff()
            await asyncio.sleep(delay)

    async def _serve(self, stream: RelayStream) -> None:
        beat_at = monotonic()
        while True:
            self._woken.clear()
            while await self._advance(stream):
                if monotonic() >= beat_at:
                    break
            else:
                await self._wait(beat_at - monotonic())
            if monotonic() >= beat_at:
                beat_at = monotonic() + self.beat_seconds
                await self._beat(stream)

    async def _wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(seconds, 0)):
                await self._woken.wait()

    async def _beat(self, stream: RelayStream) -> None:
        if not self.hears():
            return
        known, (_, place) = self._place, await stream.beat(self.name)
        is_same = known and place and known.stream == place.stream
        self._place = place if is_same and self._has(place) else None

    def _has(self, place: Place | None) -> bool:
        """Else another relay is ahead of us, or the log was rewound."""
        at = self.hub.position
        return (
            at is not None
            and place is not None
            and at.epoch == place.epoch
            and at.id >= place.event
        )

    async def _advance(self, stream: RelayStream) -> bool:
        """Add something. Returns whether there may be more to add."""
        if self.hub.position is None:
            return False  # else a short stream leaves out what comes until it begins
        if self._place is None:
            self._place = await self._agree(stream)
            self.agreed.set()
        place, at = self._place, self.hub.position
        if self._words:
            await self._add_word(stream, next(iter(self._words)))
            return True
        assert at is not None  # a hub that has begun has a position
        if at.epoch != place.epoch:
            self._place = None  # when the hub goes on
            return False
        events = self.hub.recent(place.event)
        if events is None:
            self._place = None
            return True
        if not events:
            return False
        _, self._place = await stream.append(batch(events), place.event)
        return True

    async def _add_word(self, stream: RelayStream, word: str) -> None:
        del self._words[word]  # before: it may be noted again meanwhile
        try:
            is_done, self._place = await stream.add_word(word)
        except BaseException:
            self._words[word] = None
            raise
        if not is_done:
            self._words[word] = None

    async def _agree(self, stream: RelayStream) -> Place:
        """Have the stream lead on to what the hub has, and return where it stands."""
        while True:
            seen = await stream.look()
            head = await self.log.head()
            reason = fault(seen, head, self.settings.entries)
            if reason is None:
                assert seen is not None
                reason, place = await self._fill(stream, seen, head)
                if reason is None and place is not None:
                    return place
            if reason is not None:
                logger.warning(
                    "stream_started reason=%s after=%s", reason, head.position
                )
                outcome = await stream.start(seen, head.position, reason)
                if outcome.is_done and outcome.place is not None:
                    return outcome.place

    async def _fill(
        self, stream: RelayStream, seen: Place, head: Head
    ) -> tuple[str | None, Place | None]:
        """Add what the log has and memory has not; a reason where the log has it no more."""
        if self._has(seen) and self.hub.recent(seen.event) is not None:
            return None, seen
        place: Place | None = seen
        try:
            async for events in self.log.pages(seen.event, head.position):
                for part in parts(events):
                    is_done, place = await stream.append(part, part[0].position.id - 1)
                    if not is_done:  # another relay was faster
                        return None, place
        except PrunedError:
            return "too_old", None
        return None, place


def fault(place: Place | None, head: Head, most: int) -> str | None:
    """Why a stream cannot go on to where the log stands; None where it can."""
    if place is None:
        return "empty"
    if place.epoch != head.epoch:
        return "other_epoch"
    if place.event > head.newest:
        return "rewound"
    return "too_old" if head.newest - place.event > most else None


def batch(events: Sequence[Event]) -> Sequence[Event]:
    """The first events that are not too many for one request."""
    size = 0
    for count, event in enumerate(events):
        size += len(event.frame.plain)
        if count and BATCH.exceeded(count + 1, size):
            return events[:count]
    return events


def parts(events: Sequence[Event]) -> list[Sequence[Event]]:
    found = []
    while events:
        found.append(batch(events))
        events = events[len(found[-1]) :]
    return found
