"""Readers' keys with some rights, over a market of two symbols."""

from typing import Any

import psycopg

from pgstrike.api.access.keys import hash_of
from tests.support.live_market import open_store, quote, refresh

SYMBOLS = ("NIFTY", "BANKNIFTY")


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
