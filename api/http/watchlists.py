"""Watchlists: setting and removing one, and all its quotes in one answer.

Like alerts they are of the home server. What an item may say is for SQL to judge
(sql/logic/86_watchlists/).
"""

import json
from collections.abc import Iterator
from typing import NamedTuple

from aiohttp import web

from pgstrike.api.errors import ApiError
from pgstrike.api.http.alerts import Done, is_text, listed
from pgstrike.api.http.app_keys import PRIMARY
from pgstrike.api.http.auth import key_of
from pgstrike.api.http.route import METRIC
from pgstrike.api.http.shards.servers import refuse_elsewhere
from pgstrike.api.http.tasks import NOT_KEPT, Listing, body_of, unusable
from pgstrike.api.language import FORMAT
from pgstrike.db.pool import ask, change_for

BODY_BYTES = 65_536  # 500 items
OF_WATCHLIST = (FORMAT,)


class Was(NamedTuple):
    is_new: bool


async def set_watchlist(request: web.Request) -> web.Response:
    body = await body_of(request)
    for member in body:
        if member != "items":
            raise unusable("unknown_field", member[:80], "is unknown; send items")
    items = body.get("items")
    refuse_elsewhere(request, symbols_in(items), "psql", "items")
    name, reader = name_of(request), key_of(request).name
    wanted = {"name": name, "items": as_json(items)}
    [was] = await change_for(
        request.app[PRIMARY], "set_watchlist", wanted, Was, reader=reader
    )
    answer = await answered(request, "watchlists", name)
    answer.set_status(201 if was.is_new else 200)
    return answer


def symbols_in(items: object) -> Iterator[str]:
    """What the items say of symbols, whatever else is wrong with them."""
    for item in items if isinstance(items, list) else ():
        symbol = item.get("symbol") if isinstance(item, dict) else None
        if isinstance(symbol, str):
            yield symbol


def as_json(items: object) -> str:
    """The items as jsonb can hold them."""
    try:
        text = json.dumps(items, allow_nan=False, ensure_ascii=False)
    except ValueError:
        raise unusable(
            "bad_items", "items", "has a number that is not finite; send finite ones"
        ) from None
    if r"\u0000" in text:
        raise unusable("bad_items", "items", "has a text with a NUL; leave it out")
    return text


async def list_watchlists(request: web.Request) -> web.Response:
    return await listed(request, "watchlists", {"name": None}, "watchlists")


async def show_watchlist(request: web.Request) -> web.Response:
    request[METRIC] = "chain"  # whose columns the rows have
    return await answered(request, "watchlist", name_of(request))


async def remove_watchlist(request: web.Request) -> web.Response:
    await change_for(
        request.app[PRIMARY],
        "remove_watchlist",
        {"name": name_of(request)},
        Done,
        reader=key_of(request).name,
    )
    return web.json_response({}, headers=NOT_KEPT)


def name_of(request: web.Request) -> str:
    """As it was sent; no name has a NUL, which the database does not take."""
    name: str = request.match_info["name"]
    return name if is_text(name) else ""


async def answered(request: web.Request, query: str, name: str) -> web.Response:
    found = await ask(
        request.app[PRIMARY],
        query,
        {"name": name},
        Listing,
        reader=key_of(request).name,
    )
    if not found:  # another request has removed it
        raise unknown(name)
    return web.Response(
        body=found[0].body, content_type="application/json", headers=NOT_KEPT
    )


def unknown(name: str) -> ApiError:
    return ApiError(
        404,
        "unknown_watchlist",
        f'There is no watchlist "{name[:80]}" of yours; GET /v1/watchlists lists them.',
        field="name",
    )
