"""api.hub: contiguity, filters, bounds."""

import asyncio

import pytest

from api.events import Event, Filter, Position, Reset
from api.hub import Bounds, Hub, Subscriber
from tests.api.fakes import event


def make_hub(at: int = 0, **bounds: Bounds) -> Hub:
    hub = Hub(**{"queue": Bounds(100, 100_000), **bounds})
    hub.start(Position("e", at), "other_epoch")
    return hub


def ids(items: list[Event | Reset]) -> list[int]:
    return [item.position.id for item in items]


async def take_all(subscriber: Subscriber) -> list[Event | Reset]:
    taken: list[Event | Reset] = []
    while items := await subscriber.take(0):
        taken += items
    return taken


async def test_events_go_to_everybody() -> None:
    hub = make_hub()
    with hub.subscribe(Filter()) as one, hub.subscribe(Filter()) as other:
        assert all(hub.feed(event(id)) for id in (1, 2, 3))
        assert ids(await take_all(one)) == ids(await take_all(other)) == [1, 2, 3]
    assert not hub.subscribers


async def test_hole_is_refused() -> None:
    hub = make_hub(5)
    with hub.subscribe(Filter()) as subscriber:
        assert hub.feed(event(6))
        assert not hub.feed(event(8))
        assert not hub.feed(event(7, epoch="f"))
        assert hub.feed(event(7))
        assert hub.feed(event(8))
        assert ids(await take_all(subscriber)) == [6, 7, 8]


async def test_known_event_is_not_sent_again() -> None:
    hub = make_hub(5)
    with hub.subscribe(Filter()) as subscriber:
        for id in (6, 5, 6, 1, 7):
            assert hub.feed(event(id))
        assert ids(await take_all(subscriber)) == [6, 7]


def test_unstarted_hub_takes_nothing() -> None:
    hub = Hub(queue=Bounds(1, 1))
    assert not hub.feed(event(1))
    assert hub.recent(0) is None


ABOUT = event(1, topic="chain", symbol="NIFTY", expiry="2025-09-02")


@pytest.mark.parametrize(
    ("wanted", "about", "passes"),
    [
        (Filter(), ABOUT, True),
        (Filter({"chain"}), ABOUT, True),
        (Filter({"rollup"}), ABOUT, False),
        (Filter(symbols={"NIFTY"}), ABOUT, True),
        (Filter(symbols={"BANKNIFTY"}), ABOUT, False),
        (Filter(symbols={"BANKNIFTY"}), event(1, topic="snapshot"), True),
        (Filter(expiries={"2025-09-02", "2025-09-09"}), ABOUT, True),
        (Filter(expiries={"2025-09-09"}), ABOUT, False),
        (Filter(expiries={"2025-09-09"}), event(1, symbol="NIFTY"), True),
        (Filter(symbols={"X"}, expiries={"2025-09-02"}), ABOUT, False),
        (Filter({"chain"}, {"NIFTY"}, {"2025-09-02"}), ABOUT, True),
    ],
)
def test_filter_passes(wanted: Filter, about: Event, passes: bool) -> None:
    assert wanted.passes(about) is passes


@pytest.mark.parametrize("queue", [Bounds(3, 100_000), Bounds(100, 360)])
async def test_full_queue_becomes_a_reset(queue: Bounds) -> None:
    hub = make_hub(queue=queue)
    with hub.subscribe(Filter()) as slow, hub.subscribe(Filter()) as quick:
        got: list[Event | Reset] = []
        for id in range(1, 7):
            hub.feed(event(id, size=50))
            got += await quick.take(0)
        assert ids(got) == [1, 2, 3, 4, 5, 6]
        first, *rest = await take_all(slow)
        assert isinstance(first, Reset)
        assert (first.reason, first.position) == ("too_slow", Position("e", 4))
        assert ids(rest) == [5, 6]
        assert slow.bytes == 0


async def test_reset_counts_anew() -> None:
    hub = make_hub(queue=Bounds(2, 100_000))
    with hub.subscribe(Filter()) as slow:
        for id in range(1, 100):
            hub.feed(event(id))
        assert len(slow.waiting) <= 2
        first, *_ = await take_all(slow)
        assert isinstance(first, Reset)


async def test_start_resets_everybody() -> None:
    hub = make_hub(9)
    with hub.subscribe(Filter({"chain"})) as subscriber:
        hub.feed(event(10, topic="chain"))
        hub.start(Position("f", 3), "other_epoch")
        hub.feed(event(4, epoch="f", topic="chain"))
        reset, after = await take_all(subscriber)
    assert reset == Reset("other_epoch", Position("f", 3))
    assert after.position == Position("f", 4)
    assert hub.recent(3) == [after]
    assert hub.recent(2) is None


def test_recent_is_what_memory_holds() -> None:
    hub = make_hub(10, ring=Bounds(3, 100_000))
    assert hub.recent(10) == []
    for id in range(11, 16):
        hub.feed(event(id))
    assert ids([*(hub.recent(13) or [])]) == [14, 15]
    assert ids([*(hub.recent(12) or [])]) == [13, 14, 15]
    assert hub.recent(11) is None
    assert hub.recent(15) == []


def test_ring_is_bounded_in_bytes() -> None:
    hub = make_hub(ring=Bounds(1000, 1000))
    for id in range(1, 100):
        hub.feed(event(id, size=100))
    assert hub.ring_bytes == sum(len(kept.frame) for kept in hub.ring) <= 1000
    assert hub.ring[-1].position.id == 99


async def test_take_is_bounded() -> None:
    hub = make_hub(queue=Bounds(1000, 10**6))
    with hub.subscribe(Filter()) as subscriber:
        for id in range(1, 31):
            hub.feed(event(id, size=7000))
        assert len(await subscriber.take(0)) == 10


async def test_take_waits_for_the_next() -> None:
    hub = make_hub()
    with hub.subscribe(Filter({"chain"})) as subscriber:
        waiting = asyncio.create_task(subscriber.take(60))
        await asyncio.sleep(0)
        hub.feed(event(1))
        await asyncio.sleep(0)
        assert not waiting.done()
        hub.feed(event(2, topic="chain"))
        assert ids(await waiting) == [2]


async def test_closed_hub_lets_go_after_what_waits() -> None:
    hub = make_hub()
    with hub.subscribe(Filter()) as subscriber:
        hub.feed(event(1))
        hub.close()
        assert ids(await subscriber.take(60)) == [1]
        assert await subscriber.take(60) == []
        assert subscriber.is_closed
