"""The catalogue of metrics, as the database has it: what the api's description is made from.

It changes only when the database is upgraded, so it is read again at most once a minute.
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


class Catalogue(NamedTuple):
    """Every metric, and a hash of all that is said of them."""

    hash: str
    metrics: tuple[Metric, ...]

    def metric(self, name: str) -> Metric:
        return next(metric for metric in self.metrics if metric.name == name)


class Listing(NamedTuple):
    """The catalogue as JSON."""

    body: bytes


class CatalogueReader:
    """Reads the catalogue for everybody who asks, at most once a minute."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._lock = asyncio.Lock()
        self._read_at = 0.0
        self._found: Catalogue | None = None

    async def read(self) -> Catalogue:
        async with self._lock:
            if self._found is None or monotonic() - self._read_at > FRESH_SECONDS:
                [listing] = await ask(
                    self._pool, "metrics", {}, Listing, reader=EVERYTHING
                )
                self._found = parse(listing.body)
                self._read_at = monotonic()
            return self._found


def parse(body: bytes) -> Catalogue:
    metrics = json.loads(body)["metrics"]
    return Catalogue(
        sha256(body).hexdigest()[:16], tuple(metric_of(each) for each in metrics)
    )


def metric_of(listed: dict[str, Any]) -> Metric:
    arguments = [
        Argument(x["name"], x["type"], x["optional"], x["array"], x["default"])
        for x in listed["parameters"]
    ]
    columns = [Column(x["name"], x["type"], x["unit"]) for x in listed["fields"]]
    return Metric(
        listed["metric"], listed["about"] or "", tuple(arguments), tuple(columns)
    )


CATALOGUE = web.AppKey("catalogue", CatalogueReader)


async def catalogue_of(app: web.Application) -> Catalogue:
    return await app[CATALOGUE].read()


def open_catalogue(app: web.Application) -> None:
    app[CATALOGUE] = CatalogueReader(app[POOL])
