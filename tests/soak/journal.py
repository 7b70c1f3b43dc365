"""What a reader was told, over all its connections, as it is held against fo.event."""

import json
from typing import NamedTuple

from tests.support.sse_reader import Dispatched, Parser

STANDS = ""  # the type of what only says where the stream stands


class Told(NamedTuple):
    """An event, or only an id."""

    id: int
    type: str
    data: str


class Stretch:
    """What came without a reset, from an id on; it says to be complete up to its last one."""

    def __init__(self, after: int) -> None:
        self.after = self.upto = after
        self.told: list[Told] = []

    def add(self, told: Told) -> None:
        self.told.append(told)
        self.upto = max(self.upto, told.id)


class PositionParser(Parser):
    """Dispatches ids without data as well, and keeps the id of the connection before."""

    def end_block(self) -> list[Dispatched]:
        before = self.last_id
        found = super().end_block()
        if not found and self.last_id != before:
            return [Dispatched(STANDS, "", self.last_id)]
        return found


class Journal:
    """Stretches, the resets between them, and how much was delivered."""

    def __init__(self) -> None:
        self.epochs: set[str] = set()
        self.stretches: list[Stretch] = []
        self.resets: list[str] = []
        self.delivered = 0
        self._is_new = True

    @property
    def upto(self) -> int:
        return self.stretches[-1].upto if self.stretches else -1

    def note(self, event: Dispatched) -> None:
        """Take what a raw stream dispatched."""
        if event.type == "reset":
            self.restart(event)
        else:
            epoch, _, id = event.last_id.partition(":")
            self.epochs.add(epoch)
            self.add(Told(int(id), event.type, event.data))

    def begin(self) -> None:
        """What comes next comes to a new reader, who had no id to go on from."""
        self._is_new = True

    def add(self, told: Told) -> None:
        if told.type != STANDS:
            self.delivered += 1
        if self._is_new:
            # A new reader's stream says first where it stands; else nothing is claimed.
            self._is_new = False
            self.stretches.append(Stretch(told.id - (told.type != STANDS)))
        self.stretches[-1].add(told)

    def restart(self, event: Dispatched) -> None:
        """Go on after the position that a reset names."""
        body = json.loads(event.data)
        epoch, _, after = body["after"].partition(":")
        self.epochs.add(epoch)
        self.resets.append(body["reason"])
        self._is_new = False
        self.stretches.append(Stretch(int(after)))
