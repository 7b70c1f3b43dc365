"""When a table is read again of which this process has a copy: keys and sessions."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

PAUSE_SECONDS = 0.2  # between looks for what may not exist: anybody can ask for that


class Looks:
    """Reads the table, one reading at a time: no older answer replaces a newer one."""

    def __init__(self, read: Callable[[], Awaitable[None]]) -> None:
        self._read = read
        self._began = -PAUSE_SECONDS
        self._looking = asyncio.Lock()

    def age_seconds(self) -> float:
        """How old the copy is."""
        return monotonic() - self._began

    async def look(self) -> None:
        async with self._looking:
            await self._look()

    async def look_after_miss(self) -> None:
        """Read again, once for all who wait. A row that was there before this call is found."""
        called = monotonic()
        await asyncio.sleep(self._began + PAUSE_SECONDS - called)
        async with self._looking:
            if self._began < called:
                await self._look()

    async def _look(self) -> None:
        now = monotonic()
        await self._read()
        self._began = now
