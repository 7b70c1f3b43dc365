"""Reading the body of a request, in the time that it has."""

import asyncio

from aiohttp import web

from pgstrike.api.errors import ApiError
from pgstrike.api.http.app_keys import SETTINGS


async def read_body(request: web.Request) -> bytes:
    """The whole body, or a refusal where it does not come in time."""
    try:
        async with asyncio.timeout(request.app[SETTINGS].header_seconds):
            return await request.read()
    except TimeoutError:
        raise ApiError(
            408,
            "request_timeout",
            "The request's body did not come in time; send it at once.",
        ) from None
