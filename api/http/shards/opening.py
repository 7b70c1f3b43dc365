"""The applications of the other servers, which start and end with that of the home server."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from functools import partial

from aiohttp import web

from pgstrike.api.events.merged import MergedHub
from pgstrike.api.http.app_keys import DOORS, DSN, MERGED, MERGED_HUB, SETTINGS, STREAMS
from pgstrike.api.http.shards.servers import SERVERS, Opening, Servers, keep_open
from pgstrike.api.http.shards.stream import home_of, join
from pgstrike.api.streams.merged_registry import MergedRegistry
from pgstrike.db.background import running


def opens_shards(
    make_app: Callable[..., web.Application],
) -> Callable[[web.Application], AsyncIterator[None]]:
    """What aiohttp runs beside an application; `make_app` makes that of each shard."""

    async def open_shards(app: web.Application) -> AsyncIterator[None]:
        settings, streams = app[SETTINGS], app[STREAMS]
        servers = app[SERVERS] = Servers(app, settings.shards)
        hub = app[MERGED_HUB] = MergedHub(
            [server.name for server in servers.all], servers.placement
        )
        app[MERGED] = MergedRegistry(
            hub,
            partial(home_of, servers),
            loader=streams.loader,
            fanout=streams.fanout,
            queue_events=settings.queue_events,
            most=streams.most,
            key_subscriptions=settings.key_subscriptions,
        )
        join(servers, hub, servers.home)
        alone = settings._replace(
            shards=(), source="listen", primary_dsn=None, metrics_address=None
        )
        tried = []
        async with contextlib.AsyncExitStack() as stack:
            for shard, server in zip(settings.shards, servers.all[1:], strict=True):
                opening = Opening(
                    shard,
                    app[DSN],
                    partial(make_app, alone, shard.dsn, app[DOORS], app, shard.name),
                    partial(join, servers, hub),
                    asyncio.Event(),
                )
                tried.append(opening.first.wait())
                name = f"shard {shard.name}"
                await stack.enter_async_context(
                    running(keep_open(server, opening), name)
                )
            await asyncio.gather(*tried)
            yield

    return open_shards
