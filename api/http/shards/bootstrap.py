"""What a page asks first, of all servers."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from pgstrike.api.access.rights import Rights
from pgstrike.api.http.auth import key_of
from pgstrike.api.http.shards.merged import (
    AWAY_SECONDS,
    Body,
    Merger,
    Said,
    ask_all,
    with_etag,
)
from pgstrike.api.http.shards.servers import Server, Servers
from pgstrike.db.errors import DatabaseError


async def bootstrap(request: web.Request, servers: Servers) -> web.Response:
    merger = await ask_all(request, servers)
    return with_etag(request, merged(merger, servers, key_of(request).rights))


async def read_all(
    servers: Servers,
    rights: Rights,
    read: Callable[[web.Application], Awaitable[bytes]],
) -> bytes:
    """The same, where `read` asks the database of one server."""

    async def of(server: Server) -> Said | Server:
        if server.app is None:
            return server
        try:
            async with asyncio.timeout(AWAY_SECONDS):
                return Said(server, json.loads(await read(server.app)))
        except (DatabaseError, TimeoutError):
            return server

    found = await asyncio.gather(*map(of, servers.all))
    return json.dumps(
        merged(Merger.of(found, servers.placement), servers, rights)
    ).encode()


def merged(merger: Merger, servers: Servers, rights: Rights) -> Body:
    shown = [
        market
        for each in merger.said
        for market in each.body["symbols"]
        if servers.has(each.server, market["symbol"])
    ]
    body = {
        **merger.said[0].body,
        "event": merger.event(),
        "symbols": sorted(shown, key=lambda market: str(market["symbol"])),
        "waiting": sorted(
            symbol
            for each in merger.said
            for symbol in each.body["waiting"]
            if servers.has(each.server, symbol)
        ),
    }
    if merger.away:
        body["away"] = [
            {"server": server.name, "symbols": sorted(rights.shown(symbols))}
            for server in merger.away
            for symbols in [servers.symbols_of(server)]
        ]
    return body
