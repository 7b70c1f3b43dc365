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
    if key is not None and request.path not in OPEN_PATHS:
        sent = request.headers.get(hdrs.AUTHORIZATION, "")
        if not sent.startswith(SCHEME):
            raise refusal("missing_key", "There is no key")
        if not same(sent.removeprefix(SCHEME), key):
            raise refusal("wrong_key", "The key is another")
    return await handler(request)


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
