"""Kite's full quotes, as the JSON of `/quote` and as CSV: one leg per message or row."""

import ast
import contextlib
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from pgstrike.jobs.feed.batches import BadRow
from pgstrike.jobs.feed.facts import Facts
from pgstrike.jobs.feed.figures import Chain, Figures, Quote, at, figure, first, whole
from pgstrike.jobs.feed.lot_sizes import EXCHANGES as LOT_EXCHANGES
from pgstrike.jobs.feed.lot_sizes import units_of_lot
from pgstrike.jobs.feed.moments import read_day, read_time
from pgstrike.jobs.feed.times import IST, days

NAME = "Kite's quotes"
# NIFTY2590224600CE is of 2025-09-02; NIFTY25SEP24600CE of September's last expiry.
OPTION = re.compile(
    r"(?:[A-Z]+:)?(?P<symbol>[A-Z][A-Z0-9&-]*?)"
    r"(?P<year>\d\d)(?:(?P<month>[1-9OND])(?P<day>\d\d)|(?P<name>[A-Z]{3}))"
    r"(?P<strike>\d+(?:\.\d+)?)(?P<side>CE|PE)"
)
LEGS = {"CE": "call", "PE": "put"}
MONTHS = {**{str(n): n for n in range(1, 10)}, "O": 10, "N": 11, "D": 12}
SPOTS = {
    "NIFTY 50": "NIFTY",
    "NIFTY BANK": "BANKNIFTY",
    "NIFTY FIN SERVICE": "FINNIFTY",
    "NIFTY MID SELECT": "MIDCPNIFTY",
    "NIFTY NEXT 50": "NIFTYNXT50",
}
KEYS = ("tradingsymbol", "instrument", "symbol", "")  # of a row's name in a CSV


def fits(value: Any) -> bool:
    """Whether it is the answer of `/quote`."""
    rows = at(value, "data")
    return isinstance(rows, dict) and any(
        isinstance(row, dict) and {"instrument_token", "last_price"} <= {*row}
        for row in rows.values()
    )


def fits_header(names: set[str]) -> bool:
    """Whether a CSV has such columns."""
    named = {"tradingsymbol", "instrument"} & names or "" in names
    return bool(named) and "last_price" in names and bool({"oi", "depth"} & names)


def quotes(body: Any, received: int | None, facts: Facts) -> Iterator[Quote]:
    """The quotes of an answer; those of an index bring the underlying."""
    spots = {
        SPOTS[name.partition(":")[2]]: row.get("last_price")
        for name, row in body["data"].items()
        if name.partition(":")[2] in SPOTS
    }
    for name, row in body["data"].items():
        quote = quote_of(name, row, received, facts, spots)
        if quote:
            yield quote


def quote_of(
    name: str,
    row: Mapping[str, Any],
    received: int | None,
    facts: Facts,
    spots: Figures,
) -> Quote | None:
    """One leg; None where it is not an option."""
    found = OPTION.fullmatch(name.strip().upper())
    if not found:
        return None
    stamp = time_of(first(row.get("timestamp"), row.get("exchange_timestamp")))
    of = facts._replace(
        symbol=found["symbol"],
        expiry=first_day(expiry_of(row, found), facts.expiry),
        read_at=first_day(received, facts.read_at, stamp),
    )
    of.demand(f"{NAME} of {name}", "expiry", "read_at")
    spot = first(row.get("underlying_price"), spots.get(found["symbol"]))
    chain = Chain(of.read_at or 0, stamp, found["symbol"], of.expiry or 0, spot)
    units = units_of(name.strip().upper())
    leg = {LEGS[found["side"]]: leg_of(row, units or 1)}
    quote = chain.quote(found["strike"], {name: dict(row)}, **leg)
    return quote if units else quote._replace(no_lot=f"no lot is known of {name}")


def first_day(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)


def expiry_of(row: Mapping[str, Any], found: re.Match[str]) -> int | None:
    """The expiry that a column says, or a weekly name; a monthly one says the month only."""
    with contextlib.suppress(BadRow, ValueError):
        if row.get("expiry"):
            return read_day(row["expiry"])
        if found["month"]:
            year, month = 2000 + int(found["year"]), MONTHS[found["month"]]
            return days(date(year, month, int(found["day"])))
    return None


def time_of(value: object) -> int | None:
    """A stamp, in IST where it says no zone."""
    with contextlib.suppress(BadRow):
        return read_time(value, IST) if value not in (None, "") else None
    return None


def units_of(name: str) -> int | None:
    """What one of a contract's volume, OI and quantities stands for: a lot, or 1."""
    exchange, _, trading = name.rpartition(":")
    return units_of_lot(trading) or (None if exchange in LOT_EXCHANGES else 1)


def leg_of(row: Mapping[str, Any], units: int) -> Figures:
    """Its figures, in units. Of an option's depth the best counts."""
    bid, ask = best(row, "buy"), best(row, "sell")
    return {
        "ltp": figure(row.get("last_price")),
        "bid": figure(bid.get("price")),
        "ask": figure(ask.get("price")),
        "bid_qty": whole(bid.get("quantity"), units),
        "ask_qty": whole(ask.get("quantity"), units),
        "volume": whole(first(row.get("volume"), row.get("volume_traded")), units),
        "oi": whole(row.get("oi"), units),
    }


def best(row: Mapping[str, Any], side: str) -> Figures:
    """The best price of one side of the book, however the table has it."""
    depth = row.get("depth")
    if isinstance(depth, str):
        with contextlib.suppress(ValueError, SyntaxError, RecursionError):
            depth = ast.literal_eval(depth) if depth else None
    levels = at(depth, side)
    if isinstance(levels, list) and levels and isinstance(levels[0], dict):
        return levels[0]
    ours = "bid" if side == "buy" else "ask"
    prices = (f"depth.{side}.0.price", f"depth_{side}_0_price", f"{ours}_price", ours)
    amounts = (
        f"depth.{side}.0.quantity",
        f"depth_{side}_0_quantity",
        f"{ours}_qty",
        f"{ours}_quantity",
    )
    return {
        "price": first(*map(row.get, prices)),
        "quantity": first(*map(row.get, amounts)),
    }
