"""Events out of Redis: what relays add to the stream, as the listener takes it.

The listener fills holes in the events from the log. Two losses it cannot see itself: a lost
word, which tells of a change without an event, and a stream that was started again. So each
entry counts the words, and each entry and each heartbeat names its stream.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from time import monotonic

from pgstrike.api.events.event import Position
from pgstrike.api.relay.address import RedisSettings
from pgstrike.api.relay.link import Link, connected
from pgstrike.api.relay.resp import RedisError, Reply
from pgstrike.api.relay.stream import (
    ANSWER_SECONDS,
    Entry,
    Place,
    RelayStream,
    entries_of,
    place_of,
    text_of,
)
from pgstrike.db.backoff import backoff
from pgstrike.db.errors import one_line
from pgstrike.db.pool import Source
from pgstrike.db.session import Session

logger = logging.getLogger(__name__)

MOST_ENTRIES = 200  # in one answer
NO_STREAM = Place("0-0", "", "", 0)


class RedisSource:
    """A stream in Redis, followed from where the hub stands.

    It is alive as long as relays say that they run. The log is asked through a pool; its
    database may be a standby, and then the stream may be ahead of it (`overtakes`).
    """

    def __init__(
        self,
        settings: RedisSettings,
        log: Source,
        position: Callable[[], Position | None],
        *,
        probe_seconds: float,
    ) -> None:
        self.settings = settings
        self.log = log
        self.position = position  # of the hub
        self.probe_seconds = probe_seconds
        self.connected = False
        self.heard_at: float | None = None
        self._link: Link | None = None
        self._place = NO_STREAM  # of the entry that came last
        self._at = self._beat = "0-0"  # ids that are read on after

    @property
    def name(self) -> str:
        return self.log.name

    def alive(self) -> bool:
        return self.connected and self._age() < 3 * self.probe_seconds

    def is_quiet(self) -> bool:
        return self._link is not None and self._link.is_idle()

    def lost(self) -> bool:
        return self._link is None

    def connection(self) -> AbstractAsyncContextManager[Session]:
        return self.log.connection()

    def overtakes(self, position: Position) -> bool:
        """Whether the stream has events up to a position, so that the log may lack them yet."""
        return self._place.epoch == position.epoch and self._place.event >= position.id

    async def signals(self) -> AsyncGenerator[str | None]:
        delays = backoff()
        while True:
            try:
                async with (
                    self._connected() as link,
                    contextlib.aclosing(self._follow(link)) as signals,
                ):
                    async for signal in signals:
                        yield signal
                        if signal is None:
                            delays = backoff()
            except (OSError, TimeoutError, RedisError) as error:
                delay = next(delays)
                logger.warning(
                    "redis_lost retry_in=%.1fs cause=%s", delay, one_line(error)
                )
                await asyncio.sleep(delay)

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncGenerator[Link]:
        async with connected(self.settings.address) as link:
            try:
                self._link, self.connected = link, True
                yield link
            finally:
                self._link, self.connected = None, False

    def _age(self) -> float:
        return float("inf") if self.heard_at is None else monotonic() - self.heard_at

    async def _follow(self, link: Link) -> AsyncGenerator[str | None]:
        """The signals after the hub's position. None says that a stream begins here."""
        while True:
            await self._look(link)
            yield None
            self._at = self._beginning()
            while (signals := await self._read(link)) is not None:
                for signal in signals:
                    yield signal

    async def _look(self, link: Link) -> None:
        """See where the stream stands, and when a relay last said that it runs."""
        newest = ("XREVRANGE", self.settings.beats, "+", "-", "COUNT", 1)
        beats = entries_of(await link.ask(*newest, seconds=ANSWER_SECONDS))
        self._beat = beats[0].id if beats else "0-0"
        if beats:
            self.heard_at = monotonic() - max(await age(link, self._beat), 0)
        found = await RelayStream(link, self.settings).look()
        self._place = found or self._place._replace(stream="", words=0)

    def _beginning(self) -> str:
        """After which entry to go on: where the log has less than the stream, at the hub."""
        at = self.position()
        if at and at.epoch == self._place.epoch and at.id < self._place.event:
            return f"{at.id}-0"
        return self._place.id

    async def _read(self, link: Link) -> list[str | None] | None:
        """The signals of one answer; None where the stream has to be looked at again."""
        reply = await link.ask(
            *("XREAD", "COUNT", MOST_ENTRIES, "BLOCK", int(1000 * self.probe_seconds)),
            *("STREAMS", self.settings.beats, self.settings.stream),
            *(self._beat, self._at),
            seconds=2 * self.probe_seconds,
        )
        found = by_stream(reply)
        for beat in found.get(self.settings.beats, ()):
            self._beat, self.heard_at = beat.id, monotonic()
            if place_of(beat).stream != self._place.stream:
                return None
        if not found and not self.alive():
            return None  # no relay runs, or the clock of Redis was set back
        signals: list[str | None] = []
        for entry in found.get(self.settings.stream, ()):
            place = place_of(entry)
            if place.stream != self._place.stream:
                return None
            signals += self._taken(entry, place)
        return signals

    def _taken(self, entry: Entry, place: Place) -> list[str | None]:
        """What an entry says, after None where words before it are missing."""
        is_hole = place.words > self._place.words + ("word" in entry.fields)
        self._at = entry.id
        if place.event >= self._place.event:
            self._place = place
        said = entry.fields.get("word") or entry.fields.get("event")
        return [*([None] if is_hole else []), *([said] if said else [])]


async def age(link: Link, id: str) -> float:
    """How old an entry is, in seconds by the clock of Redis."""
    reply = await link.ask("TIME", seconds=ANSWER_SECONDS)
    assert isinstance(reply, list)
    seconds, microseconds = (int(text_of(part)) for part in reply)
    return seconds + microseconds / 1e6 - int(id.partition("-")[0]) / 1e3


def by_stream(reply: Reply) -> dict[str, list[Entry]]:
    found = {}
    for pair in reply if isinstance(reply, list) else []:
        assert isinstance(pair, list)
        found[text_of(pair[0])] = entries_of(pair[1])
    return found
