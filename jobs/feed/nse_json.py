"""NSE's option chain as its website's JSON: option-chain-indices, and option-chain-v3."""

from collections.abc import Iterator
from typing import Any

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.batches import BadRow
from pgstrike.jobs.feed.facts import Facts
from pgstrike.jobs.feed.figures import (
    Chain,
    Figures,
    Quote,
    at,
    before,
    figure,
    first,
    percent,
    whole,
)
from pgstrike.jobs.feed.moments import read_day, read_time
from pgstrike.jobs.feed.times import IST

NAME = "NSE's option-chain body (JSON)"
SIDES = {"call": "CE", "put": "PE"}


def fits(value: Any) -> bool:
    """Whether it is such a body, one without any strike too."""
    return isinstance(at(value, "records"), dict) and (
        isinstance(at(value, "records", "data"), list) or "filtered" in value
    )


def quotes(body: Any, received: int | None, facts: Facts) -> Iterator[Quote]:
    """Its quotes: OI and volume in lots, quantities of the book in units."""
    records = body["records"]
    stamp = stamp_of(body)
    read_at = first(received, facts.read_at, stamp)
    if not isinstance(read_at, int):
        facts.demand(NAME + " without a timestamp", "read_at")
        raise AssertionError("the time is known")
    rows = records.get("data") or []
    if not rows:
        raise FeedError(f"{NAME} without any strike; fetch it again in the session")
    for row in rows:
        legs = {leg: row.get(side) for leg, side in SIDES.items()}
        known = [leg for leg in legs.values() if isinstance(leg, dict)]
        said: Figures = known[0] if known else {}
        chain = Chain(
            read_at,
            stamp,
            str(first(said.get("underlying"), facts.symbol, "")),
            expiry_of(row, said, facts),
            first(records.get("underlyingValue"), said.get("underlyingValue")),
        )
        strike = first(row.get("strikePrice"), said.get("strikePrice"))
        figures = {leg: leg_of(of) for leg, of in legs.items() if isinstance(of, dict)}
        yield chain.quote(strike, row, **figures)


def stamp_of(body: Any) -> int | None:
    """NSE's own stamp, as `05-Aug-2025 13:59:23` in IST."""
    text = first(at(body, "records", "timestamp"), at(body, "timestamp"))
    try:
        return read_time(text, IST) if text else None
    except BadRow:
        return None


def expiry_of(row: Any, said: Figures, facts: Facts) -> int:
    """The row's expiry, wherever this layout has it."""
    text = first(row.get("expiryDate"), row.get("expiryDates"), said.get("expiryDate"))
    if text is None:
        facts.demand(NAME, "expiry")
        return facts.expiry or 0
    try:
        return read_day(text)
    except BadRow as bad:
        raise FeedError(f"{NAME} whose expiry is {text!r}; {bad.detail}") from bad


def leg_of(leg: Figures) -> Figures:
    """One leg, in either layout's names."""
    oi = leg.get("openInterest")
    return {
        "ltp": figure(leg.get("lastPrice")),
        "bid": figure(first(leg.get("bidprice"), leg.get("buyPrice1"))),
        "ask": figure(first(leg.get("askPrice"), leg.get("sellPrice1"))),
        "iv": percent(leg.get("impliedVolatility")),
        "bid_qty": whole(first(leg.get("bidQty"), leg.get("buyQuantity1"))),
        "ask_qty": whole(first(leg.get("askQty"), leg.get("sellQuantity1"))),
        "volume": figure(leg.get("totalTradedVolume")),
        "oi": figure(oi),
        "prev_oi": before(oi, leg.get("changeinOpenInterest")),
    }
