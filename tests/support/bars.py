"""Bars of a test, in the order of time."""

from typing import Any

import psycopg

STRIKE = 24_600
ROLLUPS = ("option_strike_bars_1min", "option_strike_bars_5min", "option_strike_bars_15min",
           "moneyness_bars_5min")  # fmt: skip


def bars(
    connection: psycopg.Connection, width: str, columns: str, strike: float = STRIKE
) -> list[tuple[Any, ...]]:
    """Columns of a strike's bars, in the order of their buckets."""
    return connection.execute(
        f"SELECT {columns} FROM fo.option_strike_bars_{width}"
        f" WHERE strike = {strike} ORDER BY bucket_time".encode()
    ).fetchall()


def levels(connection: psycopg.Connection, columns: str) -> list[tuple[Any, ...]]:
    """Columns of the moneyness bars, in the order of buckets and levels."""
    return connection.execute(
        f"SELECT {columns} FROM fo.moneyness_bars_5min"
        " ORDER BY bucket_time, moneyness_level".encode()
    ).fetchall()
