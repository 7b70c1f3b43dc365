"""api.events.listener: LISTEN first, then the gap; the log is the truth."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from pgstrike.api.events.event import Event, Position, Reset
from pgstrike.api.events.hub import Hub
from pgstrike.api.events.listener import Listener
from pgstrike.api.events.log import Head
from tests.support.fakes import FakeChannel, FakeLog, Taken, event, payload


@contextlib.asynccontextmanager
async def listening(
    hub: Hub, log: FakeLog, *script: str | None, poll_seconds: float = 60
) -> AsyncIterator[Taken]:
    channel = FakeChannel(*script)
    listener = Listener(channel, log, hub, poll_seconds=poll_seconds)
    taken = Taken(hub)
    task = asyncio.create_task(listener.run())
    try:
        yield taken
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def make_hub(at: int | None = 0) -> Hub:
    hub = Hub()
    if at is not None:
        hub.start(Position("e", at), "other_epoch")
    return hub


async def test_gap_is_read_on_connection() -> None:
    log = FakeLog(3)
    async with listening(make_hub(), log, None, payload(4)) as taken:
        found = await taken.first(4)
    assert [item.position.id for item in found] == [1, 2, 3, 4]
    assert log.reads == [(0, 3)]


async def test_hole_is_read_from_the_log() -> None:
    log = FakeLog(7)
    script = (payload(1), payload(4), payload(5), payload(7), payload(8))
    async with listening(make_hub(), log, *script) as taken:
        found = await taken.first(8)
    assert [item.position.id for item in found] == [*range(1, 9)]
    assert log.reads == [(1, 7)]


async def test_first_connection_starts_at_the_newest() -> None:
    hub = make_hub(None)
    async with listening(hub, FakeLog(9), None, payload(10)) as taken:
        reset, following = await taken.first(2)
    assert isinstance(reset, Reset) and reset.position == Position("e", 9)
    assert following.position == Position("e", 10)


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        (FakeLog(9, epoch="f"), "other_epoch"),
        (FakeLog(3), "rewound"),
        (FakeLog(9, oldest=7), "too_old"),
    ],
)
async def test_break_in_the_log_resets(log: FakeLog, reason: str) -> None:
    async with listening(make_hub(5), log, None) as taken:
        [reset] = await taken.first(1)
    assert reset == Reset(reason, log.state.position)


async def test_log_is_asked_until_it_answers() -> None:
    log = FakeLog(2, fails=2)
    async with listening(make_hub(), log, None) as taken:
        found = await taken.first(2)
    assert [item.position.id for item in found] == [1, 2]
    assert log.failed == 2


async def test_failure_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FakeLog):
        async def head(self):  # type: ignore[no-untyped-def]
            if not self.failed:
                self.failed = 1
                raise RuntimeError("not foreseen")
            return await super().head()

    async with listening(make_hub(), Broken(1), None) as taken:
        [found] = await taken.first(1)
    assert found.position.id == 1
    assert "not foreseen" in caplog.text


async def test_log_is_asked_though_nothing_is_notified() -> None:
    log = FakeLog(3)
    async with listening(make_hub(), log, poll_seconds=0.01) as taken:
        found = await taken.first(3)
        log.state = log.state._replace(newest=5)
        found += await taken.first(2)
    assert [item.position.id for item in found] == [1, 2, 3, 4, 5]


async def test_poll_goes_on_after_a_failure() -> None:
    async with listening(make_hub(), FakeLog(1, fails=2), poll_seconds=0.01) as taken:
        [found] = await taken.first(1)
    assert found.position.id == 1


async def test_log_asked_before_a_notification_rewinds_nothing() -> None:
    """What the hub takes while the log is being asked is not lost on the server."""
    hub = make_hub(5)

    class Slow(FakeLog):
        async def head(self):  # type: ignore[no-untyped-def]
            found = await super().head()
            hub.feed(event(6))
            return found

    await Listener(FakeChannel(), Slow(5), hub).catch_up()
    assert hub.position == Position("e", 6)


class Held(FakeLog):
    """Answers when it is let, with what it would have said when it was asked."""

    def hold(self) -> None:
        self.asked, self.let = asyncio.Event(), asyncio.Event()

    async def head(self) -> Head:
        found = await super().head()
        self.asked.set()
        await self.let.wait()
        return found


async def test_poll_that_waits_for_a_connection_keeps_nobody() -> None:
    """A pool may need seconds until it has one again, and the listener has its own."""
    held, own = Held(2), FakeLog(3)
    held.hold()
    hub = make_hub()
    listener = Listener(FakeChannel(), held, hub, own_log=own, poll_seconds=0)
    polling = asyncio.create_task(listener.run())
    await held.asked.wait()
    await asyncio.wait_for(listener.catch_up(), 10)
    assert hub.position == Position("e", 3)
    polling.cancel()
    await asyncio.gather(polling, return_exceptions=True)


@pytest.mark.parametrize(
    "log", [{"newest": 9, "epoch": "f"}, {"newest": 3}, {"newest": 9, "oldest": 7}]
)
async def test_poll_that_is_overtaken_resets_nobody_again(log: Any) -> None:
    held = Held(**log)
    held.hold()
    hub = make_hub(5)
    taken = Taken(hub)
    own = FakeLog(**log)
    listener = Listener(FakeChannel(), held, hub, own_log=own)
    polling = asyncio.create_task(listener._read_gap(held))
    await held.asked.wait()
    await asyncio.wait_for(listener.catch_up(), 10)
    assert hub.feed(event(own.state.newest + 1, epoch=own.state.epoch))
    held.state = held.state._replace(newest=own.state.newest + 1)
    held.let.set()
    await polling
    assert [type(item) for item in taken.items] == [Reset, Event]
