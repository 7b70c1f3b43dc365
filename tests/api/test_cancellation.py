"""Cancelled, every loop ends at once, as cancelled, and leaves nothing behind."""

import asyncio
from collections.abc import Coroutine

import pytest

from api.events import Filter, Position
from api.hub import Bounds, Hub
from api.listener import Listener
from api.stream import follow
from tests.api.fakes import FakeChannel, FakeLog, FakeResponse, event


async def expect_cancelled(
    coroutine: Coroutine[None, None, None], ready: asyncio.Event
) -> None:
    task = asyncio.create_task(coroutine)
    await ready.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def make_hub() -> Hub:
    hub = Hub(queue=Bounds(10, 10_000))
    hub.start(Position("e", 0), "other_epoch")
    return hub


@pytest.mark.parametrize("stalls", [False, True])
async def test_stream_is_cancelled(stalls: bool) -> None:
    hub, response = make_hub(), FakeResponse(stalls=stalls)
    with hub.subscribe(Filter()) as subscriber:
        hub.feed(event(1))
        await expect_cancelled(follow(response, subscriber, 0, hub, 60), response.asked)


async def test_stalled_write_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.stream.STALL_SECONDS", 0.01)
    hub = make_hub()
    with hub.subscribe(Filter()) as subscriber:
        hub.feed(event(1))
        with pytest.raises(TimeoutError):
            await follow(FakeResponse(stalls=True), subscriber, 0, hub, 60)


async def test_waiting_listener_is_cancelled() -> None:
    hub, channel = make_hub(), FakeChannel(None)
    await expect_cancelled(Listener(channel, FakeLog(1), hub).run(), channel.waits)
    assert hub.position == Position("e", 1)
    assert channel.closed


async def test_retrying_listener_is_cancelled() -> None:
    hub, channel, log = make_hub(), FakeChannel(None), FakeLog(1, fails=10**9)
    await expect_cancelled(Listener(channel, log, hub).run(), log.has_failed)
    assert channel.closed
