"""The figures of one scrape: counts of this process and of its database."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import NamedTuple

import psycopg
from aiohttp import web

from pgstrike.api.http.app_keys import ANSWERS, DATABASE, HUB, LISTENER, POOL, STREAMS
from pgstrike.api.http.health import checks_of
from pgstrike.api.http.request_counts import COUNTS, RequestCounts
from pgstrike.db.errors import PgstrikeError
from pgstrike.db.health import Check
from pgstrike.db.pool import ask
from pgstrike.db.session import EVERYTHING
from pgstrike.db.timing import STATEMENTS, Durations, Statements

PATIENCE_SECONDS = 5.0  # then the scrape goes without the figures of the database


class Figure(NamedTuple):
    """A row of ops.figures."""

    name: str
    kind: str  # counter or gauge
    about: str
    label: str | None
    label_value: str | None
    value: float


class Measured(NamedTuple):
    """All figures of one scrape."""

    requests: RequestCounts
    statements: Statements
    events: Mapping[str, int]  # by topic
    resets: Mapping[str, int]  # by reason
    answers: Mapping[str, int]  # by outcome
    event_delay: Durations
    delivery: Durations
    # By name, with the text for Prometheus.
    gauges: Mapping[str, tuple[str, float]]
    checks: list[Check]
    figures: list[Figure]


async def measure(app: web.Application) -> Measured:
    answer = await app[DATABASE].answer()
    figures = [] if answer.state is None else await figures_of(app)
    hub = app[HUB]
    return Measured(
        requests=app[COUNTS],
        statements=STATEMENTS,
        events=hub.counted,
        resets=hub.resets,
        answers=app[ANSWERS].counts,
        event_delay=app[LISTENER].delay,
        delivery=app[STREAMS].fanout.delivery,
        gauges=gauges(app),
        checks=await checks_of(app, answer),
        figures=figures,
    )


async def figures_of(app: web.Application) -> list[Figure]:
    """The counts of ops.figures; none where the database does not answer."""
    with contextlib.suppress(PgstrikeError, psycopg.Error, TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await ask(app[POOL], "figures", {}, Figure, reader=EVERYTHING)
    return []


def gauges(app: web.Application) -> dict[str, tuple[str, float]]:
    hub, streams, pool = app[HUB], app[STREAMS], app[POOL].get_stats()
    answers = app[ANSWERS]
    return {
        "answers_kept": ("Answers in memory.", len(answers)),
        "answer_bytes_kept": ("Bytes of answers in memory.", answers.bytes),
        "streams": ("Open streams.", streams.count),
        "broadcasts": ("Different subscriptions.", len(streams.broadcasts)),
        "hub_events_kept": ("Events in memory.", len(hub.ring)),
        "hub_bytes_kept": ("Bytes of events in memory.", hub.ring_bytes),
        "pool_connections": ("Connections of the pool.", pool.get("pool_size", 0)),
        "pool_connections_free": (
            "Connections of the pool that nobody uses.",
            pool.get("pool_available", 0),
        ),
        "pool_waiting": (
            "Requests that wait for a connection.",
            pool.get("requests_waiting", 0),
        ),
    }
