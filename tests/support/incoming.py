"""Lines that came over HTTP, and a `pgstrike run` in the test's own process for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from pgstrike.db.queries import query
from pgstrike.jobs.live.incoming import taking
from tests.support.feeds import json_line
from tests.support.quote_market import value
from tests.support.tasks import settings


@contextmanager
def beating(dsn: str) -> Iterator[None]:
    """One that is alive, and takes nothing."""
    with psycopg.connect(dsn, autocommit=True) as own:
        own.execute(query("beat"), {"process": "p", "host": "h", "os_pid": 1})
        yield


@contextmanager
def storing(dsn: str) -> Iterator[None]:
    """One that stores them."""
    with beating(dsn), taking(dsn, settings()):
        yield


def quotes(count: int, **fields: Any) -> str:
    return "\n".join(json_line(strike=24_000 + 50 * n, **fields) for n in range(count))


def stored(connection: psycopg.Connection) -> int:
    return int(value(connection, "SELECT count(*) FROM fo.option_quote"))


def left(connection: psycopg.Connection) -> int:
    return int(value(connection, "SELECT count(*) FROM job.incoming"))


def note(connection: psycopg.Connection, lines: str) -> int:
    """Lines that an api noted which has ended since."""
    [(id,)] = connection.execute(
        "INSERT INTO job.incoming (key, symbols, lines) VALUES ('nifty', '{NIFTY}', %s)"
        " RETURNING id",
        [lines.encode()],
    ).fetchall()
    return int(id)
