"""A hub over the source that PGSTRIKE_SOURCE names, which notes when it had each event.

Says `ready`, reads the last id from its input, and then writes the ids with their moments.
"""

import asyncio
import json
import os
import sys
from time import time_ns

from pgstrike.api.events.event import Event, Position, Reset
from pgstrike.api.events.hub import Hub
from pgstrike.api.events.listener import Listener
from pgstrike.api.events.log import EventLog
from pgstrike.api.settings import ApiSettings
from pgstrike.api.sources import Asked, open_source
from pgstrike.db.background import running
from pgstrike.db.pool import open_pool
from pgstrike.db.session import OF_THE_API

READY_SECONDS = 30


class Clock:
    """When each event came."""

    def __init__(self, hub: Hub) -> None:
        self.at: dict[int, int] = {}
        hub.takers[self] = None

    def take(self, event: Event) -> None:
        self.at[event.position.id] = time_ns()

    def restart(self, reset: Reset) -> None:
        self.at.clear()


async def main() -> None:
    settings = ApiSettings.from_env(os.environ, insecure=True)
    dsn = settings.database.dsn
    assert dsn is not None
    hub = Hub()
    clock = Clock(hub)
    async with open_pool(
        dsn, size=2, application_name="pgstrike api", settings=OF_THE_API
    ) as pool:
        asked = Asked(settings, dsn, pool, lambda: hub.position)
        async with open_source(asked) as opened:
            log = EventLog(pool)
            listener = Listener(
                opened.source,
                log,
                hub,
                own_log=EventLog(opened.source),
                look=opened.look,
                may_lag=opened.may_lag,
                overtakes=opened.overtakes,
            )
            async with running(listener.run(), "listener"):
                await opened.proved()
                await ready(hub, listener)
                await told(hub)
    print(json.dumps(clock.at), flush=True)


async def ready(hub: Hub, listener: Listener) -> None:
    async with asyncio.timeout(READY_SECONDS):
        while hub.position is None or not listener.source.alive():  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    print("ready", flush=True)


async def told(hub: Hub) -> None:
    last = int(await asyncio.to_thread(sys.stdin.readline))
    assert hub.position is not None
    await hub.reach(Position(hub.position.epoch, last))


if __name__ == "__main__":
    asyncio.run(main())
