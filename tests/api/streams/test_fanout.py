"""api.streams.fanout: rounds that skip who is busy, and heartbeats for who was told nothing."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from pgstrike.api.access.rights import Rights
from pgstrike.api.events.event import Filter, Position
from pgstrike.api.events.hub import Bounds, Hub
from pgstrike.api.streams.broadcast import FRESH
from pgstrike.api.streams.fanout import Fanout, beat, serve
from pgstrike.api.streams.in_step import WORK
from pgstrike.api.streams.raw import RawBroadcast
from pgstrike.api.streams.subscription import Raw
from tests.support.fakes import FakeReader, event


def make_feed(fanout: Fanout, wanted: Filter | None = None) -> RawBroadcast:
    hub = Hub()
    hub.start(Position("e", 0), "other_epoch")
    raw = Raw(wanted or Filter(), Rights())
    feed = RawBroadcast(raw, hub, Bounds(1000, 10**6), fanout.stir)
    fanout.add(feed)
    return feed


def join(feed: RawBroadcast, *, takes: bool = True) -> FakeReader:
    reader = FakeReader(feed.at().id, takes=takes)
    feed.readers.add(reader)
    return reader


@contextlib.asynccontextmanager
async def running(fanout: Fanout) -> AsyncIterator[None]:
    task = asyncio.create_task(fanout.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task  # or what it failed with


async def written(reader: FakeReader, text: bytes) -> None:
    async with asyncio.timeout(20):
        while text not in reader.written:  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_everybody_is_told() -> None:
    fanout = Fanout(60)
    feed = make_feed(fanout)
    readers = [join(feed) for _ in range(3 * WORK)]
    async with running(fanout):
        feed.hub.feed(event(1))
        for reader in readers:
            await written(reader, b"id: e:1\n")
        feed.hub.feed(event(2))
        for reader in readers:
            await written(reader, b"id: e:2\n")
    assert {tuple(reader.told()) for reader in readers} == {
        ("ops e:1", "ops e:2", "e:2")
    }


async def test_others_run_between_writes() -> None:
    fanout = Fanout(60)
    feed = make_feed(fanout)
    readers = [join(feed) for _ in range(4 * WORK)]
    async with running(fanout):
        feed.hub.feed(event(1))
        seen = {0}
        async with asyncio.timeout(20):
            while max(seen) < len(readers):
                await asyncio.sleep(0)
                seen.add(sum(reader.seen for reader in readers))
    assert {WORK, 2 * WORK, 3 * WORK} <= seen


async def test_key_with_many_feeds_waits_for_itself() -> None:
    fanout = Fanout(60)
    greedy = [make_feed(fanout) for _ in range(500)]
    readers = [join(feed) for feed in greedy]
    for feed in greedy:
        feed.payer = "greedy"
        feed.hub.feed(event(1))
    feed = make_feed(fanout)
    other = join(feed)
    feed.payer = "other"
    feed.hub.feed(event(1))
    async with running(fanout):
        await written(other, b"id: e:1\n")
        assert sum(reader.seen for reader in readers) < len(readers) / 2
        for reader in readers:
            await written(reader, b"id: e:1\n")


async def test_reader_that_is_not_in_step_has_a_turn_of_its_own() -> None:
    fanout = Fanout(60)
    feed = make_feed(fanout)
    reader = FakeReader(0)
    feed.hub.feed(event(1))
    async with running(fanout):
        gone = asyncio.create_task(fanout.turn(feed, FakeReader(0)))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.wait_for(fanout.turn(feed, reader), 20)
    assert reader.told() == ["ops e:1", "e:1"]


async def test_busy_reader_is_left_alone() -> None:
    fanout = Fanout(60)
    feed = make_feed(fanout)
    slow, quick = join(feed, takes=False), join(feed)
    async with running(fanout):
        for id in (1, 2, 3):
            feed.hub.feed(event(id))
            await written(quick, f"id: e:{id}\n".encode())
    assert slow.told() == ["ops e:1", "e:1"]
    assert quick.told() == ["ops e:1", "ops e:2", "ops e:3", "e:3"]


async def test_quiet_feed_is_given_a_heartbeat_with_its_position() -> None:
    fanout = Fanout(0.05)
    feed = make_feed(fanout, Filter({"chain"}))
    reader, busy = join(feed), join(feed)
    busy.is_busy = True
    feed.hub.feed(event(1))
    async with running(fanout):
        await written(reader, b": heartbeat\nid: e:1\n")
        assert reader.seen == 1
        feed.hub.feed(event(2, topic="chain"))
        await written(reader, b"event: chain\n")
        await written(reader, b": heartbeat\nid: e:2\n")
    assert busy.written == b""


async def test_heartbeat_is_for_who_has_everything_before_it() -> None:
    """And for nobody else: its position would say more than the reader was told."""
    fanout = Fanout(0.05)
    feed = make_feed(fanout)
    feed.hub.feed(event(1))
    even, fresh, ahead = (FakeReader(seen) for seen in (1, FRESH, 2))
    behind = FakeReader(0)
    for each in (even, fresh, ahead, behind):
        feed.readers.add(each)
    beat(feed, [even, fresh, ahead, behind], feed.heartbeat())
    assert even.told() == ["e:1"]
    assert [reader.written for reader in (fresh, ahead, behind)] == [b""] * 3


async def test_readers_out_of_step_are_told_what_each_is_missing() -> None:
    fanout = Fanout(60)
    feed = make_feed(fanout)
    readers = [FakeReader(seen) for seen in (0, 1, 0, 2)]
    for id in (1, 2):
        feed.hub.feed(event(id))
    serve(feed, readers)
    both, last = ["ops e:1", "ops e:2", "e:2"], ["ops e:2", "e:2"]
    assert [reader.told() for reader in readers] == [both, last, both, [""]]


async def test_feed_that_speaks_needs_no_heartbeat() -> None:
    fanout = Fanout(0.2)
    feed = make_feed(fanout)
    silent = make_feed(fanout)
    reader, other = join(feed), join(silent)
    async with running(fanout):
        id = 0
        while b"heartbeat" not in other.written:
            feed.hub.feed(event(id := id + 1))
            await asyncio.sleep(0.01)
    assert b"heartbeat" not in reader.written


async def test_removed_feed_is_forgotten() -> None:
    fanout = Fanout(0.01)
    feed = make_feed(fanout)
    reader = join(feed)
    feed.hub.feed(event(1))
    fanout.remove(feed)
    other = join(make_feed(fanout))
    async with running(fanout):
        await written(other, b"heartbeat")
    assert reader.written == b""


async def test_removed_feed_beats_no_more() -> None:
    fanout = Fanout(0.01)
    feed = make_feed(fanout)
    reader, other = join(feed), join(make_feed(fanout))
    fanout.remove(feed)
    async with running(fanout):
        await written(other, b"heartbeat")
    assert reader.written == b""
