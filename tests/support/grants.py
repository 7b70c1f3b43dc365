"""Readers' keys with some rights, over a market of two symbols."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg

from pgstrike.api.access.key_hash import hash_of
from tests.api.conftest import Client, Serve
from tests.support.live_market import open_store, quote, refresh
from tests.support.quote_market import select

SYMBOLS = ("NIFTY", "BANKNIFTY")
SENT = "pgs_of-a-test"


def add_market(connection: psycopg.Connection) -> None:
    """Two symbols, quoted and refreshed."""
    store = open_store(connection)
    for symbol in SYMBOLS:
        quote(store, 0, symbol=symbol)
    refresh(connection)


def add_key(
    connection: psycopg.Connection, name: str, sent: str, **rights: Any
) -> None:
    """A key that is sent as `sent`; rights are columns of job.api_key."""
    values = {"name": name, "key_hash": hash_of(sent), **rights}
    marks = ", ".join(f"%({name})s" for name in values)
    connection.execute(
        f"INSERT INTO job.api_key ({', '.join(values)}) VALUES ({marks})".encode(),
        values,
    )


def acting(dsn: str, key: str) -> psycopg.Connection:
    """A connection as the api has it, for the holder of a key."""
    connection = psycopg.connect(
        dsn, autocommit=True, options="-c role=pgstrike_server"
    )
    connection.execute("SELECT set_config('pgstrike.key', %s, FALSE)", [key])
    return connection


def symbols(connection: psycopg.Connection, view: str) -> set[str | None]:
    """What a view shows."""
    found = select(connection, f"SELECT DISTINCT symbol FROM analytics.{view}")
    return {row["symbol"] for row in found}


@asynccontextmanager
async def holding(
    serve: Serve, key: str = SENT, **changes: Any
) -> AsyncIterator[Client]:
    """A client with a key, and a server of its own."""
    async with serve(**changes) as client:
        client.session.headers["Authorization"] = f"Bearer {key}"
        yield client
