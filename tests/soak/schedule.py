"""Which mutation is next, and how far writers may go while a fault is still to be done."""

import asyncio
import threading
from collections.abc import Sequence
from time import sleep

from tests.soak.mutations import Mutation


class Schedule:
    """Shared by the writers' threads and the round's loop."""

    def __init__(self, mutations: Sequence[Mutation], limit: int) -> None:
        self.mutations = mutations
        self.count = 0  # committed, or rolled back as they should be
        self.error: Exception | None = None
        self._taken = 0
        self._limit = limit
        self._changed = threading.Condition()
        self._loop = asyncio.get_running_loop()
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []

    def next(self) -> Mutation | None:
        """The next mutation, once it may be done; None where there is none."""
        with self._changed:
            while self.error is None and self._limit <= self._taken < len(
                self.mutations
            ):
                self._changed.wait()
            if self.error is not None or self._taken >= len(self.mutations):
                return None
            self._taken += 1
            return self.mutations[self._taken - 1]

    def allow(self, limit: int) -> None:
        """Let the writers go on up to a mutation."""
        with self._changed:
            self._limit = limit
            self._changed.notify_all()

    def done(self, _: Mutation) -> None:
        with self._changed:
            self.count += 1
        self._loop.call_soon_threadsafe(self._tell)

    def fail(self, error: Exception) -> None:
        with self._changed:
            self.error = self.error or error
            self._changed.notify_all()
        self._loop.call_soon_threadsafe(self._tell)

    def stop(self) -> None:
        self.fail(InterruptedError("the round is over"))

    def pause(self, seconds: float) -> None:
        """Wait for a server that is away; not for long, if the round is over."""
        if self.error is not None:
            raise self.error
        sleep(seconds)

    async def reached(self, count: int) -> None:
        """Return once so many mutations are done."""
        waits = asyncio.get_running_loop().create_future()
        self._waiting.append((count, waits))
        self._tell()
        await waits

    def _tell(self) -> None:
        for entry in tuple(self._waiting):
            count, waits = entry
            if waits.done():
                self._waiting.remove(entry)
            elif self.error is not None:
                waits.set_exception(self.error)
            elif self.count >= count:
                waits.set_result(None)
