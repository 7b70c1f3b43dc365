"""A `pgstrike run` in the test's own process, as far as it stores lines that came over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from pgstrike.db.queries import query
from pgstrike.jobs.live.incoming import taking
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
