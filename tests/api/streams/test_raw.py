"""api.streams.raw: what is pending for whoever has seen so much."""

from unittest.mock import Mock

import pytest

from pgstrike.api.access.rights import Rights
from pgstrike.api.events.event import Filter, Position, Reset
from pgstrike.api.events.hub import Bounds, Hub
from pgstrike.api.streams.broadcast import BURST_BYTES, RESTARTED
from pgstrike.api.streams.raw import RawBroadcast
from pgstrike.api.streams.subscription import Raw
from tests.support.fakes import FakeReader, event

EVERYTHING = Raw(Filter(), Rights())
ROOMY = Bounds(100, 10**6)


def make_feed(bounds: Bounds = ROOMY, raw: Raw = EVERYTHING) -> RawBroadcast:
    hub = Hub()
    hub.start(Position("e", 0), "other_epoch")
    return RawBroadcast(raw, hub, bounds, Mock())


def read(feed: RawBroadcast, reader: FakeReader) -> list[str]:
    """What a reader is told until nothing is pending."""
    while burst := feed.pending(reader.seen):
        reader.write(burst)
    told, reader.written = reader.told(), b""
    return told[:-1]


def test_each_event_is_told_once() -> None:
    feed, reader = make_feed(), FakeReader(0)
    told = []
    for id in range(1, 8):
        feed.hub.feed(event(id))
        if id % 3 == 1:
            told += read(feed, reader)
    assert told == [f"ops e:{id}" for id in range(1, 8)]


def test_readers_share_what_is_encoded() -> None:
    feed = make_feed()
    feed.hub.feed(event(1))
    one, other = feed.pending(0), feed.pending(0)
    assert one is not None and other is not None
    key = ("identity", True)
    assert one.wire(key) is other.wire(key)


def test_only_what_is_wanted_stirs() -> None:
    feed = make_feed(raw=Raw(Filter({"chain"}), Rights()))
    feed.hub.feed(event(1))
    assert feed._stir.call_count == 0
    feed.hub.feed(event(2, topic="chain"))
    assert feed._stir.call_count == 1
    assert read(feed, FakeReader(0)) == ["chain e:2"]


@pytest.mark.parametrize(
    ("rights", "told"),
    [
        (Rights(), ["chain e:1", "chain e:2", "task e:3"]),
        (Rights(symbols=frozenset({"NIFTY"})), ["chain e:1", "task e:3"]),
        (Rights(topics=frozenset({"task"})), ["task e:3"]),
    ],
)
def test_rights_hold(rights: Rights, told: list[str]) -> None:
    feed = make_feed(raw=Raw(Filter(), rights))
    feed.hub.feed(event(1, topic="chain", symbol="NIFTY"))
    feed.hub.feed(event(2, topic="chain", symbol="BANKNIFTY"))
    feed.hub.feed(event(3, topic="task"))
    assert read(feed, FakeReader(0)) == told


@pytest.mark.parametrize("bounds", [Bounds(3, 100_000), Bounds(100, 310)])
def test_reader_too_far_behind_is_reset(bounds: Bounds) -> None:
    feed = make_feed(bounds)
    slow, quick = FakeReader(0), FakeReader(0)
    told = []
    for id in range(1, 7):
        feed.hub.feed(event(id, size=50))
        told += read(feed, quick)
        if id == 4:
            assert read(feed, slow) == ["reset e:4"]
    assert told == [f"ops e:{id}" for id in range(1, 7)]
    assert read(feed, slow) == ["ops e:5", "ops e:6"]


def test_restart_is_told_to_everybody() -> None:
    feed, reader = make_feed(), FakeReader(0)
    feed.readers.add(reader)
    feed.hub.feed(event(1))
    feed.hub.start(Position("f", 3), "other_epoch")
    feed.hub.feed(event(4, epoch="f"))
    assert reader.seen == RESTARTED
    [first, *_] = feed.pending(RESTARTED).frames  # type: ignore[union-attr]
    assert first.plain == Reset("other_epoch", Position("f", 3)).frame().plain
    assert read(feed, reader) == ["reset f:3", "ops f:4"]


def test_burst_is_bounded() -> None:
    feed, reader = make_feed(), FakeReader(0)
    for id in range(1, 31):
        feed.hub.feed(event(id, size=7000))
    burst = feed.pending(0)
    assert burst is not None and not burst.is_last
    assert BURST_BYTES <= len(burst.plain) < BURST_BYTES + 8000
    assert len(read(feed, reader)) == 30


def test_closed_feed_takes_nothing() -> None:
    feed = make_feed()
    feed.close()
    feed.hub.feed(event(1))
    assert feed.pending(0) is None
