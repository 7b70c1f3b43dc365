"""What all subscribers have: a wish, a journal, and an id up to which they were told."""

import asyncio
import random
from abc import ABC, abstractmethod

from tests.soak.journal import Journal
from tests.soak.service import Service
from tests.soak.wishes import Wish


class Subscriber(ABC):
    """Connects, reads, drops at random, and resumes from the id it had last."""

    def __init__(self, number: int, wish: Wish, seed: str, service: Service) -> None:
        self.number = number
        self.wish = wish
        self.chance = random.Random(f"{seed}/subscriber/{number}")
        self.service = service
        self.journal = Journal()
        self.complaint: str | None = None
        self.position = ""
        self.connections = 0
        self.final: int | None = None
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []

    def __str__(self) -> str:
        return f"subscriber {self.number} ({self.wish})"

    @property
    def is_over(self) -> bool:
        return self.final is not None and self.upto >= self.final

    @property
    def upto(self) -> int:
        return self.journal.upto

    @abstractmethod
    async def run(self) -> None:
        """Until it has been told everything up to the final id, or is cancelled."""

    async def settle(self, final: int, task: "asyncio.Task[None]") -> None:
        """Return once it has been told everything up to the final id, and has ended."""
        self.final = final
        await task

    async def reach(self, id: int) -> None:
        """Return once it stands at an id, or after it."""
        waits = asyncio.get_running_loop().create_future()
        self._waiting.append((id, waits))
        self._tell()
        await waits

    def _tell(self) -> None:
        if self._waiting:
            for entry in tuple(self._waiting):
                id, waits = entry
                if waits.done() or self.upto >= id:
                    self._waiting.remove(entry)
                    if not waits.done():
                        waits.set_result(None)
