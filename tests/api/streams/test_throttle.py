"""api.streams.throttle: at once after a quiet time, then once an interval, and all together."""

import asyncio

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
