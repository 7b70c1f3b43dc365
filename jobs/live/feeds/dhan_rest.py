"""Requests to Dhan's REST and its answers: prices, expiries and whole chains."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed import dhan as body
from pgstrike.jobs.feed.batches import SymbolCodes, finished
from pgstrike.jobs.feed.bodies import body_of, parse_quotes
from pgstrike.jobs.feed.facts import Facts
from pgstrike.jobs.feed.figures import at
from pgstrike.jobs.feed.moments import read_day
from pgstrike.jobs.live.feeds.answers import data_of
from pgstrike.jobs.quote import QuoteBatch


def scrip(key: str) -> dict[str, object]:
    """An underlying as Dhan's requests name it."""
    segment, _, name = key.partition(":")
    return {"UnderlyingScrip": int(name), "UnderlyingSeg": segment}


def by_segment(keys: Iterable[str]) -> dict[str, list[int]]:
    """Keys as a request for prices has them."""
    found: dict[str, list[int]] = {}
    for key in keys:
        segment, _, name = key.partition(":")
        found.setdefault(segment, []).append(int(name))
    return found


def prices_of(data: bytes, keys: Mapping[str, str]) -> dict[str, float]:
    """The price of each symbol that has one, in the answer to a request for prices."""
    answer, found = data_of(data, "Dhan", dict), {}
    for symbol, key in keys.items():
        segment, _, name = key.partition(":")
        price = at(answer, segment, name, "last_price")
        if isinstance(price, int | float) and price > 0:
            found[symbol] = float(price)
    return found


def expiry_days(data: bytes) -> list[int]:
    """The days in the answer to a request for expiries."""
    answer = parsed(data)
    try:
        return sorted(read_day(day) for day in answer["data"])
    except (KeyError, TypeError, ValueError) as error:
        raise FeedError(f"{body.NAME}: no list of expiries in {data[:80]!r}") from error


def chain_of(data: bytes, facts: Facts) -> QuoteBatch:
    """The quotes of one chain's body."""
    value = parsed(data)
    if not body.fits(value):
        body_of(value)  # raises an error that names the format, if it is a known one
        raise FeedError(f"not {body.NAME}: {data[:80]!r}")
    codes = SymbolCodes()
    return finished(
        parse_quotes(body.quotes(value, facts.read_at, facts), None, codes), codes
    )


def parsed(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise FeedError(f"Dhan's answer is not JSON: {data[:80]!r}") from error
    if not isinstance(value, dict):
        raise FeedError(f"Dhan's answer is no JSON object: {data[:80]!r}")
    return value
