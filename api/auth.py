"""Who asks, and how often: whoever sends a key in a header, or the cookie got with one.

Never in a URL, which is logged and passed on. Without a key in the settings the api may be
started for a loopback address only, and then everybody may have everything.
"""

import math

from aiohttp import hdrs, web

from api.access import Key
from api.cookie import NAME, read_cookie
from api.errors import ApiError, Handler
from api.keys import KEYS, RATES, SETTINGS
from api.subscription import Rights
from db.errors import DatabaseError
from db.session import EVERYTHING

OPEN_PATHS = frozenset({"/health"})
KEYLESS_PATHS = frozenset(
    {"/live", "/ready"}
)  # asked so often that no key is looked at
UNCOUNTED_PATHS = frozenset({"/fo/stream"})  # streams are capped instead
SCHEME = "Bearer "
NOBODYS = Key(EVERYTHING, b"", Rights(), is_admin=True, streams=None)
HOLDER = web.RequestKey("holder", Key)


@web.middleware
async def require_key(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Note whose request it is, and refuse one that is nobody's."""
    if request.path in KEYLESS_PATHS:
        return await handler(request)
    try:
        request[HOLDER] = await holder(request)
    except (ApiError, DatabaseError):
        if not is_open(request):
            raise
    return await handler(request)


@web.middleware
async def limit_rate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a request that comes too soon after many others with the same key."""
    if (
        HOLDER in request
        and RATES in request.app
        and request.path not in UNCOUNTED_PATHS
    ):
        rates = request.app[RATES]
        if wait := rates.take(key_of(request).name):
            raise ApiError(
                429,
                "too_many_requests",
                f"More than {rates.per_second:g} requests a second; send the same again "
                "later, or read the stream.",
                {hdrs.RETRY_AFTER: str(math.ceil(wait))},
            )
    return await handler(request)


def key_of(request: web.Request) -> Key:
    """The key of a request to a path that needs one."""
    return request[HOLDER]


def is_admins(request: web.Request) -> bool:
    """Whether the request is that of an administrator, also on a path that needs no key."""
    return HOLDER in request and key_of(request).is_admin


async def holder(request: web.Request) -> Key:
    if request.app[SETTINGS].insecure:
        return NOBODYS
    keys = request.app[KEYS]
    sent = request.headers.get(hdrs.AUTHORIZATION, "")
    if sent.startswith(SCHEME):
        key = await keys.find(sent.removeprefix(SCHEME))
    elif NAME in request.cookies:
        key = read_cookie(request.cookies[NAME], keys)
    else:
        raise refusal("missing_key", "There is no key")
    if key is None:
        raise refusal("wrong_key", "The key is not in force")
    return key


def is_open(request: web.Request) -> bool:
    # By the route that was found, because a path can be written in many ways.
    resource = request.match_info.route.resource
    return request.path in OPEN_PATHS or isinstance(resource, web.StaticResource)


def refusal(code: str, finding: str) -> ApiError:
    return ApiError(
        401,
        code,
        f"{finding}; send the header `Authorization: Bearer KEY`, with a key of "
        "`python -m api key create`.",
        {hdrs.WWW_AUTHENTICATE: "Bearer"},
    )
