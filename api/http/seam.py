"""Read, then stream or read elsewhere: no answer is older than the event that is asked for."""

import contextlib
from asyncio import timeout

from aiohttp import hdrs, web

from pgstrike.api.errors import ApiError
from pgstrike.api.events.event import Position
from pgstrike.api.http.app_keys import HUB, LISTENER, SETTINGS


def matched(request: web.Request) -> Position | None:
    """The event that the header If-Match names; None where it names anything else."""
    text = request.headers.get(hdrs.IF_MATCH, "").strip()
    return Position.parse(text.removeprefix('"').removesuffix('"'))


async def reach(request: web.Request, after: Position | None, field: str) -> None:
    """Return once this process has an event, where its database is a copy that may lag.

    Elsewhere the log is as new as any answer, so an id that it lacks is from before a crash.
    """
    app = request.app
    if after is None or not app[LISTENER].may_lag:
        return
    hub = app[HUB]
    with contextlib.suppress(TimeoutError):
        async with timeout(app[SETTINGS].after_seconds):
            return await hub.reach(after)
    raise not_yet(after, field)


def not_yet(after: Position, field: str) -> ApiError:
    return ApiError(
        503,
        "not_yet",
        f"No answer includes event {after} yet; send the same again in a second.",
        {hdrs.RETRY_AFTER: "1"},
        field=field,
    )
