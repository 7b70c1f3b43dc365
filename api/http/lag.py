"""How far the database that is read is behind its primary, as the events tell."""

import asyncio
from collections import deque
from time import monotonic

from pgstrike.api.events.event import Position
from pgstrike.api.events.hub import Hub
from pgstrike.api.events.log import EventLog
from pgstrike.db.errors import PgstrikeError, one_line
from pgstrike.db.health import Check, State

LOOK_SECONDS = 1.0
MOST_KEPT = 10_000  # looks: of three hours


class PrimaryLag:
    """Notes when the primary was where, and what of that has not come here."""

    def __init__(self, primary: EventLog, hub: Hub, most_seconds: float) -> None:
        self.primary = primary
        self.hub = hub
        self.most_seconds = most_seconds
        self.failure: str | None = "it was not asked yet"
        self._seen: deque[tuple[float, Position]] = deque(maxlen=MOST_KEPT)

    async def watch(self) -> None:
        """Look every second, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        asked = monotonic()
        try:
            head = await self.primary.head()
        except PgstrikeError as error:
            self.failure = one_line(error)
        else:
            self.failure = None
            self._note(asked, head.position)

    def _note(self, asked: float, position: Position) -> None:
        if self._seen:
            before = self._seen[-1][1]
            # The primary is another one, or has crashed. Events that it had may be lost.
            if before.epoch != position.epoch or before.id > position.id:
                self._seen.clear()
        self._seen.append((asked, position))

    def seconds(self) -> float:
        """How long ago the primary had an event first that has not come here."""
        while self._seen and self._has(self._seen[0][1]):
            self._seen.popleft()
        return monotonic() - self._seen[0][0] if self._seen else 0.0

    def is_late(self) -> bool:
        return self.seconds() > self.most_seconds

    def check(self) -> Check:
        seconds = self.seconds()
        if seconds > self.most_seconds:
            return self._checked(
                "bad",
                f"events of the primary did not come here for {seconds:.0f} s",
                "see pg_stat_replication of the primary, the log of the standby, and that no "
                "long query holds its replay up",
            )
        if self.failure is not None:
            return self._checked(
                "warn",
                f"the primary does not answer ({self.failure}), so nothing can be written, "
                "and nobody knows how old the answers are",
                "start it, or promote a standby and see PGSTRIKE_PRIMARY_DSN",
            )
        return self._checked("ok", "what the primary commits comes here", None)

    def _checked(self, state: State, says: str, remedy: str | None) -> Check:
        return Check(
            "replay",
            state,
            round(self.seconds(), 3),
            self.most_seconds,
            "seconds",
            says,
            remedy,
        )

    def _has(self, position: Position) -> bool:
        at = self.hub.position
        return at is not None and at.epoch == position.epoch and at.id >= position.id
