"""The REST endpoints: what SQL answers, as the bytes that SQL made of it."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from aiohttp import hdrs, web

from pgstrike.api.access.cookie import NAME
from pgstrike.api.access.keys import Key
from pgstrike.api.errors import bad_request
from pgstrike.api.http.app_keys import KEYS, POOL, SETTINGS
from pgstrike.api.http.auth import SESSION, give_cookie, key_of
from pgstrike.api.http.route import SENT
from pgstrike.api.parameters import (
    EXPIRY_DATE,
    LEVELS,
    TEXT,
    TIME,
    Defaulted,
    Optional,
    Parameter,
    Repeated,
    Required,
    Sent,
)
from pgstrike.db.pool import ask

SYMBOL = Required("symbol", TEXT, "NIFTY", "The underlying.")
EXPIRY = Repeated(
    "expiry", EXPIRY_DATE, "2025-09-02", "Expiries; none: every live one."
)
INDICATOR = Defaulted("indicator", TEXT, "oi", "A column, without its leg.", "oi")
STRIKES = Optional("strikes", LEVELS, "atm:10", "Levels each side of the money.")
NOW_OR_BAR = Defaulted("timeframe", TEXT, "5min", "live, 1min, 5min or 15min.", "live")
BAR = Defaulted("timeframe", TEXT, "5min", "5min, 15min, 1h or 1d.", "5min")
FROM = Optional("from", TIME, "2025-08-29T03:45:00Z", "The first bucket.")
TO = Optional("to", TIME, "2025-08-29T10:00:00Z", "The bucket before which it ends.")
DISTRIBUTION = (SYMBOL, NOW_OR_BAR, EXPIRY, INDICATOR, STRIKES)
SERIES = (SYMBOL, BAR, EXPIRY, INDICATOR, STRIKES, FROM, TO)


class Answer(NamedTuple):
    """JSON and its ETag; no JSON where the reader has it already."""

    etag: str
    body: bytes | None


class Listing(NamedTuple):
    """JSON."""

    body: bytes


async def strike_distribution(request: web.Request) -> web.Response:
    sent = request[SENT]
    return await answer(request, "strike_distribution", chain(sent, NOW_OR_BAR))


async def moneyness_series(request: web.Request) -> web.Response:
    sent = request[SENT]
    window = {"from": sent[FROM], "to": sent[TO]}
    return await answer(request, "moneyness_series", {**chain(sent, BAR), **window})


async def metric(request: web.Request) -> web.Response:
    """Any function of schema analytics: the database knows its parameters."""
    words = json.dumps(request[SENT].words)
    arguments = {"metric": request.match_info["metric"], "words": words}
    return await answer(request, "metric", arguments)


async def metrics(request: web.Request) -> web.Response:
    """Which metrics there are."""
    [found] = await ask(
        request.app[POOL], "metrics", {}, Listing, reader=key_of(request).name
    )
    return web.Response(body=found.body, content_type="application/json")


def chain(sent: Sent, timeframe: Parameter[str, str]) -> dict[str, Any]:
    """The arguments that both queries take."""
    return {
        "symbol": sent[SYMBOL],
        "timeframe": sent[timeframe],
        "expiries": sent[EXPIRY] or None,
        "indicator": sent[INDICATOR],
        "around": sent[STRIKES],
    }


async def answer(
    request: web.Request, name: str, arguments: Mapping[str, Any]
) -> web.Response:
    known = [etag.value for etag in request.if_none_match or ()]
    [found] = await ask(
        request.app[POOL],
        name,
        {**arguments, "known_etags": known},
        Answer,
        reader=key_of(request).name,
    )
    headers = {hdrs.ETAG: f'"{found.etag}"', hdrs.CACHE_CONTROL: "private, no-cache"}
    if found.body is None:
        return web.Response(status=304, headers=headers)
    return web.Response(
        body=found.body, content_type="application/json", headers=headers
    )


async def open_session(request: web.Request) -> web.Response:
    """Give a browser a cookie for the key that it sends."""
    key = key_of(request)
    if key.session is not None:
        raise bad_request(
            "key_needed",
            "A cookie gets no other one; send the header `Authorization: Bearer KEY`.",
        )
    if request.app[SETTINGS].insecure:
        return described(key, None)
    sessions = request.app[KEYS].sessions
    cookie, session = await sessions.sign_in(key.name, key.key_hash)
    response = described(key, session.held_until)
    give_cookie(request, response, cookie, session)
    return response


async def show_session(request: web.Request) -> web.Response:
    """The caller's key, its rights, and when its cookie expires, if it has one."""
    session = request.get(SESSION)
    return described(key_of(request), session and session.held_until)


async def close_session(request: web.Request) -> web.Response:
    """End the session of a cookie, wherever it is used."""
    sessions = request.app[KEYS].sessions
    session_id = sessions.cookies.session_id(request.cookies.get(NAME, ""))
    if session_id is not None:
        await sessions.sign_out(session_id)
    response = web.json_response({})
    response.del_cookie(NAME, httponly=True, samesite="Strict")
    return response


def described(key: Key, until: str | None) -> web.Response:
    rights = key.rights
    return web.json_response(
        {
            "name": key.name,
            "symbols": None if rights.symbols is None else sorted(rights.symbols),
            "topics": None if rights.topics is None else sorted(rights.topics),
            "is_admin": key.is_admin,
            "until": until,
        },
        headers={hdrs.CACHE_CONTROL: "no-store"},
    )
