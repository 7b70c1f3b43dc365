"""Cancelled, every loop ends at once, as cancelled, and leaves nothing behind."""

import asyncio
from collections.abc import Coroutine
from unittest.mock import MagicMock, Mock

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from pgstrike.api.access.rights import Rights
from pgstrike.api.events.event import Filter, Position
from pgstrike.api.events.hub import Bounds, Hub
from pgstrike.api.events.listener import Listener
from pgstrike.api.http.stream import read
from pgstrike.api.streams.broadcast import Broadcast
from pgstrike.api.streams.connection import StreamConnection
from pgstrike.api.streams.fanout import Fanout, serve
from pgstrike.api.streams.raw import RawBroadcast
from pgstrike.api.streams.subscription import Raw
from tests.support.fakes import FakeChannel, FakeLog, FakeReader, event


async def expect_cancelled(
    coroutine: Coroutine[None, None, None], ready: asyncio.Event
) -> None:
    task = asyncio.create_task(coroutine)
    async with asyncio.timeout(20):
        await ready.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def make_hub() -> Hub:
    hub = Hub()
    hub.start(Position("e", 0), "other_epoch")
    return hub


def make_request(*, is_draining: bool = False) -> web.Request:
    app = MagicMock()
    app.__getitem__.return_value.is_draining = is_draining
    app.__getitem__.return_value.fanout.turn = at_once
    return make_mocked_request("GET", "/", app=app)


async def at_once(feed: Broadcast, reader: StreamConnection) -> None:
    serve(feed, [reader])


class WatchedReader(FakeReader):
    """Says when its task waits."""

    __slots__ = ("waits",)

    async def woken(self) -> None:
        self.waits.set()
        await super().woken()


async def test_reading_is_cancelled() -> None:
    feed = RawBroadcast(Raw(Filter(), Rights()), make_hub(), Bounds(9, 9999), Mock())
    reader = WatchedReader(0)
    reader.waits = asyncio.Event()
    await expect_cancelled(read(make_request(), reader, Mock(), feed), reader.waits)
    assert not feed.readers


async def test_reader_that_is_let_go_is_told_what_is_pending() -> None:
    feed = RawBroadcast(Raw(Filter(), Rights()), make_hub(), Bounds(9, 9999), Mock())
    reader = WatchedReader(0)
    reader.waits = asyncio.Event()
    task = asyncio.create_task(read(make_request(), reader, Mock(), feed))
    await reader.waits.wait()
    feed.hub.feed(event(1))  # and no fan-out runs
    reader.close()
    await asyncio.wait_for(task, 20)
    assert reader.told() == ["ops e:1", "e:1"]
    assert b"\nretry: " in reader.written


async def test_reader_that_comes_while_others_go_is_let_go() -> None:
    feed = RawBroadcast(Raw(Filter(), Rights()), make_hub(), Bounds(9, 9999), Mock())
    feed.hub.feed(event(1))
    reader = WatchedReader(0)
    request = make_request(is_draining=True)
    await asyncio.wait_for(read(request, reader, Mock(), feed), 20)
    assert reader.told() == ["ops e:1", "e:1"]


async def test_fanout_is_cancelled() -> None:
    fanout, served = Fanout(60), asyncio.Event()
    feed = RawBroadcast(
        Raw(Filter(), Rights()), make_hub(), Bounds(9, 9999), fanout.stir
    )
    feed.passed = lambda mark: served.set()  # type: ignore[method-assign]
    fanout.add(feed)
    feed.readers.add(reader := FakeReader(0))
    feed.hub.feed(event(1))
    await expect_cancelled(fanout.run(), served)
    assert reader.told() == ["ops e:1", "e:1"]


async def test_waiting_listener_is_cancelled() -> None:
    hub, channel = make_hub(), FakeChannel(None)
    await expect_cancelled(Listener(channel, FakeLog(1), hub).run(), channel.waits)
    assert hub.position == Position("e", 1)
    assert channel.closed


async def test_retrying_listener_is_cancelled() -> None:
    hub, channel, log = make_hub(), FakeChannel(None), FakeLog(1, fails=10**9)
    await expect_cancelled(Listener(channel, log, hub).run(), log.has_failed)
    assert channel.closed
