"""Each request goes to the server of its symbol; what names none goes to all, and is merged.

The table of routes says which answers are merged (`merged`). Others that name no symbol are of
the home server: keys, sessions, tasks, alerts and watchlists are there.
"""

import logging
from typing import Any

from aiohttp import hdrs, web
from multidict import CIMultiDict

from pgstrike.api.errors import Handler
from pgstrike.api.events.event import POSITIONS, Position
from pgstrike.api.http.app_keys import HUB
from pgstrike.api.http.route import TABLE
from pgstrike.api.http.shards.servers import (
    PLACED,
    SERVERS,
    Server,
    Servers,
    all_servers,
    away,
)
from pgstrike.api.http.stream import stream
from pgstrike.api.outage import UNAVAILABLE, refusal_of
from pgstrike.db.errors import DatabaseError, one_line

logger = logging.getLogger(__name__)

SYMBOL = "symbol"  # of the parameters; in charts a ticker, which begins with one
AFTER = "after"
LAST_EVENT_ID = "Last-Event-ID"
IDS = (LAST_EVENT_ID, hdrs.IF_MATCH)


@web.middleware
async def place(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Pass a request on to the application of the server that it is for."""
    row = request.app[TABLE].row(request)
    if row is None or SERVERS not in request.app:
        return await handler(with_part(request, request.app))
    servers = request.app[SERVERS]
    named = servers_of(request, servers)
    if len(named) == 1 and row.parameters is not None:
        return await asked(request, handler, named[0], servers)
    if row.merged is not None:
        return await row.merged(request, servers)
    return await handler(with_part(request, request.app))


async def asked(
    request: web.Request, handler: Handler, server: Server, servers: Servers
) -> web.StreamResponse:
    """The answer of a server; of a shard whose database does not answer, that it is away."""
    try:
        return await handler(at(request, server.opened()))
    except DatabaseError as error:
        if server is servers.home or refusal_of(error) is not UNAVAILABLE:
            raise
        logger.warning("shard_away name=%s cause=%s", server.name, one_line(error))
        raise away(server.name) from error


def servers_of(request: web.Request, servers: Servers) -> list[Server]:
    """The servers of the symbols that a request names, each once."""
    symbols = request.query.getall(SYMBOL, [])
    return [*dict.fromkeys(servers.of(each.partition(":")[0]) for each in symbols)]


def at(request: web.Request, app: web.Application) -> web.Request:
    """The request as the application of a server gets it."""
    return moved(with_part(request, app), app)


def moved(request: web.Request, app: web.Application, **changes: Any) -> web.Request:
    """The request in another application, with other headers or another URL."""
    if app is request.app and not changes:
        return request
    route, words = request.match_info.route, {**request.match_info}
    made = request.clone(**changes)
    made._match_info = web.UrlMappingMatchInfo(words, route)
    made._match_info.add_app(app)
    made._match_info.freeze()
    return made


def with_part(request: web.Request, app: web.Application) -> web.Request:
    """The request with, in place of an id of all servers, the part that is this one's.

    Where the id has none, the server was restored since: it refuses the first part. A stream
    refuses the placement, if that is another one: it cannot go on from there.
    """
    after = request.query.getall(AFTER, [])
    ids = {name: request.headers.get(name, "") for name in IDS}
    if not any("," in text for text in (*after, *ids.values())):
        return request
    headers = CIMultiDict(request.headers)
    for name, text in ids.items():
        if "," in text:
            headers[name] = str(own_part(text, request, app))
    url = request.rel_url
    if len(after) == 1:
        part = own_part(after[0], request, app)
        url = url.update_query({AFTER: str(part)})
    return moved(request, request.app, headers=headers, rel_url=url)


def own_part(text: str, request: web.Request, app: web.Application) -> Position | str:
    row, servers = request.app[TABLE].row(request), all_servers(app)
    is_stream = row is not None and row.handler is stream
    if is_stream and servers is not None and is_moved(text, servers):
        return servers.placement + ":0"
    return part_of(text, app) or first_of(text)


def is_moved(text: str, servers: Servers) -> bool:
    """Whether symbols have moved between servers since an id of several."""
    return "," in text and servers.placement not in {
        each.epoch for each in parts_of(text)
    }


def part_of(text: str, app: web.Application) -> Position | None:
    """The position in a server's log, of an id of several."""
    now = app[HUB].position
    for part in positions(text):
        if now is not None and part.epoch == now.epoch:
            return part
    return None


def first_of(text: str) -> Position | str:
    parts = positions(text)
    return parts[0] if parts else text


def positions(text: str) -> list[Position]:
    """The positions in logs of an id, which may be quoted; none where it is not one."""
    return [part for part in parts_of(text) if not part.epoch.startswith(PLACED)]


def parts_of(text: str) -> list[Position]:
    """The same, and the placement."""
    text = text.strip().strip('"')
    if not POSITIONS.fullmatch(text):
        return []
    found = (Position.parse(part) for part in text.split(","))
    return [part for part in found if part is not None]
