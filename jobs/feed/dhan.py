"""Dhan's `/v2/optionchain`: one expiry, both legs of a strike; no symbol, expiry or time."""

from collections.abc import Iterator
from typing import Any

from pgstrike.jobs.feed.facts import Facts
from pgstrike.jobs.feed.figures import Chain, Figures, Quote, at, figure, percent, whole

NAME = "Dhan's option chain (JSON)"
LEGS = {"call": "ce", "put": "pe"}


def fits(value: Any) -> bool:
    return isinstance(at(value, "data", "oc"), dict)


def quotes(body: Any, received: int | None, facts: Facts) -> Iterator[Quote]:
    """Its quotes; OI and volume are in units."""
    facts = facts._replace(read_at=facts.read_at if received is None else received)
    facts.demand(NAME, "symbol", "expiry", "read_at")
    data = body["data"]
    chain = Chain(
        facts.read_at or 0,
        None,
        facts.symbol or "",
        facts.expiry or 0,
        data.get("last_price"),
    )
    for strike, row in data["oc"].items():
        legs = {leg: leg_of(at(row, name)) for leg, name in LEGS.items()}
        yield chain.quote(strike, {strike: row}, **legs)


def leg_of(leg: Any) -> Figures:
    leg = leg if isinstance(leg, dict) else {}
    greeks = at(leg, "greeks") or {}
    return {
        "ltp": figure(leg.get("last_price")),
        "bid": figure(leg.get("top_bid_price")),
        "ask": figure(leg.get("top_ask_price")),
        "iv": percent(leg.get("implied_volatility")),
        **{
            name: figure(greeks.get(name))
            for name in ("delta", "gamma", "theta", "vega")
        },
        "bid_qty": whole(leg.get("top_bid_quantity")),
        "ask_qty": whole(leg.get("top_ask_quantity")),
        "volume": whole(leg.get("volume")),
        "oi": whole(leg.get("oi")),
        "prev_oi": whole(leg.get("previous_oi")),
    }
