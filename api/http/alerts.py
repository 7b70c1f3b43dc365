"""Alerts: setting and removing one, its firings, and asking for a replay."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from aiohttp import web

from pgstrike.api.errors import ApiError, bad_request
from pgstrike.api.http.app_keys import PRIMARY
from pgstrike.api.http.auth import key_of
from pgstrike.api.http.route import SENT
from pgstrike.api.http.shards.servers import refuse_elsewhere
from pgstrike.api.http.tasks import (
    LIMIT,
    NOT_KEPT,
    Listing,
    ask_and_answer,
    body_of,
    unusable,
)
from pgstrike.api.language import SYMBOL, TIME, ZONE
from pgstrike.api.parameters import Optional, Required
from pgstrike.db.errors import RefusedError
from pgstrike.db.pool import ask, change_for

OF_SYMBOL = Optional(
    "symbol", SYMBOL.kind, SYMBOL.example, "Only for that symbol; none: for each."
)
FROM = Required("from", TIME, "2025-08-29T03:45:00Z", "Where it begins.")
TO = Required("to", TIME, "2025-08-29T10:00:00Z", "The time before which it ends.")
OF_FIRINGS = (LIMIT,)
OF_REPLAY = (OF_SYMBOL, FROM, TO, ZONE)


def is_text(value: object) -> bool:
    return isinstance(value, str) and "\0" not in value


def is_texts(value: object) -> bool:
    return isinstance(value, list) and all(is_text(each) for each in value)


def is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


class Member(NamedTuple):
    """A field of the body: the values that it takes, in words, and its default."""

    fits: Callable[[object], bool]
    says: str
    default: Any = None


MEMBERS: Mapping[str, Member] = {
    "name": Member(is_text, "is a text"),
    "statement": Member(is_text, "is a text: one SELECT"),
    "symbols": Member(
        lambda value: value is None or is_texts(value), "is a list of texts, or null"
    ),
    "topics": Member(is_texts, "is a list of texts", ["chain"]),
    "cooldown": Member(is_number, "is a number of seconds", 0),
    "sinks": Member(is_texts, "is a list of texts", []),
    "is_on": Member(lambda value: isinstance(value, bool), "is true or false", True),
}
NEEDED = ("name", "statement")
UNKNOWN = "unknown_alert"


class Done(NamedTuple):
    done: str


async def set_alert(request: web.Request) -> web.Response:
    wanted = checked(await body_of(request))
    refuse_elsewhere(request, wanted["symbols"] or (), "alert add", "symbols")
    await change(request, "set_alert", wanted)
    return web.Response(
        status=201,
        body=await alert(request, wanted["name"]),
        content_type="application/json",
        headers=NOT_KEPT,
    )


def checked(body: Mapping[str, Any]) -> dict[str, Any]:
    """The members of the body, or a refusal by the field that is wrong."""
    for name in body:
        if name not in MEMBERS:
            raise unusable(
                "unknown_field", name[:80], f"is unknown; send {', '.join(MEMBERS)}"
            )
    for name in NEEDED:
        if name not in body:
            raise unusable("bad_field", name, "is missing; send it")
    for name, value in body.items():
        if not MEMBERS[name].fits(value):
            raise unusable("bad_field", name, f"is wrong: it {MEMBERS[name].says}")
    return {name: body.get(name, member.default) for name, member in MEMBERS.items()}


async def list_alerts(request: web.Request) -> web.Response:
    return await listed(request, "alerts", {"name": None}, "alerts")


async def show_alert(request: web.Request) -> web.Response:
    return web.Response(
        body=await alert(request, name_of(request)),
        content_type="application/json",
        headers=NOT_KEPT,
    )


async def remove_alert(request: web.Request) -> web.Response:
    name = name_of(request)
    try:
        await change(request, "remove_alert", {"name": name})
    except RefusedError as error:
        raise (unknown(name) if error.code == UNKNOWN else error) from None
    return web.json_response({}, headers=NOT_KEPT)


async def list_firings(request: web.Request) -> web.Response:
    name = name_of(request)
    await alert(request, name)
    wanted = {"name": name, "limit": request[SENT][LIMIT]}
    return await listed(request, "alert_firings", wanted, "firings")


async def replay_alert(request: web.Request) -> web.Response:
    """Ask for a task of kind replay_alert: `pgstrike run` does the work."""
    name, sent = name_of(request), request[SENT]
    if symbol := sent[OF_SYMBOL]:
        refuse_elsewhere(request, [symbol], "alert replay", OF_SYMBOL.name)
    await alert(request, name)
    if sent[FROM] >= sent[TO]:
        raise bad_request(
            "bad_window", "to is no later than from", "Send a later to", TO.name
        )
    arguments = {
        "name": name,
        "from": sent[FROM].isoformat(),
        "to": sent[TO].isoformat(),
    }
    if symbol := sent[OF_SYMBOL]:
        arguments["symbol"] = symbol
    return await ask_and_answer(request, "replay_alert", arguments)


def name_of(request: web.Request) -> str:
    name = request.match_info["name"]
    if "\0" in name:
        raise unknown("")
    return name


async def alert(request: web.Request, name: str) -> bytes:
    """The alert of that name, the caller's own if there are several."""
    found = await ask(
        request.app[PRIMARY],
        "alerts",
        {"name": name},
        Listing,
        reader=key_of(request).name,
    )
    if not found:
        raise unknown(name)
    return found[0].body


def unknown(name: str) -> ApiError:
    return ApiError(
        404,
        UNKNOWN,
        f'There is no alert "{name[:80]}" of yours; GET /v1/alerts lists them.',
        field="name",
    )


async def listed(
    request: web.Request, query: str, wanted: Mapping[str, Any], member: str
) -> web.Response:
    found = await ask(
        request.app[PRIMARY], query, wanted, Listing, reader=key_of(request).name
    )
    rows = b",".join(each.body for each in found)
    return web.Response(
        body=b'{"%s":[%s]}' % (member.encode(), rows),
        content_type="application/json",
        headers=NOT_KEPT,
    )


async def change(request: web.Request, query: str, values: Mapping[str, Any]) -> None:
    await change_for(
        request.app[PRIMARY], query, values, Done, reader=key_of(request).name
    )
