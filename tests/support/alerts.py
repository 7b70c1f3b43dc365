"""Alerts in a test: setting one, and when it fired."""

from typing import Any

import psycopg

from tests.support.quote_market import Row, select


def set_alert(
    connection: psycopg.Connection,
    name: str,
    statement: str,
    *,
    symbols: list[str] | None = None,
    topics: list[str] | None = None,
    cooldown: float = 0,
    sinks: list[str] | None = None,
    is_on: bool = True,
) -> None:
    given: list[Any] = [name, statement, symbols, topics or ["chain"], cooldown, sinks]
    connection.execute(
        "SELECT ops.set_alert(%s, %s, %s, %s, %s, %s, %s)", [*given, is_on]
    )


def firings(connection: psycopg.Connection, name: str) -> list[Row]:
    """The newest first."""
    return select(connection, "SELECT * FROM ops.alert_firings(%s)", name)
