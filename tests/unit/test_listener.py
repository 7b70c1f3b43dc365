"""api.listener: LISTEN first, then the gap; the log is the truth."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from api.events import Position, Reset
from api.hub import Hub
from api.listener import Listener
from tests.api.fakes import FakeChannel, FakeLog, Taken, event, payload


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
