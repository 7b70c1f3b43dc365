"""Chains whose markets imply a forward, and what is stored of it and of the underlying."""

from datetime import date, datetime
from typing import Any

import numpy as np
import psycopg

from tests.support.quote_market import (
    EXPIRY,
    Leg,
    Quote,
    Row,
    ist,
    select,
)

RATE = 0.065
BETWEEN = date(2025, 9, 9)
STRIKES = (24_500.0, 24_550.0, 24_600.0, 24_650.0, 24_700.0)


def growth(since: datetime, expiry: date = EXPIRY) -> float:
    """What the rate makes of one from an instant to the close of expiry day."""
    seconds = (ist("15:30:00", expiry) - since).total_seconds()
    return float(np.exp(RATE * seconds / (365 * 86_400)))


def quote(
    time: str, strike: float, forward: float, half: float = 0.0, **of: Any
) -> Quote:
    """A strike whose prices imply the forward exactly; each market is twice `half` wide."""
    since = ist(of.get("stamp") or time, of.get("day", date(2025, 8, 29)))
    put = 300.0
    call = put + (forward - strike) / growth(since, of.get("expiry", EXPIRY))
    legs: list[Leg] = [
        {"bid": mid - half, "ask": mid + half, "ltp": mid} for mid in (call, put)
    ]
    return Quote(time, strike, *legs, **of)


def chain(time: str, forward: float, *strikes: float, **of: Any) -> list[Quote]:
    return [quote(time, strike, forward, **of) for strike in strikes or STRIKES]


def bare(time: str, *strikes: float, **of: Any) -> list[Quote]:
    """Strikes of which nothing is quoted that a forward could be made of."""
    return [Quote(time, strike, {"oi": 75}, **of) for strike in strikes or STRIKES]


def last_only(quotes: list[Quote]) -> list[Quote]:
    """The quotes without their markets."""
    return [
        each._replace(call={"ltp": each.call["ltp"]}, put={"ltp": each.put["ltp"]})
        for each in quotes
    ]


def found(connection: psycopg.Connection) -> list[Row]:
    """One row per chain, in order; whatever is true of a chain is true of all its quotes."""
    return select(
        connection,
        "SELECT DISTINCT quote_time, expiry, underlying, underlying_source,"
        " forward, forward_source FROM fo.option_quote ORDER BY quote_time, expiry",
    )


def sources(connection: psycopg.Connection) -> list[tuple[Any, Any]]:
    return [
        (row["underlying_source"], row["forward_source"]) for row in found(connection)
    ]


def underlyings(connection: psycopg.Connection) -> list[float]:
    return [row["underlying"] for row in found(connection)]
