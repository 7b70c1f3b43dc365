"""api.streams.throttle: at once after a quiet time, then once an interval, and all together."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any
from unittest.mock import Mock

import pytest

from pgstrike.api.streams import throttle
from pgstrike.api.streams.throttle import GATHER_SECONDS, Throttle


class Paced:
    """Notes when it is due."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.more = asyncio.Event()

    def due(self) -> None:
        self.times.append(asyncio.get_running_loop().time())
        self.more.set()

    async def next(self) -> float:
        async with asyncio.timeout(20):
            await self.more.wait()
        self.more.clear()
        return self.times[-1]


async def test_first_change_is_told_at_once_and_the_next_after_an_interval() -> None:
    """Counted from when the first was due: a tick that comes late puts off no other."""
    pace, feed = Throttle(0.3), Paced()
    began = asyncio.get_running_loop().time()
    for _ in range(3):
        pace.want(feed)
    first = await feed.next()
    assert GATHER_SECONDS <= first - began < 0.3
    pace.want(feed)
    assert await feed.next() - began >= GATHER_SECONDS + 0.3
    assert len(feed.times) == 2


async def test_feeds_share_a_tick() -> None:
    pace, feeds = Throttle(0.05), [Paced() for _ in range(5)]
    for feed in feeds:
        pace.want(feed)
    await feeds[0].next()
    assert [len(feed.times) for feed in feeds] == [1] * 5


async def test_forgotten_feed_is_not_told() -> None:
    pace, gone, stays = Throttle(0.05), Paced(), Paced()
    pace.want(gone)
    pace.want(stays)
    pace.forget(gone)
    await stays.next()
    assert gone.times == []


class Clock:
    """A loop whose time is set by hand."""

    def __init__(self) -> None:
        self.now = 10.0
        self.at: list[float] = []  # when ticks are due
        self.calls: list[Callable[[], object]] = []
        self.handle = Mock()

    def time(self) -> float:
        return self.now

    def call_at(self, at: float, call: Callable[..., object], *arguments: Any) -> Mock:
        self.at.append(round(at, 6))
        self.calls.append(partial(call, *arguments))
        return self.handle

    def call_soon(self, call: Callable[[], object]) -> Mock:
        self.calls.append(call)
        return self.handle

    def run(self, now: float | None = None) -> None:
        """The next call, at some time."""
        self.now = now or self.now
        self.calls.pop(0)()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(throttle.asyncio, "get_running_loop", lambda: clock)
    return clock


@pytest.mark.parametrize(
    ("ran_at", "next_at"), [(10.005, 10.305), (10.2, 10.305), (10.9, 10.905)]
)
def test_next_tick_is_counted_from_when_the_last_was_due(
    clock: Clock, ran_at: float, next_at: float
) -> None:
    pace, feed = Throttle(0.3), Mock()
    pace.want(feed)
    clock.run(ran_at)
    pace.want(feed)
    assert clock.at == [10.005, next_at]
    feed.due.assert_called_once_with()


def test_others_run_between_many_feeds(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wanted or forgotten meanwhile is in time."""
    monkeypatch.setattr(throttle, "AT_ONCE", 2)
    pace, feeds, wants = Throttle(0.3), [Mock() for _ in range(5)], Mock()
    for feed in feeds:
        pace.want(feed)
    clock.run(10.005)
    assert [feed.due.call_count for feed in feeds] == [1, 1, 0, 0, 0]
    pace.want(wants)
    pace.forget(feeds[2])
    clock.run()
    assert [feed.due.call_count for feed in feeds] == [1, 1, 0, 1, 1]
    assert clock.at == [10.005, 10.305] and not wants.due.called
    clock.run(10.305)
    assert wants.due.called and not clock.calls


def test_closed_pace_tells_nobody(clock: Clock) -> None:
    pace = Throttle(0.3)
    pace.close()
    pace.want(Mock())
    pace.close()
    clock.handle.cancel.assert_called_once_with()


def test_one_due_may_have_the_next_forgotten(clock: Clock) -> None:
    """Its stream ends as the other is sent."""
    pace, first, second = Throttle(0.3), Mock(), Mock()
    pace.want(first)
    pace.want(second)
    first.due.side_effect = lambda: pace.forget(second)
    clock.run(10.005)
    first.due.assert_called_once_with()
    second.due.assert_not_called()


def test_one_due_that_wants_again_waits_for_one_tick(clock: Clock) -> None:
    pace, feed = Throttle(0.3), Mock()
    feed.due.side_effect = lambda: pace.want(feed)
    pace.want(feed)
    clock.run(10.005)
    assert clock.at == [10.005, 10.305]


def test_one_due_that_fails_stops_no_later_tick(clock: Clock) -> None:
    pace, feed = Throttle(0.3), Mock()
    feed.due.side_effect = [ZeroDivisionError, None]
    pace.want(feed)
    with pytest.raises(ZeroDivisionError):
        clock.run(10.005)
    pace.want(feed)
    clock.run(10.305)
    assert feed.due.call_count == 2
