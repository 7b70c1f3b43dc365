"""Readers in step are written to by their descriptors: each gets all, once and in order."""

import asyncio
import contextlib
import os
from collections.abc import Iterator

import pytest
from aiohttp import web

from pgstrike.api.access.rights import Rights
from pgstrike.api.events.event import Filter, Position
from pgstrike.api.events.hub import Bounds, Hub
from pgstrike.api.server.http_connection import HttpConnection
from pgstrike.api.streams import fanout as fanouts
from pgstrike.api.streams import in_step
from pgstrike.api.streams.connection import CLOSED
from pgstrike.api.streams.fanout import beats
from pgstrike.api.streams.raw import RawBroadcast
from pgstrike.api.streams.subscription import Raw
from pgstrike.api.wire.frames import Burst, Frame
from pgstrike.db.background import running
from tests.api.conftest import Client
from tests.support.fakes import event
from tests.support.frozen import FrozenReader, address_of
from tests.support.seeds import seeds
from tests.support.stream_market import Market, Reader


@seeds(100, quick=5)
async def test_each_gets_all_once_and_in_order(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_step, "WORK", 3)
    monkeypatch.setattr(fanouts, "WORK", 3)
    market = Market(seed)
    for _ in range(10):
        await market.come()
    with contextlib.closing(market):
        async with running(market.fanout.run(), "fan-out"):
            await market.play(300)
    assert len(market.feed.readers) == 0
    assert market.most_in_step > 5 and market.behind > 5


@pytest.fixture
def feed() -> RawBroadcast:
    hub = Hub()
    hub.start(Position("e", 0), "other_epoch")
    return RawBroadcast(
        Raw(Filter(), Rights()), hub, Bounds(1000, 10**6), lambda _: None
    )


@pytest.fixture
def pair(feed: RawBroadcast) -> Iterator[list[Reader]]:
    """Two readers in step."""
    found = [Reader(feed), Reader(feed)]
    for reader in found:
        feed.readers.join(reader)
    assert [each.group for each in found] == feed.readers.groups() * 2
    yield found
    for reader in found:
        reader.transport.close()


def send(feed: RawBroadcast, id: int) -> None:
    """To the readers in step alone."""
    feed.hub.feed(event(id))
    for group in feed.readers.groups():
        assert sum(group.send_pending(feed.pending)) == len(group.readers)


def test_lost_reader_is_not_written_to(feed: RawBroadcast, pair: list[Reader]) -> None:
    """Its descriptor is another's by now."""
    lost, kept = pair
    descriptor = lost.descriptor
    out, into = os.pipe()
    lost.lose()
    lost.transport.own.close()
    os.dup2(into, descriptor)
    send(feed, 1)
    lost.send(b"more")
    os.close(into)
    os.close(descriptor)
    assert os.read(out, 10) == b""
    os.close(out)
    assert [found.last_id for found in kept.events()] == ["e:1"]


def test_broken_reader_is_aborted_and_set_apart(
    feed: RawBroadcast, pair: list[Reader]
) -> None:
    broken, kept = pair
    broken.transport.peer.close()
    feed.hub.feed(event(1))
    [group] = feed.readers.groups()
    assert [*group.send_pending(feed.pending)] == [2]
    assert broken.transport.is_aborted and not kept.transport.is_aborted
    assert group.readers == [kept] and feed.readers.apart == {broken}
    feed.readers.join(broken)
    assert group.readers == [kept]


def test_readers_in_step_get_a_heartbeat_once_they_have_all(
    feed: RawBroadcast, pair: list[Reader]
) -> None:
    feed.hub.feed(event(1))
    assert [*beats(feed)] == []
    [group] = feed.readers.groups()
    assert [*group.send_pending(feed.pending)] == [2]
    assert [*beats(feed)] == [2]
    for reader in pair:
        reader.transport.take()
        assert reader.transport.taken.endswith(b": heartbeat\nid: e:1\n\n")


def test_round_ends_with_what_was_pending(
    feed: RawBroadcast, pair: list[Reader]
) -> None:
    [group] = feed.readers.groups()
    bursts = [Burst([Frame(b"%d" % id)], id, is_last=id != 1) for id in range(1, 4)]
    assert [*group.send_pending(bursts.__getitem__)] == [2, 2]
    for reader in pair:
        reader.transport.take()
        assert (reader.seen, reader.transport.taken) == (2, b"12")


def test_reader_that_comes_in_the_middle_joins_those_that_have_the_same(
    feed: RawBroadcast, pair: list[Reader], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_step, "WORK", 1)
    feed.hub.feed(event(1))
    [group] = feed.readers.groups()
    parts = group.send_pending(feed.pending)
    assert next(parts) == 1
    first, second = group.readers
    assert (first.seen, second.seen) == (1, 0)
    first.step_out()
    feed.readers.join(first)
    assert (first.seen, second.seen) == (1, 0)
    assert [*parts] == [1]
    for reader in pair:
        assert [found.last_id for found in reader.events()] == ["e:1"]


@pytest.mark.one_engine
async def test_reader_is_lost_before_its_socket_is_closed(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost, seen = asyncio.Event(), list[int]()
    above = web.RequestHandler.connection_lost

    def connection_lost(own: HttpConnection, error: BaseException | None) -> None:
        if own.reader is not None:
            seen.append(own.reader.descriptor)
            lost.set()
        above(own, error)

    monkeypatch.setattr(web.RequestHandler, "connection_lost", connection_lost)
    async with FrozenReader(address_of(client), ""):
        pass
    await asyncio.wait_for(lost.wait(), 20)
    assert seen == [CLOSED]
