"""One answer made of the answers of all servers. Each server answers for its own symbols."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from hashlib import md5
from typing import Any, NamedTuple, TypeAlias

from aiohttp import hdrs, web
from multidict import MultiDict

from pgstrike.api.errors import bad_request
from pgstrike.api.events.event import Position
from pgstrike.api.events.merged import NOWHERE
from pgstrike.api.http.auth import is_admins
from pgstrike.api.http.market import EVENTS
from pgstrike.api.http.route import TABLE, read_parameters
from pgstrike.api.http.shards.place import (
    AFTER,
    SYMBOL,
    at,
    is_moved,
    moved,
    part_of,
    positions,
)
from pgstrike.api.http.shards.servers import Server, Servers, away
from pgstrike.api.http.udf import FOUND, QUERY
from pgstrike.api.http.variants import is_known
from pgstrike.api.parameters import Parameter
from pgstrike.db.errors import DatabaseError

Body: TypeAlias = dict[str, Any]
SEARCHED = ("underlying", "indicator", "option")
AWAY_SECONDS = 5.0  # without an answer, and the others are not kept waiting
NO_STORE = {hdrs.CACHE_CONTROL: "no-store"}


class Said(NamedTuple):
    """What one server answered."""

    server: Server
    body: Any


class Merger(NamedTuple):
    """The answers, and the servers that gave none."""

    said: list[Said]
    away: list[Server]
    servers: list[Server]  # that were asked
    placement: str

    @classmethod
    def of(cls, found: Sequence["Said | Server"], placement: str) -> "Merger":
        """`found` has the answer of each server; a server that is away stands there itself."""
        said = [each for each in found if isinstance(each, Said)]
        if not said:
            raise DatabaseError("no server answers")
        away = [each for each in found if isinstance(each, Server)]
        asked = [each.server if isinstance(each, Said) else each for each in found]
        return cls(said, away, asked, placement)

    def event(self, member: str = "event") -> str:
        return self.joined({each.server: each.body[member] for each in self.said})

    def joined(self, reached: Mapping[Server, str]) -> str:
        """An id of all servers that were asked."""
        parts = (reached.get(each, str(NOWHERE)) for each in self.servers)
        return ",".join((*parts, str(Position(self.placement, 0))))

    def rows(self, member: str) -> list[Any]:
        return [row for each in self.said for row in each.body[member]]


async def ask_all(request: web.Request, servers: Servers) -> Merger:
    """Ask every server, at once. An error is that of all, unless a server is away."""
    wanted = dict.fromkeys(servers.all, request)
    return await ask_each(wanted, servers)


async def ask_each(wanted: Mapping[Server, web.Request], servers: Servers) -> Merger:
    found = await asyncio.gather(
        *(ask_one(server, request) for server, request in wanted.items())
    )
    return Merger.of(found, servers.placement)


async def ask_one(server: Server, request: web.Request) -> Said | Server:
    """Its answer, or the server itself where it is away."""
    row = request.app[TABLE].row(request)
    assert row is not None
    if server.app is None:
        return server
    try:
        async with asyncio.timeout(AWAY_SECONDS):
            answer = await read_parameters(own(request, server.app), row.handler)
    except (DatabaseError, TimeoutError):
        return server
    assert isinstance(answer, web.Response) and isinstance(answer.body, bytes)
    return Said(server, json.loads(answer.body))


def own(request: web.Request, app: web.Application) -> web.Request:
    """The request to one of all servers, without what only the others can know."""
    headers = request.headers.copy()
    headers.popall(hdrs.IF_NONE_MATCH, None)
    url = request.rel_url
    matched = headers.get(hdrs.IF_MATCH, "")
    if "," in matched and part_of(matched, app) is None:
        headers.popall(hdrs.IF_MATCH)
    after = request.query.get(AFTER, "")
    if "," in after and part_of(after, app) is None:
        url = url.without_query_params(AFTER)
    return at(moved(request, request.app, headers=headers, rel_url=url), app)


def with_etag(request: web.Request, body: Any) -> web.Response:
    """The body, or that the reader has it already."""
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    etag = md5(text.encode(), usedforsecurity=False).hexdigest()
    headers = {hdrs.ETAG: f'"{etag}"', hdrs.CACHE_CONTROL: "private, no-cache"}
    if is_known(request, etag):
        return web.Response(status=304, headers=headers)
    return web.Response(text=text, content_type="application/json", headers=headers)


def lists(member: str) -> Callable[[web.Request, Servers], Awaitable[web.Response]]:
    """An answer that is one list: those of all servers, one after another."""

    async def answer(request: web.Request, servers: Servers) -> web.Response:
        merger = await ask_all(request, servers)
        return web.json_response({member: merger.rows(member)}, headers=NO_STORE)

    return answer


async def search(request: web.Request, servers: Servers) -> web.Response:
    merger = await ask_all(request, servers)
    found = [
        ticker
        for each in merger.said
        for ticker in each.body
        if servers.has(each.server, ticker["ticker"].partition(":")[0])
    ]
    words = re.split(r"[\s:]+", request.query.get(QUERY.name, "").upper())

    def place(ticker: Body) -> tuple[bool, int, str]:
        """As sql/logic/48_udf/udf_search.sql orders them; each server's are in order."""
        symbol, kind = ticker["ticker"].partition(":")[0], ticker["type"]
        return symbol not in words, SEARCHED.index(kind), symbol

    found.sort(key=place)
    return with_etag(request, found[: read_limit(request, FOUND)])


