"""What pages of other origins may read: nothing, or what PGSTRIKE_CORS_ORIGINS allows.

Such a page sends its key in a header. Cookies stay those of the server's own pages: an answer
never allows credentials.
"""

from aiohttp import hdrs, web

from pgstrike.api.errors import Handler
from pgstrike.api.http.app_keys import SETTINGS
from pgstrike.api.http.variants import vary_by

SENT_HEADERS = (
    "Authorization, Last-Event-ID, If-None-Match, Cache-Control, X-Request-Id, "
    "Content-Type, Idempotency-Key"
)
SHOWN_HEADERS = "ETag, Retry-After, X-Next-Cursor, X-Request-Id"
REMEMBERED_SECONDS = 600  # by the browser, instead of asking before each request


@web.middleware
async def answer_preflight(
    request: web.Request, handler: Handler
) -> web.StreamResponse:
    """Answer a browser's preflight, which has no key, with the allowed methods and headers."""
    refused = request.match_info.http_exception
    if (
        request.method == hdrs.METH_OPTIONS
        and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
        and is_allowed(request)
        and isinstance(refused, web.HTTPMethodNotAllowed)
    ):
        headers = {
            hdrs.ACCESS_CONTROL_ALLOW_METHODS: ", ".join(
                sorted(refused.allowed_methods)
            ),
            hdrs.ACCESS_CONTROL_ALLOW_HEADERS: SENT_HEADERS,
            hdrs.ACCESS_CONTROL_MAX_AGE: str(REMEMBERED_SECONDS),
        }
        return web.Response(status=204, headers=headers)
    return await handler(request)


async def allow_origin(request: web.Request, response: web.StreamResponse) -> None:
    """Name the origin that may read the answer, and that others get another answer."""
    if not request.app[SETTINGS].cors_origins:
        return
    vary_by(response.headers, hdrs.ORIGIN)
    if is_allowed(request):
        origin = request.headers[hdrs.ORIGIN]
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
        response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = SHOWN_HEADERS


def is_allowed(request: web.Request) -> bool:
    origins = request.app[SETTINGS].cors_origins
    return request.headers.get(hdrs.ORIGIN) in origins
