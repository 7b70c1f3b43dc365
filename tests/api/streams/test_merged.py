"""What a reader of several servers has missed: it waits for a process that is behind."""

import asyncio
from typing import Any, cast

from pgstrike.api.events.event import Position, make_event
from pgstrike.api.events.hub import Hub
from pgstrike.api.events.log import EventLog, Head
from pgstrike.api.events.merged import MergedHub, Part
from pgstrike.api.streams.merged import reach


class Log:
    """A log that stands at an event, and counts how often that is asked."""

    def __init__(self, newest: int) -> None:
        self.newest = newest
        self.asked = asyncio.Semaphore(0)

    async def head(self) -> Head:
        self.asked.release()
        return Head("e", 1, self.newest, [])


def stands_at(id: int, log: Log) -> tuple[Hub, MergedHub]:
    hub, merged = Hub(), MergedHub(["home"], "shards0")
    hub.start(Position("e", id), "other_epoch")
    merged.join(Part("home", hub, cast(EventLog, log), lambda _: True))
    return hub, merged


async def reached(merged: MergedHub, had: int) -> None:
    await reach(merged, {"home": Position("e", had)}, 0.001)


def event(id: int) -> Any:
    return make_event(Position("e", id), "ops", None, None, "{}")


async def test_reader_ahead_of_this_process_waits_for_what_the_log_has() -> None:
    log = Log(7)
    hub, merged = stands_at(5, log)
    reaching = asyncio.create_task(reached(merged, 7))
    for _ in range(3):
        await log.asked.acquire()
    assert not reaching.done()
    hub.feed(event(6))
    hub.feed(event(7))
    await reaching


async def test_reader_ahead_of_the_log_waits_for_nothing() -> None:
    log = Log(5)
    _, merged = stands_at(5, log)
    async with asyncio.timeout(5):
        await reached(merged, 7)


async def test_id_has_a_place_for_a_server_that_has_not_started() -> None:
    merged = MergedHub(["home", "bank"], "shards0")
    hub = Hub()
    hub.start(Position("e", 5), "other_epoch")
    merged.join(Part("home", hub, cast(EventLog, Log(5)), lambda _: True))
    assert str(merged.position) == "e:5,0:0,shards0:0"
