"""What a panel of symbols of several servers adds up to."""

import asyncio
import json
from typing import Any

from tests.support.panel_reader import Held
from tests.support.sse_reader import Dispatched, Stream


class MergedHeld(Held):
    """As `Held`, with an id that has a position in each server's log."""

    def __init__(self) -> None:
        super().__init__()
        self.position = ""
        self.resets: list[dict[str, Any]] = []

    def apply(self, event: Dispatched) -> dict[str, Any]:
        if event.type == "reset":
            self.resets.append(json.loads(event.data))
            return self.resets[-1]
        return super().apply(event)

    def stands(self) -> dict[str, int]:
        return stands_of(self.position)

    def _note_id(self, text: str) -> None:
        had, now = self.stands(), stands_of(text)
        assert all(now.get(epoch, id) >= id for epoch, id in had.items()), "ids rise"
        self.position = text


def stands_of(position: str) -> dict[str, int]:
    parts = (part.partition(":") for part in position.split(",") if part)
    return {epoch: int(id) for epoch, _, id in parts}


async def read_to(
    stream: Stream, held: MergedHeld, ids: dict[str, int]
) -> list[dict[str, Any]]:
    """Apply frames until they include an event of each epoch. Returns them."""
    frames = []
    async with asyncio.timeout(20):
        while any(held.stands().get(epoch, -1) < id for epoch, id in ids.items()):
            frames.append(held.apply(await stream.next()))
    return frames
