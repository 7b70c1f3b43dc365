"""Waiting for those who wait, and advisory locks that are free to all."""

from concurrent.futures import Future
from time import sleep
from typing import Any

import psycopg

from tests.support.quote_market import value


def wait_until_blocked(
    connection: psycopg.Connection, other: psycopg.Connection, waiting: "Future[Any]"
) -> None:
    """Until the other one waits for a lock, with what it was asked for not done yet."""
    blocking = "SELECT cardinality(pg_blocking_pids(%s))"
    while not value(connection, blocking, other.info.backend_pid):
        assert not waiting.done(), "it did not wait"
        sleep(0.005)


def grant_back(owner: psycopg.Connection) -> None:
    """As it is where the owner is no superuser: advisory locks are free to all."""
    for name, arguments in (
        ("pg_advisory_lock", "bigint"),
        ("pg_advisory_lock", "integer, integer"),
    ):
        grant = f"GRANT EXECUTE ON FUNCTION {name}({arguments}) TO PUBLIC"
        owner.execute(grant.encode())
