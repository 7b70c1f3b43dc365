"""Whether the api lives, whether it can serve, and whether all parts behind it work.

/live asks nobody. /ready is for balancers: the listener, and the database. /health is the
report; only an administrator sees more than one word of it.
"""

import asyncio
from collections.abc import AsyncIterator
from time import monotonic
from typing import Any

from aiohttp import web

from pgstrike.api.access.rights import Rights
from pgstrike.api.events.event import Position
from pgstrike.api.events.hub import Hub
from pgstrike.api.http.app_keys import (
    DATABASE,
    HUB,
    KEYS,
    LISTENER,
    POOL,
    SETTINGS,
    STREAMS,
)
from pgstrike.api.http.auth import is_admins, key_of
from pgstrike.api.http.checks import Check, Waits, database_checks, stale_keys
from pgstrike.api.http.database_state import Answer, DatabaseState, DatabaseWatch
from pgstrike.db.listen import Channel

PATIENCE_SECONDS = 1.0  # a notification may be on its way
WAITS = web.AppKey("waits", Waits)


async def open_health(app: web.Application) -> AsyncIterator[None]:
    app[DATABASE] = DatabaseWatch(app[POOL])
    app[WAITS] = Waits()
    yield
    await app[DATABASE].close()


async def live(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """Whether a reader can be served; what waits behind is none of a balancer's business."""
    answer = await request.app[DATABASE].answer()
    is_alive = request.app[LISTENER].channel.alive()
    is_ready = answer.state is not None and is_alive
    return answered("ok" if is_ready else "down", is_ready=is_ready)


async def health(request: web.Request) -> web.Response:
    app, is_told = request.app, is_admins(request)
    # An administrator who looks twice in a second sees what happened between.
    answer = await app[DATABASE].answer(is_fresh=is_told)
    checks = [check async for check in checks_of(app, answer)]
    is_good = all(check.says is None for check in checks)
    status = "ok" if is_good else "down" if answer.state is None else "degraded"
    details = (
        report(app, answer.state, checks, key_of(request).rights) if is_told else {}
    )
    return answered(status, is_ready=is_good, **details)


def answered(status: str, *, is_ready: bool, **details: Any) -> web.Response:
    return web.json_response(
        {"status": status, **details}, status=200 if is_ready else 503
    )


async def checks_of(app: web.Application, answer: Answer) -> AsyncIterator[Check]:
    state, channel = answer.state, app[LISTENER].channel
    failure = None if state is not None else answer.failure
    yield Check("database", failure)
    yield Check("listener", deaf(channel))
    if state is not None:
        yield Check(
            "events", await missing(app[HUB], Position(state.epoch, state.newest))
        )
        late = app[SETTINGS].late_seconds
        for check in database_checks(state, app[WAITS], late):
            yield check
    yield Check("keys", stale_keys(app[KEYS].age_seconds()))


def deaf(channel: Channel) -> str | None:
    if channel.alive():
        return None
    return (
        "no notification comes, and the listener connects again by itself: see the log, "
        "the NOTIFY queue, and that PGSTRIKE_DSN leads to no pooler"
    )


async def missing(hub: Hub, newest: Position) -> str | None:
    """What the hub has not got, nor gets in a moment."""
    deadline = monotonic() + PATIENCE_SECONDS
    while monotonic() < deadline:
        at = hub.position
        if at is not None and at.epoch == newest.epoch and at.id >= newest.id:
            return None
        await asyncio.sleep(0.02)
    return (
        f"readers are told events up to {hub.position}, and the log has {newest}: "
        "see the log of the api"
    )


def report(
    app: web.Application,
    state: DatabaseState | None,
    checks: list[Check],
    rights: Rights,
) -> dict[str, Any]:
    hub, channel, streams = app[HUB], app[LISTENER].channel, app[STREAMS]
    heard_at = channel.heard_at
    body: dict[str, Any] = {
        "checks": {check.name: check.says or "ok" for check in checks},
        "database": {"reachable": state is not None},
        "listener": {
            "connected": channel.connected,
            "probe_age_seconds": heard_at and round(monotonic() - heard_at, 3),
        },
        "events": {
            "hub": hub.position and str(hub.position),
            "log": state and f"{state.epoch}:{state.newest}",
        },
        "streams": streams.count,
        "feeds": len(streams.broadcasts),
    }
    if state is not None:
        body["snapshot"] = {
            "version": state.version,
            "event": f"{state.epoch}:{state.event_id}",
            "refreshed_at": state.refreshed_at,
        }
        shown = rights.shown(frozenset(state.symbols))
        body["symbols"] = {
            symbol: told for symbol, told in state.symbols.items() if symbol in shown
        }
    return body
