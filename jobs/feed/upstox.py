"""Upstox's `/v2/option/chain`: one expiry, both legs of a strike, no time in it."""

from collections.abc import Iterator
from typing import Any

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.batches import BadRow
from pgstrike.jobs.feed.facts import Facts
from pgstrike.jobs.feed.figures import Chain, Figures, Quote, at, figure, percent, whole
from pgstrike.jobs.feed.moments import read_day

NAME = "Upstox's option chain (JSON)"
# Upstox's names of indices; a stock has only its ISIN.
INDICES = {
    "nifty 50": "NIFTY",
    "nifty bank": "BANKNIFTY",
    "nifty fin service": "FINNIFTY",
    "nifty mid select": "MIDCPNIFTY",
    "nifty next 50": "NIFTYNXT50",
    "sensex": "SENSEX",
    "bankex": "BANKEX",
}
LEGS = {"call": "call_options", "put": "put_options"}


def fits(value: Any) -> bool:
    rows = at(value, "data")
    row = rows[0] if isinstance(rows, list) and rows else None
    return isinstance(row, dict) and bool({*LEGS.values()} & {*row})


def quotes(body: Any, received: int | None, facts: Facts) -> Iterator[Quote]:
    """Its quotes; OI and volume are in units."""
    facts = facts._replace(read_at=facts.read_at if received is None else received)
    for row in body["data"]:
        symbol = INDICES.get(str(row.get("underlying_key")).partition("|")[2].lower())
        of = facts._replace(symbol=facts.symbol or symbol, expiry=expiry_of(row, facts))
        of.demand(NAME, "symbol", "expiry", "read_at")
        chain = Chain(
            of.read_at or 0,
            None,
            of.symbol or "",
            of.expiry or 0,
            row.get("underlying_spot_price"),
        )
        legs = {leg: leg_of(row.get(name)) for leg, name in LEGS.items()}
        yield chain.quote(row.get("strike_price"), row, **legs)


def expiry_of(row: Any, facts: Facts) -> int | None:
    try:
        return read_day(row["expiry"]) if row.get("expiry") else facts.expiry
    except BadRow as bad:
        raise FeedError(f"{NAME}: {bad.detail}") from bad


def leg_of(leg: Any) -> Figures:
    market, greeks = at(leg, "market_data") or {}, at(leg, "option_greeks") or {}
    return {
        "ltp": figure(market.get("ltp")),
        "bid": figure(market.get("bid_price")),
        "ask": figure(market.get("ask_price")),
        "iv": percent(greeks.get("iv")),
        **{
            name: figure(greeks.get(name))
            for name in ("delta", "gamma", "theta", "vega")
        },
        "bid_qty": whole(market.get("bid_qty")),
        "ask_qty": whole(market.get("ask_qty")),
        "volume": whole(market.get("volume")),
        "oi": whole(market.get("oi")),
        "prev_oi": whole(market.get("prev_oi")),
    }
