"""The newest events of a host, once for all of its processes, in memory that they share.

One process writes, without a lock, so it may overwrite a slot that is being read. A reader
therefore checks the slot's id again after it has read.
"""

import struct

from pgstrike.api.events.hub import RING

SLOTS = 16_384  # more than RING.events; an event has the slot of its id
SLOT = struct.Struct("QQQ")  # its id, the place of its first byte, its size
END = struct.Struct("Q")
DATA = END.size + SLOTS * SLOT.size
SIZE = DATA + RING.bytes
NOTHING = 0  # no event has this id


class Ring:
    """Places are counted on and on; the bytes of one are where its remainder says."""

    def __init__(self, memory: memoryview) -> None:
        self._memory = memory

    def add(self, id: int, payload: bytes) -> None:
        """Write an event over the oldest ones."""
        if len(payload) > RING.bytes:
            return
        place = self._end()
        if place % RING.bytes + len(payload) > RING.bytes:
            place += RING.bytes - place % RING.bytes  # it is in one piece
        END.pack_into(self._memory, 0, place + len(payload))  # first: it is overwritten
        first = DATA + place % RING.bytes
        self._memory[first : first + len(payload)] = payload
        SLOT.pack_into(self._memory, slot_of(id), NOTHING, place, len(payload))
        SLOT.pack_into(self._memory, slot_of(id), id, place, len(payload))

    def find(self, id: int) -> bytes | None:
        """The payload of an event, if it is still there."""
        known, place, size = slot = SLOT.unpack_from(self._memory, slot_of(id))
        first = DATA + place % RING.bytes
        payload = bytes(self._memory[first : first + size])
        is_whole = slot == SLOT.unpack_from(self._memory, slot_of(id))
        is_there = self._end() - place <= RING.bytes
        return payload if known == id and is_whole and is_there else None

    def clear(self) -> None:
        """Forget all events. A server that crashed may give their ids to others."""
        self._memory[END.size : DATA] = bytes(DATA - END.size)

    def _end(self) -> int:
        return int(END.unpack_from(self._memory)[0])


def slot_of(id: int) -> int:
    return END.size + id % SLOTS * SLOT.size