async def panel(request: web.Request, servers: Servers) -> web.Response:
    """The state of a panel of symbols of several servers."""
    symbols = request.query.getall(SYMBOL, [])
    wanted = {}
    for server in dict.fromkeys(servers.of(symbol) for symbol in symbols):
        query = MultiDict(request.query)
        query.popall(SYMBOL)
        for symbol in symbols:
            if servers.of(symbol) is server:
                query.add(SYMBOL, symbol)
        url = request.rel_url.with_query(query)
        wanted[server] = moved(request, request.app, rel_url=url)
    merger = await ask_each(wanted or {servers.home: request}, servers)
    if merger.away:  # a panel without a part of its chains would look whole
        raise away(merger.away[0].name)
    body = {
        **merger.said[0].body,
        "event": merger.event(),
        "clock": max(
            filter(None, (each.body["clock"] for each in merger.said)), default=None
        ),
        "chains": sorted(merger.rows("chains"), key=lambda chain: str(chain["symbol"])),
    }
    return web.json_response(body, headers=NO_STORE)


async def events(request: web.Request, servers: Servers) -> web.Response:
    """A page of every log, each with its share of the limit where that is too small for all."""
    had = request.query.get(AFTER, "")
    if is_moved(had, servers):
        raise bad_request(
            "other_epoch",
            f"after is {had}, an event from before symbols have moved between servers",
            "Send an id of now, or none",
            AFTER,
        )
    merger = await ask_all(request, servers)
    limit = read_limit(request, EVENTS)
    share = max(1, limit // len(merger.said))
    found, reached = list[Body](), dict[Server, str]()
    for each in merger.said:
        rows, body = each.body["events"], each.body
        taken = rows[
            : min(share if len(merger.said) > 1 else limit, limit - len(found))
        ]
        found += [row for row in taken if servers.has(each.server, row.get("symbol"))]
        is_whole = len(taken) == len(rows)
        reached[each.server] = body["event"] if is_whole else before(body, len(taken))
    parts = positions(had)
    if len(parts) == len(servers.all):  # who is away is asked from there later
        told = zip(servers.all, map(str, parts), strict=True)
        reached = {**dict(told), **reached}
    body = {
        "event": merger.joined(reached),
        "newest": merger.event("newest"),
        "events": found,
    }
    return web.json_response(body, headers=NO_STORE)


def before(body: Body, taken: int) -> str:
    """The position before the first event that was not taken."""
    epoch, _, _ = body["event"].partition(":")
    return f"{epoch}:{body['events'][taken]['id'] - 1}"


def read_limit(request: web.Request, parameter: Parameter[Any, int]) -> int:
    return parameter.value(request.query.getall(parameter.name, []))


async def health(request: web.Request, servers: Servers) -> web.Response:
    """The home server's report; a shard that is not well makes it degraded."""
    row = request.app[TABLE].row(request)
    assert row is not None
    answer = await row.handler(request)
    assert isinstance(answer, web.Response) and isinstance(answer.body, bytes)
    body = json.loads(answer.body)
    told = {
        server.name: await health_of(moved(request, server.app), row.handler)
        if server.app is not None
        else {"status": "down"}
        for server in servers.all[1:]
    }
    if body["status"] == "ok" and any(x["status"] != "ok" for x in told.values()):
        body["status"] = "degraded"
    if is_admins(request):
        body["servers"] = told
    is_good = body["status"] == "ok"
    return web.json_response(body, status=200 if is_good else 503)


async def health_of(
    request: web.Request,
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> Body:
    answer = await handler(request)
    assert isinstance(answer, web.Response) and isinstance(answer.body, bytes)
    body: Body = json.loads(answer.body)
    return body
