"""api.streams.registry: in whose line a feed waits, and how many a key may have."""

from unittest.mock import Mock

import pytest

from pgstrike.api.access.keys import Key
from pgstrike.api.access.rights import Rights
from pgstrike.api.errors import ApiError
from pgstrike.api.events.event import Filter, Position
from pgstrike.api.events.hub import Hub
from pgstrike.api.streams.fanout import Fanout
from pgstrike.api.streams.registry import StreamRegistry
from pgstrike.api.streams.subscription import Raw

WIDE = 40  # subscriptions


def make_streams(most: int = 1000) -> StreamRegistry:
    hub = Hub()
    hub.start(Position("e", 0), "other_epoch")
    return StreamRegistry(
        hub, Mock(), Fanout(60), queue_events=9, most=9, key_subscriptions=most
    )


def key(name: str, *, is_admin: bool = False) -> Key:
    return Key(name, b"", Rights(), is_admin=is_admin, streams=None)


def raw(number: int) -> Raw:
    return Raw(Filter(symbols=frozenset({f"S{number}"})), Rights())


async def test_feed_waits_in_the_line_of_its_lightest_key() -> None:
    """Also where the key that came first takes more and more afterwards."""
    streams = make_streams()
    shared = await streams.broadcast(raw(0), key("greedy"))
    await streams.broadcast(raw(0), key("modest"))
    others = [await streams.broadcast(raw(n), key("greedy")) for n in range(1, WIDE)]
    assert shared.payer == "modest"
    assert {feed.payer for feed in others} == {"greedy"}
    streams.release(shared, key("modest"))
    assert shared.payer == "greedy"
    late = await streams.broadcast(raw(1), key("late"))
    assert late.payer == "late"


async def test_what_is_released_is_forgotten() -> None:
    streams = make_streams()
    for _ in range(2):
        await streams.broadcast(raw(1), key("a"))
    feed = await streams.broadcast(raw(1), key("b"))
    for name in "aab":
        assert streams.broadcasts == {raw(1): feed}
        streams.release(feed, key(name))
    assert (
        not streams.broadcasts and not streams._broadcasts_of and not streams.hub.takers
    )


async def test_different_subscriptions_of_a_key_are_bounded() -> None:
    streams = make_streams(2)
    for number in (1, 2, 1, 2):
        feed = await streams.broadcast(raw(number), key("a"))
    with pytest.raises(ApiError, match="2 different subscriptions"):
        await streams.broadcast(raw(3), key("a"))
    await streams.broadcast(raw(3), key("b"))
    await streams.broadcast(raw(3), key("owner", is_admin=True))
    for _ in range(2):
        streams.release(feed, key("a"))
    await streams.broadcast(raw(4), key("a"))
