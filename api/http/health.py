"""Whether the api lives, whether it can serve, and whether all parts behind it work.

/live asks nobody. /ready is for balancers: the listener, and the database. /health is the
report; only an administrator sees more than one word of it.
"""

from collections.abc import AsyncIterator
from time import monotonic
from typing import Any, NamedTuple

from aiohttp import web

from pgstrike.api.access.rights import Rights
from pgstrike.api.events.event import Position
from pgstrike.api.http.app_keys import (
    DATABASE,
    HUB,
    KEYS,
    LAG,
    LISTENER,
    POOL,
    SETTINGS,
    STREAMS,
)
from pgstrike.api.http.auth import is_admins, key_of
from pgstrike.api.http.checks import caught_up, fresh_keys, listening, reachable
from pgstrike.api.http.database_state import Answer, DatabaseState, DatabaseWatch
from pgstrike.db.health import Check
from pgstrike.db.pool import ask
from pgstrike.db.session import EVERYTHING


class Place(NamedTuple):
    """The folder of the server's data."""

    path: str | None


async def open_health(app: web.Application) -> AsyncIterator[None]:
    [place] = await ask(app[POOL], "data_directory", {}, Place, reader=EVERYTHING)
    late = app[SETTINGS].late_seconds
    app[DATABASE] = DatabaseWatch(app[POOL], late, place.path)
    yield
    await app[DATABASE].close()


async def live(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """Whether a reader can be served; what waits behind is none of a balancer's business."""
    answer = await request.app[DATABASE].answer()
    is_alive = request.app[LISTENER].source.alive()
    is_late = LAG in request.app and request.app[LAG].is_late()
    is_ready = answer.state is not None and is_alive and not is_late
    return answered("ok" if is_ready else "down", is_ready=is_ready)


async def health(request: web.Request) -> web.Response:
    app, is_told = request.app, is_admins(request)
    # An administrator who looks twice in a second sees what happened between.
    answer = await app[DATABASE].answer(is_fresh=is_told)
    checks = await checks_of(app, answer)
    is_good = all(check.state != "bad" for check in checks)
    status = "ok" if is_good else "down" if answer.state is None else "degraded"
    details = (
        report(app, answer.state, checks, key_of(request).rights) if is_told else {}
    )
    return answered(status, is_ready=is_good, **details)


def answered(status: str, *, is_ready: bool, **details: Any) -> web.Response:
    return web.json_response(
        {"status": status, **details}, status=200 if is_ready else 503
    )


async def checks_of(app: web.Application, answer: Answer) -> list[Check]:
    """The checks of the database, where it answers, and those of the api."""
    state = answer.state
    checks = [
        reachable(None if state is not None else answer.failure),
        listening(app[LISTENER].source),
        fresh_keys(app[KEYS].looks.age_seconds()),
    ]
    if LAG in app:
        checks.append(app[LAG].check())
    if state is not None:
        newest = Position(state.epoch, state.newest)
        checks += [await caught_up(app[HUB], newest), *state.rows()]
    return checks


def report(
    app: web.Application,
    state: DatabaseState | None,
    checks: list[Check],
    rights: Rights,
) -> dict[str, Any]:
    hub, source, streams = app[HUB], app[LISTENER].source, app[STREAMS]
    heard_at = source.heard_at
    body: dict[str, Any] = {
        "checks": {
            check.name: "ok" if check.state == "ok" else check.sentence()
            for check in checks
        },
        "rows": [row_of(check) for check in checks],
        "database": {"reachable": state is not None},
        "listener": {
            "source": app[SETTINGS].source,
            "connected": source.connected,
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


def row_of(check: Check) -> dict[str, Any]:
    """A check with its figures, without the id of the item that waits."""
    return {name: x for name, x in check._asdict().items() if name != "item"}
