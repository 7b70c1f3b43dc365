"""What the host's listening process says of itself, in memory that the others see.

A look costs no system call, and is the truth also while that process is stopped or dead.
"""

import mmap
from time import monotonic

from pgstrike.api.events.shared import ring

STATE, HEARD_AT, BEATS = range(3)  # places of 8 bytes: one write is never seen in half
SIZE = mmap.PAGESIZE + ring.SIZE


class Page:
    """Written by one process; `monotonic()` is the same in all of a machine.

    `state` is even while that process waits at the database's socket; it is then the number of
    the last record. It is odd from before the process reads the socket until every record that
    it read has a number. A reader looks at the socket first, and at `state` after that. Nothing
    is on its way if the socket is empty and `state` is the reader's own number.
    """

    def __init__(self, descriptor: int) -> None:
        memory = memoryview(mmap.mmap(descriptor, SIZE))
        own = memory[: mmap.PAGESIZE]
        self._whole, self._real = own.cast("Q"), own.cast("d")
        self.ring = ring.Ring(memory[mmap.PAGESIZE :])

    @property
    def state(self) -> int:
        return self._whole[STATE]

    @property
    def heard_at(self) -> float | None:
        """When a notification came last, by monotonic(); None where nobody listens."""
        return self._real[HEARD_AT] or None

    @property
    def beats(self) -> int:
        """Something else every second, as long as the process runs."""
        return self._whole[BEATS]

    def rest(self, number: int, heard_at: float | None) -> None:
        self._real[HEARD_AT] = heard_at or 0.0
        self._whole[STATE] = number

    def work(self) -> None:
        self._whole[STATE] |= 1

    def lose(self) -> None:
        """There is no connection, and a server that crashed may give ids again."""
        self.work()
        self.ring.clear()
        self._real[HEARD_AT] = 0.0

    def beat(self) -> None:
        self._whole[BEATS] = int(monotonic() * 1000)
