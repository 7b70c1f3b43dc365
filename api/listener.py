"""Keeping the hub up with the log: LISTEN first, then read what is missing.

No fan-out. A notification that follows goes to the hub as it came; after a reconnection, or
where one does not follow, the log is read, which is the truth.
"""

import asyncio
import contextlib
import logging

from api.events import parse_event
from api.hub import Hub
from api.log import EventLog, PrunedError
from db.errors import PgstrikeError, one_line
from db.listen import Channel, backoff

logger = logging.getLogger(__name__)


class Listener:
    """Feeds the hub from the channel, and from the log where the channel leaves a hole."""

    def __init__(self, channel: Channel, log: EventLog, hub: Hub) -> None:
        self.channel = channel
        self.log = log
        self.hub = hub

    async def run(self) -> None:
        """Until it is cancelled: readers must not be left with a dead listener."""
        while True:
            try:
                await self._listen()
            except Exception:
                logger.exception("listener_failed")
                await asyncio.sleep(1)

    async def _listen(self) -> None:
        async with contextlib.aclosing(self.channel.signals()) as signals:
            async for payload in signals:
                if payload is None:
                    await self.catch_up()
                else:
                    await self._take(payload)

    async def _take(self, payload: str) -> None:
        try:
            event = parse_event(payload)
        except ValueError as error:
            logger.warning("notification_ignored cause=%s", one_line(error))
            return
        if not self.hub.feed(event):
            # It was committed before it was sent, so the log has it too.
            await self.catch_up()

    async def catch_up(self) -> None:
        """Bring the hub to where the log stands, however long the database is away."""
        for delay in backoff():
            try:
                return await self._read_gap()
            except PgstrikeError as error:
                logger.warning(
                    "gap_unread retry_in=%.1fs cause=%s", delay, one_line(error)
                )
            await asyncio.sleep(delay)

    async def _read_gap(self) -> None:
        head = await self.log.head()
        known = self.hub.position
        if known is None or known.epoch != head.epoch:
            return self.hub.start(head.position, "other_epoch")
        if head.newest < known.id:
            # The server crashed, and had not flushed what it had announced.
            return self.hub.start(head.position, "rewound")
        try:
            async for page in self.log.pages(known.id, head.position):
                for event in page:
                    self.hub.feed(event)
                    # Readers must get to empty their queues between two events.
                    await asyncio.sleep(0)
        except PrunedError:
            self.hub.start(head.position, "too_old")
        return None
