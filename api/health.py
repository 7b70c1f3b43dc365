"""Whether the api can serve: the database answers and the hub keeps up with its log."""

import asyncio
from time import monotonic
from typing import Any, NamedTuple

from aiohttp import web

from api.events import Position
from api.hub import Hub
from api.keys import HUB, LISTENER, POOL, STREAMS
from db.errors import DatabaseError
from db.pool import ask

PATIENCE_SECONDS = 1.0  # a notification may be on its way


class DatabaseState(NamedTuple):
    """What sql/queries/health.sql says."""

    epoch: str
    newest: int
    version: int
    event_id: int
    refreshed_at: str | None
    symbols: dict[str, dict[str, Any]]


async def health(request: web.Request) -> web.Response:
    hub, listener = request.app[HUB], request.app[LISTENER]
    try:
        [state] = await ask(request.app[POOL], "health", {}, DatabaseState)
    except DatabaseError:
        return report("down", request, None)
    is_current = await reaches(hub, Position(state.epoch, state.newest))
    is_alive = listener.channel.alive()
    return report("ok" if is_current and is_alive else "degraded", request, state)


async def reaches(hub: Hub, newest: Position) -> bool:
    """Whether the hub has an event of the log, or gets it in a moment."""
    deadline = monotonic() + PATIENCE_SECONDS
    while monotonic() < deadline:
        at = hub.position
        if at is not None and at.epoch == newest.epoch and at.id >= newest.id:
            return True
        await asyncio.sleep(0.02)
    return False


def report(
    status: str, request: web.Request, state: DatabaseState | None
) -> web.Response:
    hub, listener = request.app[HUB], request.app[LISTENER]
    heard_at = listener.channel.heard_at
    body: dict[str, Any] = {
        "status": status,
        "database": {"reachable": state is not None},
        "listener": {
            "connected": listener.channel.connected,
            "probe_age_seconds": heard_at and round(monotonic() - heard_at, 3),
        },
        "events": {
            "hub": hub.position and str(hub.position),
            "log": state and f"{state.epoch}:{state.newest}",
        },
        "streams": request.app[STREAMS].count,
        "feeds": len(request.app[STREAMS].feeds),
    }
    if state is not None:
        body["snapshot"] = {
            "version": state.version,
            "event": f"{state.epoch}:{state.event_id}",
            "refreshed_at": state.refreshed_at,
        }
        body["symbols"] = state.symbols
    return web.json_response(body, status=200 if status == "ok" else 503)
