"""GET /api/performance-metrics: times of the start, slow operations, sizes of the caches."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from time import perf_counter
from typing import Any, NamedTuple

import psycopg
from aiohttp import web

from pgstrike.api.http.app_keys import ANSWERS, HUB, KEYS, POOL, STREAMS
from pgstrike.api.http.kept import statistics
from pgstrike.api.http.request_counts import COUNTS
from pgstrike.db.errors import PgstrikeError
from pgstrike.db.pool import ask
from pgstrike.db.session import EVERYTHING
from pgstrike.db.timing import STATEMENTS, Durations

SHOWN = 5
PHASES = web.AppKey("phases", dict[str, float])  # of the start, in seconds


class Cached(NamedTuple):
    """Blocks that the database found in memory, and blocks that it had to read."""

    blocks_hit: int
    blocks_read: int


class SlowStatement(NamedTuple):
    """A row of ops.slow_statements."""

    statement: str
    calls: int
    mean_ms: float
    longest_ms: float
    total_ms: float


def phase(
    name: str, opening: Callable[[web.Application], AsyncIterator[None]]
) -> Callable[[web.Application], AsyncIterator[None]]:
    """A phase of the start, with its time noted."""

    async def opened(app: web.Application) -> AsyncIterator[None]:
        began = perf_counter()
        async with contextlib.asynccontextmanager(opening)(app):
            app[PHASES][name] = perf_counter() - began
            yield

    return opened


async def performance(request: web.Request) -> web.Response:
    app = request.app
    return web.json_response(
        {
            "start": {name: rounded(x) for name, x in app[PHASES].items()},
            "slowest": slowest(app),
            "slow_queries": [
                {"name": name, "seconds": rounded(seconds), "at": at.isoformat()}
                for name, seconds, at in STATEMENTS.slow
            ],
            "statements": await statements(app),
            "caches": await caches(app),
        }
    )


def slowest(app: web.Application) -> list[dict[str, Any]]:
    """The operations that took longest, of statements and of requests."""
    every = sorted(operations(app), key=lambda each: -each[2].longest)
    return [
        {
            "kind": kind,
            "name": name,
            "count": took.count,
            "mean_seconds": rounded(took.total / took.count),
            "longest_seconds": rounded(took.longest),
        }
        for kind, name, took in every[:SHOWN]
    ]


def operations(app: web.Application) -> Iterator[tuple[str, str, Durations]]:
    for name, took in STATEMENTS.durations.items():
        yield "query", name, took
    for route, took in app[COUNTS].durations.items():
        yield "request", route, took


async def statements(app: web.Application) -> list[dict[str, Any]] | None:
    """The database's own list; None where pg_stat_statements is not there."""
    with contextlib.suppress(PgstrikeError, psycopg.Error):
        found = await ask(
            app[POOL], "slow_statements", {}, SlowStatement, reader=EVERYTHING
        )
        return [each._asdict() for each in found] or None
    return None


async def caches(app: web.Application) -> dict[str, Any]:
    hub, streams, keys = app[HUB], app[STREAMS], app[KEYS]
    sizes: dict[str, Any] = {
        "events": {"count": len(hub.ring), "bytes": hub.ring_bytes},
        "answers": statistics(app[ANSWERS]),
        "broadcasts": len(streams.broadcasts),
        "keys": len(keys.by_hash),
        "pool": dict(app[POOL].get_stats()),
    }
    with contextlib.suppress(PgstrikeError, psycopg.Error):
        [found] = await ask(app[POOL], "cached_blocks", {}, Cached, reader=EVERYTHING)
        sizes["database"] = found._asdict()
    return sizes


def rounded(seconds: float) -> float:
    return round(seconds, 6)
