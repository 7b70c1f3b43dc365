"""The application: its middlewares, its paths, and the parts that it opens and closes."""

from aiohttp import web

from pgstrike.api.access.rate_limit import RateLimits
from pgstrike.api.errors import json_errors
from pgstrike.api.http.app_keys import (
    DOOR,
    DOORS,
    DSN,
    HOME,
    MERGED,
    NO_DOORS,
    RATES,
    SETTINGS,
    STREAMS,
    WRONG_KEYS,
    DoorsByServer,
)
from pgstrike.api.http.auth import (
    limit_rate,
    renew_cookie,
    require_key,
    wrong_key_rates,
)
from pgstrike.api.http.cors import allow_origin, answer_preflight
from pgstrike.api.http.encoding import compress
from pgstrike.api.http.forms import give_form
from pgstrike.api.http.health import open_health
from pgstrike.api.http.hosts import loopback_hosts
from pgstrike.api.http.openapi import DESCRIBED
from pgstrike.api.http.performance import PHASES, phase
from pgstrike.api.http.request_counts import COUNTS, RequestCounts, count_answer
from pgstrike.api.http.request_id import add_request_id
from pgstrike.api.http.route import TABLE, Table, read_parameters
from pgstrike.api.http.routes import ROUTES
from pgstrike.api.http.shards.opening import opens_shards
from pgstrike.api.http.shards.place import place
from pgstrike.api.http.udf import say_in_udf
from pgstrike.api.opening import (
    open_database,
    open_hub,
    open_keys,
    open_lag,
    open_log,
    open_streams,
)
from pgstrike.api.security_headers import add_security_headers
from pgstrike.api.server.middlewares import occupy, recognize, remember_answer
from pgstrike.api.settings import ApiSettings
from pgstrike.db.shards import HOME as HOME_SERVER


def make_app(
    settings: ApiSettings,
    dsn: str,
    doors: DoorsByServer = NO_DOORS,
    home: web.Application | None = None,
    name: str = HOME_SERVER,
) -> web.Application:
    """The application; with `home`, that of a shard, which only `home` passes requests to."""
    app = web.Application(
        middlewares=[
            occupy,
            compress,
            say_in_udf,
            json_errors,
            loopback_hosts,
            answer_preflight,
            require_key,
            recognize,
            limit_rate,
            place,
            read_parameters,
            give_form,
        ]
    )
    app[SETTINGS] = settings
    app[DSN] = dsn
    app[DOORS], app[DOOR] = doors, doors.get(name)
    if home is None:
        have_readers(app)
    else:
        share(home, app)
    app[PHASES] = {}
    app[DESCRIBED] = []
    app.cleanup_ctx.extend(
        [
            phase("database", open_database),
            phase("hub", open_hub),
            phase("streams", open_streams),
            phase("keys", open_keys),
            phase("health", open_health),
            phase("lag", open_lag),
            phase("log", open_log),
            *([phase("shards", opens_shards(make_app))] if settings.shards else []),
        ]
    )
    app.on_response_prepare.extend(
        [
            renew_cookie,
            add_security_headers,
            allow_origin,
            add_request_id,
            count_answer,
            remember_answer,  # the last: it keeps the headers
        ]
    )
    app.on_shutdown.append(drain)
    return app


def have_readers(app: web.Application) -> None:
    """What there is once, however many servers symbols live on."""
    settings = app[SETTINGS]
    app[WRONG_KEYS] = wrong_key_rates()
    if settings.requests_per_second:
        app[RATES] = RateLimits(settings.requests_per_second)
    Table(ROUTES).add_to(app)
    app[COUNTS] = RequestCounts()


def share(home: web.Application, app: web.Application) -> None:
    """Have it from home in the application of a shard."""
    app[HOME] = home
    app[WRONG_KEYS], app[TABLE], app[COUNTS] = (
        home[WRONG_KEYS],
        home[TABLE],
        home[COUNTS],
    )
    if RATES in home:
        app[RATES] = home[RATES]


async def drain(app: web.Application) -> None:
    """Let streams end, once their readers have what waits for them."""
    for streams in (STREAMS, MERGED):
        if streams in app:  # not where the start failed
            app[streams].drain()
