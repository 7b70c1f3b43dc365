"""Keeping the hub up with the log: LISTEN first, then read missing events.

No fan-out. A notification with the next id goes straight to the hub. After a reconnection or
a gap the log is read: the log is the truth.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from time import monotonic

from pgstrike.api.events.event import Event, Position, parse_event
from pgstrike.api.events.hub import Hub
from pgstrike.api.events.log import EventLog, PrunedError
from pgstrike.api.events.source import EventSource
from pgstrike.db.backoff import backoff
from pgstrike.db.errors import PgstrikeError, one_line
from pgstrike.db.timing import Durations

logger = logging.getLogger(__name__)

# What SQL sends of changes that no event tells of.
DATA, RIGHTS = "data changed", "rights changed"
ANSWERED = "lines answered"  # some that came over HTTP
HEAR_SECONDS = 0.1  # for what has arrived to be taken
LATE_SECONDS = 10.0  # for a log that is behind its source


class Listener:
    """Feeds the hub from a source, and from the log where the source leaves a hole.

    After a reconnection the log is read through the very connection that listens: a pool
    may need longer to come back. Besides, the log is asked now and then, whatever the source
    says.
    """

    def __init__(
        self,
        source: EventSource,
        log: EventLog,
        hub: Hub,
        *,
        own_log: EventLog | None = None,
        poll_seconds: float = 5,
        look: Callable[[], Awaitable[bool]] | None = None,
        may_lag: bool = False,
        overtakes: Callable[[Position], bool] = lambda _: False,
    ) -> None:
        self.source = source
        self.log = log
        self.own_log = own_log or log  # through the connection that listens
        self.hub = hub
        self.poll_seconds = poll_seconds
        self.look = look  # of a source that has to be asked what has arrived
        self.may_lag = may_lag  # the log is a copy, of which there may be others
        self.overtakes = overtakes  # whether an event may come before the log has it
        self.delay = Durations()  # from an event's insert to when the hub had it
        # The functions to call, by the word that SQL sends.
        self.on_change: dict[str, list[Callable[[], None]]] = {
            DATA: [],
            RIGHTS: [],
            ANSWERED: [],
        }
        self._newest: tuple[int, float] | None = None  # taken last, and when
        self._starts = 0

    def is_in_step(self) -> bool:
        """Whether the hub has everything that has arrived here, and arrives."""
        return self.source.is_quiet() and self.source.alive()

    async def hear(self) -> bool:
        """Let the hub take what has arrived. Returns whether it is in step then."""
        if self.look is not None:
            return await self.look()
        if self.is_in_step():
            return True
        until = monotonic() + HEAR_SECONDS
        while self.source.connected and monotonic() < until:
            await asyncio.sleep(0)  # so that the listener's task runs
            if self.is_in_step():
                return True
        return False

    async def run(self) -> None:
        """Until it is cancelled."""
        async with asyncio.TaskGroup() as both:
            both.create_task(lasting(self._listen))
            both.create_task(lasting(self._poll))

    async def _listen(self) -> None:
        async with contextlib.aclosing(self.source.signals()) as signals:
            async for payload in signals:
                if payload is None:
                    await self.catch_up()
                    # It was not connected, so any of these words may be lost.
                    for kind in self.on_change:
                        self._note_change(kind)
                elif payload in self.on_change:
                    self._note_change(payload)
                else:
                    await self._take(payload)

    def _note_change(self, kind: str) -> None:
        for called in self.on_change[kind]:
            called()

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(self.poll_seconds)
            try:
                await self._read_gap(self.log)
                await self.measure_delay()
            except PgstrikeError as error:
                logger.warning("log_unread cause=%s", one_line(error))

    async def measure_delay(self) -> None:
        """Measure the newest event, by its age now: so the two clocks need not agree."""
        taken, self._newest = self._newest, None
        if taken is None:
            return
        newest = await self.log.newest()
        if newest is not None and newest.id == taken[0]:
            self.delay.note(max(newest.age_seconds - (monotonic() - taken[1]), 0))

    async def _take(self, payload: str) -> None:
        try:
            event = parse_event(payload)
        except ValueError as error:
            logger.warning("notification_ignored cause=%s", one_line(error))
            return
        if self.hub.feed(event):
            self._newest = event.position.id, monotonic()
            await self.hub.relief()
        else:
            await self._catch_up_to(event)

    async def _catch_up_to(self, event: Event) -> None:
        """It was committed before it was sent, so the log has it too, if late."""
        until = monotonic() + LATE_SECONDS
        for delay in backoff():
            await self.catch_up()
            if self.hub.feed(event) or not self.overtakes(event.position):
                return
            if monotonic() >= until:
                return  # for the next event, or the next look at the log
            await asyncio.sleep(delay)

    async def catch_up(self) -> None:
        """Bring the hub to where the log stands, however long the database is away."""
        for delay in backoff():
            try:
                return await self._read_gap(self.own_log)
            except PgstrikeError as error:
                logger.warning("gap_unread cause=%s", one_line(error))
            if self.source.lost():
                return None  # it reconnects, and signals that
            await asyncio.sleep(delay)

    async def _read_gap(self, log: EventLog) -> None:
        """Two may read at once, and wait for none: the hub takes each event but once."""
        while not await self._has_read(log):
            pass  # the other has restarted the hub meanwhile

    async def _has_read(self, log: EventLog) -> bool:
        # As they are before the log is asked.
        starts, known = self._starts, self.hub.position
        head = await log.head()
        if starts != self._starts:
            return False
        if known is None or known.epoch != head.epoch:
            self._start(head.position, "other_epoch")
        elif head.newest < known.id and (self.may_lag or self.overtakes(known)):
            pass  # what the hub has comes there too
        elif head.newest < known.id:
            # The server crashed, and had not flushed what it had announced.
            self._start(head.position, "rewound")
        else:
            return await self._has_fed(log, known.id, head.position)
        return True

    async def _has_fed(self, log: EventLog, after: int, upto: Position) -> bool:
        starts = self._starts
        try:
            async for page in log.pages(after, upto):
                for event in page:
                    if starts != self._starts:
                        return False
                    self.hub.feed(event)
                    await self.hub.relief()
        except PrunedError:
            if starts != self._starts:
                return False
            self._start(upto, "too_old")
        return True

    def _start(self, position: Position, reason: str) -> None:
        self._starts += 1
        self.hub.start(position, reason)


async def lasting(task: Callable[[], Awaitable[None]]) -> None:
    """Run it again and again, for readers must not be left with a dead listener."""
    while True:
        try:
            await task()
        except Exception:
            logger.exception("listener_failed")
            await asyncio.sleep(1)
