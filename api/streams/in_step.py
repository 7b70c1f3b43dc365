"""Readers in step: they have seen the same, and are written to as one.

Objects of thousands of readers are in no processor's cache, and to fetch them costs more than
all else that Python does for a write. So the loop here touches descriptors alone. What a reader
has seen is said by its place: those before the front have the burst that is being written.
"""

import os
from array import array
from collections.abc import Callable, Iterator

from pgstrike.api.streams.connection import StreamConnection
from pgstrike.api.wire.frames import Burst, Coding

WORK = 256  # writes in a row, before others may run
GONE = -1  # of a write to a connection that is broken


class InStep:
    """Readers of one broadcast and one coding, none of them busy; those that lag go `apart`."""

    __slots__ = (
        "_apart",
        "_descriptors",
        "_front",
        "_key",
        "_readers",
        "_upto",
        "_wire",
        "seen",
    )

    def __init__(self, key: tuple[Coding, bool], apart: set[StreamConnection]) -> None:
        self.seen = 0  # the newest event of those from the front on
        self._upto = 0  # and of those before it
        self._front = 0
        self._wire: bytes | None = None  # while it is being written
        self._key = key
        self._apart = apart
        self._descriptors = array("i")
        self._readers: list[StreamConnection] = []

    @property
    def readers(self) -> list[StreamConnection]:
        return self._readers

    @property
    def is_writing(self) -> bool:
        return self._wire is not None

    def seen_by(self, reader: StreamConnection) -> int:
        return self._upto if reader.place < self._front else self.seen

    def all_seen(self) -> set[int]:
        """The ids up to which some reader has seen everything."""
        ahead = {self._upto} if self._front else set()
        return ahead | ({self.seen} if self._front < len(self._readers) else set())

    def add(self, reader: StreamConnection) -> None:
        """Take a reader in that has seen what these have; another one stays where it is."""
        if not self._readers:
            self.set_seen(reader.seen)
        is_ahead = reader.seen != self.seen
        if is_ahead and not (self._wire is not None and reader.seen == self._upto):
            return
        self._apart.discard(reader)
        self._readers.append(reader)
        self._descriptors.append(reader.descriptor)
        reader.group, reader.place = self, len(self._readers) - 1
        if is_ahead:
            self._swap(self._front, reader.place)
            self._front += 1

    def remove(self, reader: StreamConnection) -> None:
        """Take a reader out of the group; it has seen what it had seen in it."""
        seen, place = self.seen_by(reader), reader.place
        if place < self._front:
            self._front -= 1
            self._swap(place, self._front)
            place = self._front
        self._swap(place, len(self._readers) - 1)
        self._readers.pop()
        self._descriptors.pop()
        reader.group, reader.seen = None, seen
        self._apart.add(reader)
        self._end_if_all_have_it()

    def set_seen(self, seen: int) -> None:
        """Say what all have seen. A burst that some of them have is not sent to the others."""
        self.seen, self._front, self._wire = seen, 0, None

    def send_pending(self, pending: Callable[[int], Burst | None]) -> Iterator[int]:
        """Send what is pending now, in parts; yields the number of readers of each part."""
        yield from self.send_rest()
        while self._readers and (burst := pending(self.seen)) is not None:
            self.begin(burst)
            yield from self.send_rest()
            if burst.is_last:
                return

    def send_rest(self) -> Iterator[int]:
        """Send the burst that has begun to all who lack it. Two callers may take turns."""
        while self.is_writing:
            yield self._write_part()

    def begin(self, burst: Burst) -> None:
        """Begin with a burst; `send_rest` sends it."""
        self._wire, self._upto = burst.wire(self._key), burst.upto

    def _write_part(self) -> int:
        """Write the burst to the next readers; returns how many they are."""
        wire, start = self._wire, self._front
        assert wire is not None
        write, size = os.write, len(wire)
        lagging: list[tuple[StreamConnection, int]] = []
        part = self._descriptors[start : start + WORK]
        for place, descriptor in enumerate(part, start):
            try:
                sent = write(descriptor, wire)
            except BlockingIOError:
                sent = 0
            except OSError:
                sent = GONE
            if sent != size:
                lagging.append((self._readers[place], sent))
        self._front += len(part)
        for reader, sent in lagging:
            self.remove(reader)
            if sent == GONE:
                reader.transport.abort()
            else:
                reader.keep_rest(wire, sent)
        self._end_if_all_have_it()
        return len(part)

    def _end_if_all_have_it(self) -> None:
        if self._wire is not None and self._front == len(self._readers):
            self.set_seen(self._upto)

    def _swap(self, one: int, other: int) -> None:
        readers, descriptors = self._readers, self._descriptors
        readers[one], readers[other] = readers[other], readers[one]
        descriptors[one], descriptors[other] = descriptors[other], descriptors[one]
        readers[one].place, readers[other].place = one, other
