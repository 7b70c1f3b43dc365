"""What can befall two servers, the networks before them, and the api."""

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import psycopg

from tests.soak.faults import TERMINATE
from tests.soak.service import Service
from tests.soak.shards.side import Side

SILENT_SECONDS = 0.5
LISTENERS = """
    SELECT pid FROM pg_stat_activity
    WHERE application_name = 'pgstrike api listener' AND datname = current_database()
"""


@dataclass
class Faults:
    """By name; one is done at a time."""

    service: Service
    sides: list[Side]
    chance: random.Random

    def kinds(self) -> dict[str, Callable[[], Awaitable[None]]]:
        found: dict[str, Callable[[], Awaitable[None]]] = {
            "kill": self._kill,
            "stop": self._stop,
        }
        if self.service.workers:
            found["worker"] = self._kill_worker
            found["host_listener"] = self._kill_listener
        for side in self.sides:
            for name in ("crash", "cut", "silence", "listener"):
                doing = getattr(self, f"_{name}")
                found[f"{side.name}_{name}"] = lambda d=doing, s=side: d(s)
        return found

    async def _kill(self) -> None:
        await self.service.kill()
        await self.service.start()

    async def _stop(self) -> None:
        await self.service.stop()
        await self.service.start()

    async def _kill_worker(self) -> None:
        await self.service.kill_worker(self.chance.randrange(2))

    async def _kill_listener(self) -> None:
        """The process that listens to both servers for all workers."""
        await self.service.end_listener(signal.SIGKILL)

    async def _crash(self, side: Side) -> None:
        await asyncio.to_thread(side.server.stop, "immediate")
        await asyncio.to_thread(side.server.start)

    async def _cut(self, side: Side) -> None:
        side.between.cut()

    async def _silence(self, side: Side) -> None:
        side.between.passes.clear()
        await asyncio.sleep(SILENT_SECONDS)
        side.between.passes.set()

    async def _listener(self, side: Side) -> None:
        """The session that listens."""

        def end() -> None:
            with psycopg.connect(side.dsn, autocommit=True) as connection:
                for pid in connection.execute(LISTENERS).fetchall():
                    connection.execute(TERMINATE, pid)

        await asyncio.to_thread(end)
