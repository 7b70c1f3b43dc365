"""What the app tells the connection of each request: that it is busy, known, and answered."""

from aiohttp import web

from pgstrike.api.errors import ApiError, Handler, response
from pgstrike.api.http.auth import HOLDER
from pgstrike.api.http.request_counts import start_clock
from pgstrike.api.http.request_id import identify
from pgstrike.api.http.route import BODY_BYTES, TABLE
from pgstrike.api.server.http_connection import HttpConnection


@web.middleware
async def occupy(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Have the connection count as busy, and refuse a body that nobody needs."""
    identify(request)
    start_clock(request)
    connection = request.protocol
    if isinstance(connection, HttpConnection):
        connection.begin(request)
    row = request.app[TABLE].row(request)
    most = BODY_BYTES if row is None else row.body_bytes
    if request.body_exists and not 0 <= (request.content_length or -1) <= most:
        refused = response(
            ApiError(
                413,
                "body_too_long",
                f"The body is above {most} bytes, or has no Content-Length; "
                "send less, with that header.",
            )
        )
        refused.force_close()
        return refused
    return await handler(request)


@web.middleware
async def recognize(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Have the connection of a request with a right key count as known.

    Some paths need no key; those who ask them without one are not to hold all connections.
    """
    connection = request.protocol
    if isinstance(connection, HttpConnection):
        if HOLDER in request:
            connection.all.know(connection)
        elif connection.all.is_crowded(connection):
            raise ApiError(
                503,
                "too_many_connections",
                "There are too many requests without a key from this address; "
                "send the same again in a few seconds.",
                {"Retry-After": "5"},
            )
    return await handler(request)


async def remember_answer(request: web.Request, answer: web.StreamResponse) -> None:
    """Give an answer that is ready to those that wait for it, however slowly it is taken."""
    connection = request.protocol
    if isinstance(connection, HttpConnection):
        connection.quick.remember(request, answer)
        connection.quick.release(connection)
