"""Requests that keep within a broker's rate, and are tried again when they fail."""

from collections.abc import Mapping
from time import monotonic
from typing import Protocol

from pgstrike.jobs.live.plugin import Frame

TRIES = 5


class Gets(Protocol):
    """What can be asked of REST; a Wire is one."""

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Frame:
        """The body of an answer."""

    async def sleep(self, seconds: float) -> None:
        """Wait between two requests."""


class PacedGets:
    """Those requests, so many a second at most."""

    def __init__(self, wire: Gets, per_second: float) -> None:
        self._wire = wire
        self._interval = 1 / per_second
        self._next = monotonic()

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Frame:
        """The body of an answer. What may pass is tried again after 1, 2, 4 and 8 seconds."""
        for tried in range(TRIES):
            await self._turn()
            try:
                return await self._wire.get(url, params=params, headers=headers)
            except OSError:
                if tried == TRIES - 1:
                    raise
                await self._wire.sleep(2**tried)
        raise AssertionError("unreachable")

    async def sleep(self, seconds: float) -> None:
        await self._wire.sleep(seconds)

    async def _turn(self) -> None:
        now = monotonic()
        if now < self._next:
            await self._wire.sleep(self._next - now)
        self._next = max(now, self._next) + self._interval
