"""Quotes of one call, and what fo.option_quote holds of them."""

from typing import Any

import psycopg

from tests.support.quote_market import Quote

STRIKE = 24_600.0


def call(time: str, volume: int | None = None, **figures: float) -> Quote:
    """A quote of whose put nothing is known."""
    return Quote(time, STRIKE, {"volume": volume, **figures})


def column(connection: psycopg.Connection, name: str) -> list[Any]:
    """A column of all quotes, the oldest first."""
    found = connection.execute(
        f"SELECT {name} FROM fo.option_quote"
        " ORDER BY quote_time, symbol, expiry, strike".encode()
    )
    return [row[0] for row in found]
