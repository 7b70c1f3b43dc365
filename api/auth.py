"""Who may read: whoever sends the key in a header, never in a URL."""

import hmac

from aiohttp import hdrs, web

from api.errors import ApiError, Handler
from api.keys import SETTINGS

OPEN_PATHS = frozenset({"/health"})
SCHEME = "Bearer "


@web.middleware
async def require_key(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a request without the key; without a key in the settings, all may pass."""
    key = request.app[SETTINGS].key
    if key is not None and not is_open(request):
        sent = request.headers.get(hdrs.AUTHORIZATION, "")
        if not sent.startswith(SCHEME):
            raise refusal("missing_key", "There is no key")
        if not same(sent.removeprefix(SCHEME), key):
            raise refusal("wrong_key", "The key is another")
    return await handler(request)


def is_open(request: web.Request) -> bool:
    # By the route that was found, because a path can be written in many ways.
    resource = request.match_info.route.resource
    return request.path in OPEN_PATHS or isinstance(resource, web.StaticResource)


def same(sent: str, key: str) -> bool:
    # Bytes, because compare_digest refuses text that is not ASCII.
    return hmac.compare_digest(sent.encode("utf-8", "surrogateescape"), key.encode())


def refusal(code: str, finding: str) -> ApiError:
    return ApiError(
        401,
        code,
        f"{finding}; send the header `Authorization: Bearer KEY` "
        "with the server's PGSTRIKE_API_KEY.",
        {hdrs.WWW_AUTHENTICATE: "Bearer"},
    )
