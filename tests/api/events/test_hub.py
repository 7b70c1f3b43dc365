"""api.events.hub: contiguity, what it remembers, and where events go on to."""

import asyncio

import pytest

from pgstrike.api.events.event import Event, Filter, Position, Reset
from pgstrike.api.events.hub import RING, Bounds, Hub
from tests.support.fakes import Taken, event


def make_hub(at: int = 0, ring: Bounds = RING) -> Hub:
    hub = Hub(ring=ring)
    hub.start(Position("e", at), "other_epoch")
    return hub


def ids(items: list[Event | Reset]) -> list[int]:
    return [item.position.id for item in items]


def test_events_go_to_everybody() -> None:
    hub = make_hub()
    one, other = Taken(hub), Taken(hub)
    assert all(hub.feed(event(id)) for id in (1, 2, 3))
    assert ids(one.items) == ids(other.items) == [1, 2, 3]


def test_hole_is_refused() -> None:
    hub = make_hub(5)
    taken = Taken(hub)
    assert hub.feed(event(6))
    assert not hub.feed(event(8))
    assert not hub.feed(event(7, epoch="f"))
    assert hub.feed(event(7))
    assert hub.feed(event(8))
    assert ids(taken.items) == [6, 7, 8]


def test_known_event_is_not_sent_again() -> None:
    hub = make_hub(5)
    taken = Taken(hub)
    for id in (6, 5, 6, 1, 7):
        assert hub.feed(event(id))
    assert ids(taken.items) == [6, 7]


def test_unstarted_hub_takes_nothing() -> None:
    hub = Hub()
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


def test_start_resets_everybody() -> None:
    hub = make_hub(9)
    taken = Taken(hub)
    hub.feed(event(10))
    hub.start(Position("f", 3), "other_epoch")
    hub.feed(event(4, epoch="f"))
    assert taken.items[1] == Reset("other_epoch", Position("f", 3))
    assert ids(taken.items) == [10, 3, 4]
    assert hub.recent(3) == [taken.items[2]]
    assert hub.recent(2) is None


@pytest.mark.parametrize("newest", [Position("e", 7), Position("f", 1)])
async def test_reach_waits_for_an_event_or_another_epoch(newest: Position) -> None:
    hub = make_hub(5)
    await hub.reach(Position("e", 5))
    reaching = asyncio.create_task(hub.reach(Position("e", 7)))
    hub.feed(event(6))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not reaching.done()
    if newest.epoch == "e":
        hub.feed(event(7))
    else:
        hub.start(newest, "other_epoch")
    await asyncio.wait_for(reaching, 10)


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
    assert hub.ring_bytes == sum(len(kept.frame.plain) for kept in hub.ring) <= 1000
    assert hub.ring[-1].position.id == 99


def test_ring_starts_empty_again() -> None:
    hub = make_hub(ring=Bounds(1000, 100_000))
    hub.feed(event(1, size=100))
    hub.start(Position("f", 3), "other_epoch")
    assert hub.ring_bytes == 0
    hub.feed(event(4, epoch="f", size=100))
    assert hub.ring_bytes == len(hub.ring[0].frame.plain)


async def test_relief_is_there_once_nobody_is_pressed() -> None:
    hub = make_hub()
    one, other = Taken(hub), Taken(hub)
    await hub.relief()
    for _ in range(2):  # also the second time
        hub.press(one)
        hub.press(other)
        waiting = asyncio.create_task(hub.relief())
        hub.relieve(one)
        for _ in range(3):
            await asyncio.sleep(0)
        assert not waiting.done()
        hub.relieve(other)
        await asyncio.wait_for(waiting, 10)


async def test_relief_that_never_comes_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pgstrike.api.events.hub.RELIEF_SECONDS", 0.01)
    hub = make_hub()
    hub.press(Taken(hub))
    await asyncio.wait_for(hub.relief(), 20)
