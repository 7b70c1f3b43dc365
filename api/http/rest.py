"""The REST endpoints: what SQL answers, as the bytes that SQL made of it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from aiohttp import hdrs, web

from pgstrike.api.access.cookie import NAME
from pgstrike.api.access.keys import Key
from pgstrike.api.cache.changes import Changing, changing
from pgstrike.api.errors import bad_request
from pgstrike.api.http.app_keys import KEYS, POOL, RATES, SETTINGS
from pgstrike.api.http.auth import SESSION, give_cookie, key_of
from pgstrike.api.http.kept import AFTER, FORM, KEPT, Asked, kept_answer
from pgstrike.api.http.route import METRIC, SENT
from pgstrike.api.http.variants import is_known
from pgstrike.api.language import (
    AT,
    CURSOR,
    EXPIRY,
    FIELDS,
    FORMAT,
    FROM,
    INDICATOR,
    LEVEL_BAR,
    LIMIT,
    NOW_OR_BAR,
    STRIKES,
    STRIKES_OF_METRIC,
    SYMBOL,
    TO,
    ZONE,
)
from pgstrike.api.parameters import Parameter
from pgstrike.db.pool import ask

PAGE = (FIELDS, LIMIT, CURSOR, FORMAT, AFTER)
DISTRIBUTION = (SYMBOL, NOW_OR_BAR, EXPIRY, INDICATOR, STRIKES, *PAGE)
SERIES = (SYMBOL, LEVEL_BAR, EXPIRY, INDICATOR, STRIKES, FROM, TO, ZONE, *PAGE)
# Begins the ETag of a past answer. It is weak: the rows stay, the answer's clock moves.
OF_PAST = "past-"
# A metric has others too: those of its function.
OF_METRIC = (SYMBOL, EXPIRY, STRIKES_OF_METRIC, AT, FROM, TO, ZONE, *PAGE)


class Listing(NamedTuple):
    """JSON."""

    body: bytes


async def strike_distribution(request: web.Request) -> web.Response:
    return await answer_indicator(request, "strike_distribution", NOW_OR_BAR)


async def moneyness_series(request: web.Request) -> web.Response:
    return await answer_indicator(request, "moneyness_series", LEVEL_BAR)


async def metric(request: web.Request) -> web.Response:
    """Any function of schema analytics: the database knows its parameters."""
    return await answer_metric(request, request.match_info["metric"])


async def answer_indicator(
    request: web.Request, name: str, timeframe: Parameter[str, str]
) -> web.Response:
    """The rows of a metric that is about indicators; the answer names them."""
    sent = request[SENT]
    members = {"timeframe": sent[timeframe], "indicator": sent[INDICATOR]}
    return await answer_metric(request, name, members)


async def answer_metric(
    request: web.Request,
    name: str,
    members: Mapping[str, str] | None = None,
    *,
    without: Sequence[str] = (),
) -> web.Response:
    """The rows of a metric, by the words that were sent but for some.

    `members` are those of the answer that say what it is about: its metric by default.
    """
    request[METRIC] = name
    arguments = {
        "metric": name,
        "words": words_of(request, without),
        "members": json.dumps(members or {"metric": name})[1:-1],
    }
    [symbol] = request[SENT].words.get(SYMBOL.name, [None])
    return await answer(request, "metric", arguments, changing(name, symbol))


def words_of(request: web.Request, without: Sequence[str]) -> str:
    """The parameters that were sent, as JSON for SQL, with times in UTC."""
    words = request[SENT].words
    left_out = {ZONE.name, FORMAT.name, AFTER.name, *without}
    return json.dumps({name: words[name] for name in sorted(words.keys() - left_out)})


async def metrics(request: web.Request) -> web.Response:
    """Which metrics there are."""
    [found] = await ask(
        request.app[POOL], "metrics", {}, Listing, reader=key_of(request).name
    )
    return web.Response(body=found.body, content_type="application/json")


async def answer(
    request: web.Request, name: str, arguments: Mapping[str, Any], by: Changing
) -> web.Response:
    """The answer of a query, from memory until an event changes it."""
    kept = request[KEPT] = await kept_answer(request, Asked(name, arguments, by))
    request[FORM] = ()
    weak = "W/" if kept.etag.startswith(OF_PAST) else ""
    headers = {
        hdrs.ETAG: f'{weak}"{kept.etag}"',
        hdrs.CACHE_CONTROL: "private, no-cache",
    }
    if is_known(request, kept.etag):
        return web.Response(status=304, headers=headers)
    return web.Response(
        body=kept.body, content_type="application/json", headers=headers
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
        return described(request, key, None)
    sessions = request.app[KEYS].sessions
    cookie, session = await sessions.sign_in(key.name, key.key_hash)
    response = described(request, key, session.held_until)
    give_cookie(request, response, cookie, session)
    return response


async def show_session(request: web.Request) -> web.Response:
    """The caller's key, its rights, and when its cookie expires, if it has one."""
    session = request.get(SESSION)
    return described(request, key_of(request), session and session.held_until)


async def close_session(request: web.Request) -> web.Response:
    """End the session of a cookie, wherever it is used."""
    sessions = request.app[KEYS].sessions
    session_id = sessions.cookies.session_id(request.cookies.get(NAME, ""))
    if session_id is not None:
        await sessions.sign_out(session_id)
    response = web.json_response({})
    response.del_cookie(NAME, httponly=True, samesite="Strict")
    return response


def described(request: web.Request, key: Key, until: str | None) -> web.Response:
    """The name, rights and limits of a key; null means every symbol, every topic, no limit."""
    rights = key.rights
    rates = request.app.get(RATES)
    return web.json_response(
        {
            "name": key.name,
            "symbols": None if rights.symbols is None else sorted(rights.symbols),
            "topics": None if rights.topics is None else sorted(rights.topics),
            "is_admin": key.is_admin,
            "until": until,
            "streams": key.streams,
            "requests_per_second": rates and rates.per_second,
        },
        headers={hdrs.CACHE_CONTROL: "no-store"},
    )
