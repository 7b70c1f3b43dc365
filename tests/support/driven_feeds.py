"""Feeds that a runner of the test's own drives, and what the database says of them."""

from collections.abc import Callable
from typing import Any

import psycopg

from pgstrike.jobs.live.pace import Pace
from pgstrike.jobs.live.runner import FeedRunner
from tests.support.deribit import SOCKET
from tests.support.quote_market import Row, select

QUICK = Pace(
    grid=0.05,
    beat=0.1,
    first=0.05,
    most=0.1,
    refusals=2,
    silence=1.0,
    patience=0.5,
    gaps=2.0,
)
Drive = Callable[..., FeedRunner]


def add(
    connection: psycopg.Connection, name: str, position: int = 1, *symbols: str
) -> None:
    connection.execute(
        "SELECT ops.set_feed(%s, %s, %s, '{}', %s, TRUE)",
        [name, name, [*(symbols or ("BTC",))], position],
    )


def add_deribit_feed(
    connection: psycopg.Connection, url: str = "", *, is_on: bool = False
) -> None:
    """A feed of BTC that is called coins; without a URL it reaches nobody."""
    connection.execute(
        "INSERT INTO fo.instrument (symbol, exchange) VALUES ('BTC', 'DERIBIT')"
    )
    connection.execute(
        "SELECT ops.set_feed('coins', 'deribit', '{BTC}',"
        " jsonb_build_object('url', %s::text), 1, %s)",
        [url or "ws://127.0.0.1:1" + SOCKET, is_on],
    )


def feed(connection: psycopg.Connection, name: str) -> Row:
    [row] = select(connection, "SELECT * FROM job.feed WHERE name = %s", name)
    return row


def sources(connection: psycopg.Connection) -> list[str]:
    found = select(connection, "SELECT source FROM fo.quote_source ORDER BY since")
    return [row["source"] for row in found]


def prices(connection: psycopg.Connection) -> set[float]:
    found = select(connection, "SELECT DISTINCT call_ltp FROM fo.option_quote")
    return {row["call_ltp"] for row in found}


def events(connection: psycopg.Connection) -> list[dict[str, Any]]:
    found = select(
        connection,
        "SELECT payload FROM fo.event WHERE topic = 'ops'"
        " AND payload ->> 'kind' = 'source' ORDER BY id",
    )
    return [row["payload"] for row in found]
