"""Deribit: ticker frames of its WebSocket, answers of its REST API; one leg per message."""

import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from pgstrike.jobs.feed.batches import BadRow
from pgstrike.jobs.feed.facts import Facts
from pgstrike.jobs.feed.figures import (
    Chain,
    Figures,
    Quote,
    at,
    figure,
    first,
    percent,
    whole,
)
from pgstrike.jobs.feed.moments import epoch_time, read_day
from pgstrike.jobs.feed_kinds import Kinds

KINDS = Kinds(volume="other")  # that of 24 hours
NAME = "Deribit's answer (JSON)"
OPTION = re.compile(
    r"(?P<symbol>[A-Z0-9_]+)-(?P<expiry>\d{1,2}[A-Z]{3}\d{2})-(?P<strike>\d+(d\d+)?)-(?P<side>[CP])"
)
LEGS = {"C": "call", "P": "put"}
# OI and quantities are in coins. What is stored is whole: multiples of this many coins.
COINS = {"BTC": 0.1}


def is_symbol(text: str) -> bool:
    """Whether the names of options can begin with it."""
    return OPTION.fullmatch(f"{text}-1JAN30-1-C") is not None


def rows_of(value: Any) -> list[Any]:
    """The figures of instruments in an answer or a frame."""
    found = first(at(value, "params", "data"), at(value, "result"), value)
    return found if isinstance(found, list) else [found]


def is_quote(row: Any) -> bool:
    """Whether it has the prices of an option; a book alone, or a trade, has not."""
    is_option = isinstance(row, dict) and OPTION.fullmatch(
        str(row.get("instrument_name"))
    )
    return bool(is_option) and bool({"open_interest", "mark_price"} & {*row})


def fits(value: Any) -> bool:
    """Whether it is an answer of the REST API."""
    return isinstance(at(value, "result"), list | dict) and any(
        map(is_quote, rows_of(value)[:50])
    )


def is_frame(value: Any) -> bool:
    """Whether it is a message of a subscription; those of other channels are passed over."""
    return bool(at(value, "method") == "subscription")


def is_reply(value: Any) -> bool:
    """Whether it is a request, or the answer to one that asks for no figures."""
    if not isinstance(value, dict) or "jsonrpc" not in value or is_frame(value):
        return False
    names = at(value, "result")
    return (
        "result" not in value
        or not isinstance(names, list | dict)
        or (isinstance(names, list) and all(isinstance(name, str) for name in names))
    )


def is_instruments(value: Any) -> bool:
    rows = at(value, "result")
    return isinstance(rows, list) and bool(rows) and "expiration_timestamp" in rows[0]


def quotes(body: Any, received: int | None, facts: Facts) -> Iterator[Quote]:
    """A quote of one leg for each instrument."""
    used = at(body, "usOut")
    sent = epoch_time(used) if isinstance(used, int) and used > 10**15 else None
    for row in filter(is_quote, rows_of(body)):
        yield leg_quote(row, first(received, facts.read_at, sent))


def leg_quote(row: Any, read_at: object) -> Quote:
    """One leg, priced in money."""
    name = OPTION.fullmatch(row["instrument_name"])
    assert name is not None  # is_quote
    symbol = name["symbol"]
    stamp, index, forward, money = market_of(row, symbol)
    chain = Chain(
        read_at if isinstance(read_at, int) else stamp or 0,
        stamp,
        symbol,
        day_of(name),
        index,
        forward,
    )
    leg = leg_of(row, money, COINS.get(symbol, 1.0))
    return chain.quote(strike_of(name), row, **{LEGS[name["side"]]: leg})


class Market(NamedTuple):
    """What a row says of its market: when, the index, the forward, and a price's unit."""

    stamp: int | None
    underlying: object
    forward: object
    money: float


def market_of(row: Any, symbol: str) -> Market:
    """An inverse option's price is in coins, a linear one's in money."""
    index = first(row.get("index_price"), row.get("estimated_delivery_price"))
    forward = figure(row.get("underlying_price"))
    stamp = stamp_of(first(row.get("timestamp"), row.get("creation_timestamp")))
    is_linear = "_" in symbol
    return Market(
        stamp, index, forward, 1.0 if is_linear else price_of_coin(forward, index)
    )


def day_of(name: re.Match[str]) -> int:
    """The day of an option's expiry, by its name."""
    return read_day(name["expiry"].title(), "%d%b%y")


def strike_of(name: re.Match[str]) -> str:
    return name["strike"].replace("d", ".")


def price_of_coin(*known: object) -> float:
    """What a coin is worth; without it, the price of an option is unknown."""
    prices = (value for value in map(figure, known) if isinstance(value, int | float))
    return float(next(prices, math.nan))


def stamp_of(value: object) -> int | None:
    try:
        return epoch_time(value) if isinstance(value, int | float) else None
    except BadRow:
        return None


def leg_of(row: Any, money: float, coins: float) -> Figures:
    """Its figures; volume is that of the last 24 hours."""
    greeks = at(row, "greeks") or {}
    per_unit = 1 / coins
    return {
        "ltp": figure(first(row.get("last_price"), row.get("last")), money),
        "bid": figure(first(row.get("best_bid_price"), row.get("bid_price")), money),
        "ask": figure(first(row.get("best_ask_price"), row.get("ask_price")), money),
        "iv": percent(row.get("mark_iv")),
        **{
            name: figure(greeks.get(name))
            for name in ("delta", "gamma", "theta", "vega")
        },
        "bid_qty": whole(row.get("best_bid_amount"), per_unit),
        "ask_qty": whole(row.get("best_ask_amount"), per_unit),
        "volume": whole(first(at(row, "stats", "volume"), row.get("volume")), per_unit),
        "oi": whole(row.get("open_interest"), per_unit),
    }
