"""Answers of a market of two symbols: from memory, and what SQL says of the same."""

from datetime import timedelta
from typing import Any

import psycopg

from pgstrike.db.timing import STATEMENTS
from tests.api.conftest import Client
from tests.support.grants import add_key
from tests.support.live_market import OPEN, open_store, quote, refresh

PCR = "/v1/metrics/pcr?symbol=NIFTY"
CHAIN = "/v1/chain?symbol=NIFTY"
PAST = f"{PCR}&at={(OPEN + timedelta(minutes=5)).isoformat().replace('+', '%2B')}"
PATIENCE = 20


def market_of_two(connection: psycopg.Connection) -> None:
    """Two snapshots of two symbols."""
    store = open_store(connection)
    for symbol in ("NIFTY", "BANKNIFTY"):
        quote(store, 0, symbol=symbol)
        quote(store, 10, symbol=symbol, seed=1)
    refresh(connection)
    add_key(connection, "admin", "an-admin", is_admin=True)
    add_key(connection, "bank", "of-bank", symbols=["BANKNIFTY"])
    add_key(connection, "twin", "of-twin", symbols=["BANKNIFTY"])
    add_key(connection, "figures", "of-metrics", topics=["metrics"])
    add_key(connection, "desk", "of-desk")


def asked() -> int:
    return STATEMENTS.durations["metric"].count


async def rows(client: Client, path: str, **headers: str) -> Any:
    status, answer = await client.get(path, **headers)
    assert status == 200, answer
    return answer["rows"]


def expected(connection: psycopg.Connection, call: str) -> Any:
    [(found,)] = connection.execute(
        f"SELECT coalesce(json_agg(json_build_array(row.*)), '[]')"
        f" FROM analytics.{call} AS row".encode()
    )
    return [list(row[0].values()) for row in found]
