"""Quotes of brokers' JSON, under the field names of docs/ndjson.md."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from pgstrike.jobs.feed.batches import BadRow
from pgstrike.jobs.feed.ndjson import iso_time
from pgstrike.jobs.feed.percent import decimal
from pgstrike.jobs.feed.times import calendar_day

Figures = dict[str, Any]

LARGEST = 2.0**62
MOST = 1e300
COUNTED = ("volume", "oi", "prev_oi")


class Chain(NamedTuple):
    """What all quotes of one chain have alike."""

    quote_time: int
    exchange_time: int | None
    symbol: str
    expiry: int
    underlying: object = None
    forward: object = None

    def quote(self, strike: object, came: object, **legs: Figures) -> "Quote":
        """One of its quotes."""
        stamp = self.exchange_time
        figures = {
            "quote_time": iso_time(self.quote_time),
            "exchange_time": None if stamp is None else iso_time(stamp),
            "symbol": self.symbol,
            "expiry": calendar_day(self.expiry).isoformat(),
            "strike": figure(strike),
            "underlying": figure(self.underlying),
            "forward": figure(self.forward),
            **legs,
        }
        return Quote(self, figures, came)


class Quote(NamedTuple):
    """A quote, and the text it was read from. `no_lot`: why its quantities cannot be used."""

    chain: Chain
    figures: Figures
    came: object
    no_lot: str = ""

    def in_units(self, lot: int) -> Figures:
        """With whole quantities, of a feed that counts volume and OI in lots, or in units.

        BadRow where they cannot be used.
        """
        if self.no_lot:
            raise BadRow("no_lot", self.no_lot)
        legs = {
            leg: {
                **figures,
                **{name: whole(figures.get(name), lot) for name in COUNTED},
            }
            for leg in ("call", "put")
            if isinstance(figures := self.figures.get(leg), dict)
        }
        return {**self.figures, **legs}


def figure(value: object, unit: float = 1.0) -> object:
    """A number in our unit, of a number or its text; what is neither is left to be rejected."""
    if value is None or value in ("", "-"):
        return None
    if isinstance(value, str):
        try:
            value = float(value.replace(",", ""))
        except ValueError:
            return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if abs(value) > MOST:  # an integer of JSON has no largest value; a float has
        return math.inf  # rejected as out of range
    return value if unit == 1 else value * unit


def percent(value: object) -> object:
    """A figure in percent as a decimal."""
    value = figure(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return decimal(value) if is_number and isinstance(value, int | float) else value


def whole(value: object, unit: float = 1.0) -> object:
    """A quantity, rounded, halves to even."""
    value = figure(value, unit)
    is_whole = isinstance(value, float) and abs(value) < LARGEST
    return round(value) if is_whole and isinstance(value, float) else value


def before(oi: object, change: object) -> object:
    """The OI of the session before; None where it cannot be told."""
    now, since = figure(oi), figure(change)
    if not (isinstance(now, int | float) and isinstance(since, int | float)):
        return None
    return now - since if now >= since else None


def first(*values: object) -> object:
    """The first that is known."""
    return next((value for value in values if value is not None), None)


def at(value: Any, *path: str) -> Any:
    """What lies there in nested objects; None where the way ends before."""
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value
