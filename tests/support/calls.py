"""Quotes of one call, and what fo.option_quote holds of them."""

from datetime import date
from typing import Any

import psycopg

from tests.support.quote_market import FRIDAY, Quote, ist

STRIKE = 24_600.0
FAR = date(2026, 12, 29)


def call(time: str, volume: int | None = None, **figures: float) -> Quote:
    """A quote of whose put nothing is known."""
    return Quote(time, STRIKE, {"volume": volume, **figures})


def read(time: str, stamp: str | None = None, *, day: date = FRIDAY) -> Quote:
    """A quote that was read at a time, and stamped at another one of the same day."""
    return call(time, 100, oi=10)._replace(
        day=day, stamp=None if stamp is None else ist(stamp, day), expiry=FAR
    )


def column(connection: psycopg.Connection, name: str) -> list[Any]:
    """A column of all quotes, the oldest first."""
    found = connection.execute(
        f"SELECT {name} FROM fo.option_quote"
        " ORDER BY quote_time, symbol, expiry, strike".encode()
    )
    return [row[0] for row in found]
