"""The catalogue of metrics, as the database has it: what the api's description is made from.

It changes only when the database is upgraded, so it is kept for a minute.
"""

import asyncio
import json
from hashlib import sha256
from time import monotonic
from typing import Any, NamedTuple

from aiohttp import web

from pgstrike.api.http.app_keys import POOL
from pgstrike.db.pool import Pool, ask
from pgstrike.db.session import EVERYTHING

FRESH_SECONDS = 60


class Argument(NamedTuple):
    """A parameter of a metric's function."""

    name: str
    type: str  # of Postgres
    is_optional: bool
    is_array: bool
    default: str | None
    words: tuple[str, ...] | None  # that it is one of


class Column(NamedTuple):
    """A column of a metric's rows."""

    name: str
    type: str  # of Postgres
    unit: str | None


class Metric(NamedTuple):
    """A function of schema analytics."""

    name: str
    about: str
    arguments: tuple[Argument, ...]
    columns: tuple[Column, ...]
    words: frozenset[str]  # the names of parameters that have a meaning for it


class Catalogue(NamedTuple):
    """Every metric, and a hash of all that is said of them."""

    hash: str
    metrics: tuple[Metric, ...]

    def has(self, name: str) -> bool:
        return any(metric.name == name for metric in self.metrics)

    def metric(self, name: str) -> Metric:
        return next(metric for metric in self.metrics if metric.name == name)


class Listing(NamedTuple):
    """The catalogue as JSON."""

    body: bytes


class CatalogueReader:
    """Reads the catalogue once for all who wait for it; a failure is that of all of them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._read_at = 0.0
        self._found: Catalogue | None = None
        self._reading: asyncio.Task[Catalogue] | None = None

    async def read(self, metric: str | None = None) -> Catalogue:
        """The catalogue of the last minute, or a newer one if it lacks the metric."""
        found = self._found
        if found is None or monotonic() - self._read_at > FRESH_SECONDS:
            return await self._read_again()
        if metric is not None and not found.has(metric):
            return await self._read_again()
        return found

    async def _read_again(self) -> Catalogue:
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._ask())
            # Where nobody waits for it any more, what went wrong is for no log.
            self._reading.add_done_callback(
                lambda done: done.cancelled() or done.exception()
            )
        return await asyncio.shield(self._reading)

    async def _ask(self) -> Catalogue:
        [listing] = await ask(self._pool, "metrics", {}, Listing, reader=EVERYTHING)
        self._found = parse(listing.body)
        self._read_at = monotonic()
        return self._found

    async def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait({self._reading})


def parse(body: bytes) -> Catalogue:
    metrics = json.loads(body)["metrics"]
    return Catalogue(
        sha256(body).hexdigest()[:16], tuple(metric_of(each) for each in metrics)
    )


def metric_of(listed: dict[str, Any]) -> Metric:
    arguments = [
        Argument(
            x["name"],
            x["type"],
            x["optional"],
            x["array"],
            x["default"],
            tuple(x["words"]) if "words" in x else None,
        )
        for x in listed["parameters"]
    ]
    columns = [Column(x["name"], x["type"], x["unit"]) for x in listed["fields"]]
    return Metric(
        listed["metric"],
        listed["about"] or "",
        tuple(arguments),
        tuple(columns),
        frozenset(listed["words"]),
    )


CATALOGUE = web.AppKey("catalogue", CatalogueReader)


async def catalogue_of(app: web.Application, metric: str | None = None) -> Catalogue:
    """The catalogue; with a metric, one that knows it."""
    return await app[CATALOGUE].read(metric)


def open_catalogue(app: web.Application) -> None:
    app[CATALOGUE] = CatalogueReader(app[POOL])
