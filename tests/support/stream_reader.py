"""A process that stores a Redis stream until it is killed: DSN and URL are its arguments."""

import asyncio
import os
import sys
from datetime import timedelta

from psycopg import Connection

from pgstrike.db.errors import FeedError
from pgstrike.jobs.ingest.side_by_side import Stores
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.live.feeds.redis_streams import open_feed
from pgstrike.jobs.live.plugin import Asked
from pgstrike.jobs.live.positions import positions_of
from pgstrike.jobs.live.wire import LiveWire
from pgstrike.jobs.quote import QuoteBatch

FEED = "queue"


def opened(connection: Connection) -> Store:
    return Store(connection, source=FEED, rate=0.065, horizon=timedelta(days=60))


async def store_stream(dsn: str, url: str) -> None:
    asked = Asked(
        FEED,
        ["NIFTY", "BANKNIFTY"],
        {"streams": "quotes"},
        lambda name: url,
        lambda: positions_of(dsn, FEED),
    )
    feed, stores = open_feed(asked), Stores(dsn, 2, opened)
    while True:
        try:
            async for batch in feed.updates(LiveWire(), ()):
                assert isinstance(batch, QuoteBatch)
                await asyncio.to_thread(stores.add, batch)
        except (OSError, FeedError):
            await asyncio.sleep(0.05)  # Redis is away


if __name__ == "__main__":
    os.environ.pop("PGSTRIKE_DSN", None)
    asyncio.run(store_stream(*sys.argv[1:]))
