"""What a reader is sent before the feed goes on: api.streams.resume and api.streams.backlog."""

from unittest.mock import Mock

import pytest

from pgstrike.api.access.rights import Rights
from pgstrike.api.events.event import Filter, Position, Reset
from pgstrike.api.events.hub import Bounds, Hub
from pgstrike.api.events.log import PrunedError
from pgstrike.api.streams.backlog import send_past
from pgstrike.api.streams.broadcast import BURST_BYTES, RESTARTED
from pgstrike.api.streams.raw import RawBroadcast
from pgstrike.api.streams.resume import start_of
from pgstrike.api.streams.subscription import Raw
from pgstrike.api.wire.frames import Burst
from tests.support.fakes import FakeLog, FakeReader, event

EVERYTHING = Raw(Filter(), Rights())


def make_hub(start: int, newest: int) -> Hub:
    """A hub that began after `start` and has taken events up to `newest`."""
    hub = Hub()
    hub.start(Position("e", start), "other_epoch")
    for id in range(start + 1, newest + 1):
        hub.feed(event(id))
    return hub


def make_feed(hub: Hub, raw: Raw = EVERYTHING, events: int = 100) -> RawBroadcast:
    return RawBroadcast(raw, hub, Bounds(events, 10**6), Mock())


async def received(
    after: Position | None, feed: RawBroadcast, log: FakeLog
) -> FakeReader:
    start = await start_of(after, feed, feed.hub, log)
    reader = FakeReader(start.seen)
    if start.frame is not None:
        reader.write(Burst([start.frame], start.seen))
    await send_past(reader, Mock(), feed, log, 5)
    return reader


@pytest.mark.parametrize(
    ("after", "expected", "reads"),
    [
        (None, ["e:9"], []),
        (Position("e", 9), ["e:9"], []),
        (Position("e", 7), ["ops e:8", "ops e:9", "e:9"], []),
        (Position("e", 5), ["ops e:6", "ops e:7", "ops e:8", "ops e:9", "e:9"], []),
        (
            Position("e", 4),
            ["ops e:5", "ops e:6", "ops e:7", "ops e:8", "ops e:9", "e:9"],
            [(4, 9)],
        ),
        (Position("e", 2), ["reset e:9", "e:9"], []),
        (Position("e", 11), ["reset e:9", "e:9"], []),
        (Position("f", 7), ["reset e:9", "e:9"], []),
    ],
)
async def test_past_is_sent(
    after: Position | None, expected: list[str], reads: list[tuple[int, int]]
) -> None:
    log = FakeLog(9, oldest=4)
    reader = await received(after, make_feed(make_hub(5, 9)), log)
    assert reader.told() == expected
    assert reader.seen == 9
    assert log.reads == reads


async def test_answer_may_be_ahead_of_the_hub() -> None:
    feed = make_feed(make_hub(5, 9))
    reader = await received(Position("e", 10), feed, FakeLog(12))
    assert reader.seen == 10
    # The hub brings 10 in a moment; the reader has it already.
    for id in (10, 11):
        feed.hub.feed(event(id))
    burst = feed.pending(reader.seen)
    assert burst is not None and burst.frames == [feed.hub.ring[-1].frame]


async def test_past_is_filtered() -> None:
    hub = make_hub(0, 0)
    for id in range(1, 8):
        hub.feed(event(id, topic="chain" if id % 3 == 0 else "task"))
    feed = make_feed(hub, Raw(Filter({"chain"}), Rights()))
    reader = await received(Position("e", 1), feed, FakeLog(7))
    assert reader.told() == ["chain e:3", "chain e:6", "e:6"]
    assert reader.seen == 7


async def test_past_that_moves_on_is_followed() -> None:
    """The log is read again until the feed's ring goes on where it ends."""
    feed = make_feed(make_hub(5, 9), events=2)

    class Moving(FakeLog):
        async def pages(self, after: int, upto: Position):  # type: ignore[no-untyped-def]
            async for page in super().pages(after, upto):
                yield page
                for id in range(upto.id + 1, min(upto.id + 4, 16)):
                    feed.hub.feed(event(id))

    reader = await received(Position("e", 2), feed, Moving(9))
    assert reader.told() == [*(f"ops e:{id}" for id in range(3, 13)), "e:12"]
    assert reader.seen >= feed.since


async def test_pruned_past_is_reset_after_what_was_read() -> None:
    class Pruned(FakeLog):
        async def pages(self, after: int, upto: Position):  # type: ignore[no-untyped-def]
            yield [event(4)]
            raise PrunedError

    reader = await received(Position("e", 3), make_feed(make_hub(5, 9)), Pruned(9))
    assert reader.told() == ["ops e:4", "reset e:9", "e:9"]
    assert reader.seen == 9


async def test_restart_while_the_past_is_read_is_told() -> None:
    feed = make_feed(make_hub(5, 9))

    class Restarting(FakeLog):
        async def pages(self, after: int, upto: Position):  # type: ignore[no-untyped-def]
            yield [event(4)]
            feed.hub.start(Position("f", 2), "other_epoch")
            yield [event(5)]

    reader = await received(Position("e", 3), feed, Restarting(9))
    assert reader.seen == RESTARTED
    burst = feed.pending(reader.seen)
    assert burst is not None
    assert burst.frames[0].plain == Reset("other_epoch", Position("f", 2)).frame().plain


async def test_past_of_several_bursts_is_sent_whole() -> None:
    hub = make_hub(0, 0)
    for id in range(1, 8):
        hub.feed(event(id, size=BURST_BYTES // 2))
    reader = await received(Position("e", 1), make_feed(hub), FakeLog(7))
    assert reader.told() == [*(f"ops e:{id}" for id in range(2, 8)), "e:7"]
