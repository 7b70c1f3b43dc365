"""The readers of one broadcast: those in step, and the others."""

from collections.abc import Iterator
from itertools import chain

from pgstrike.api.streams.connection import StreamConnection
from pgstrike.api.streams.in_step import InStep
from pgstrike.api.wire.frames import Coding


class Readers:
    """All of them. One that was served apart joins those in step once it has caught up."""

    __slots__ = ("_groups", "apart")

    def __init__(self) -> None:
        self.apart: set[StreamConnection] = set()
        self._groups: dict[tuple[Coding, bool], InStep] = {}

    def __iter__(self) -> Iterator[StreamConnection]:
        return chain(self.apart, *(group.readers for group in self.groups()))

    def __len__(self) -> int:
        return sum((len(g.readers) for g in self.groups()), len(self.apart))

    def groups(self) -> list[InStep]:
        """Those in step, by how they are written to."""
        return [*self._groups.values()]

    def add(self, reader: StreamConnection) -> None:
        self.apart.add(reader)

    def discard(self, reader: StreamConnection) -> None:
        reader.step_out()
        self.apart.discard(reader)

    def join(self, reader: StreamConnection) -> None:
        """Have a reader in step, if it is."""
        if reader not in self.apart or not reader.may_be_in_step():
            return
        if reader.key not in self._groups:
            self._groups[reader.key] = InStep(reader.key, self.apart)
        self._groups[reader.key].add(reader)

    def all_seen(self) -> set[int]:
        """The ids up to which some reader has seen everything."""
        seen = {reader.seen for reader in self.apart}
        return seen.union(*(group.all_seen() for group in self.groups()))

    def set_seen(self, seen: int) -> None:
        """Say what all have seen."""
        for reader in self.apart:
            reader.seen = seen
        for group in self.groups():
            group.set_seen(seen)
