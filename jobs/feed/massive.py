"""Massive's (formerly Polygon's) `/v3/snapshot/options`: one leg a result, all expiries."""

import re
from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from pgstrike.jobs.feed.batches import BadRow
from pgstrike.jobs.feed.facts import Facts
from pgstrike.jobs.feed.figures import Chain, Figures, Quote, at, figure, first, whole
from pgstrike.jobs.feed.moments import epoch_time, read_day
from pgstrike.jobs.feed.times import instant
from pgstrike.jobs.feed_kinds import Kinds

NAME = "Massive's option chain (JSON)"
KINDS = Kinds("session", "yesterday")
NEW_YORK = ZoneInfo("America/New_York")
ROOT = re.compile(r"O:([A-Z]+\d?)\d{6}[CP]\d{8}")


def fits(value: Any) -> bool:
    rows = at(value, "results")
    row = rows[0] if isinstance(rows, list) and rows else None
    return at(row, "details", "strike_price") is not None


def quotes(body: Any, received: int | None, facts: Facts) -> Iterator[Quote]:
    """A quote of one leg for each contract, with quantities in units of the underlying.

    An adjusted contract (after a split or a merger) is left out: it is not of the same
    underlying, and may have the strike of another one.
    """
    facts = facts._replace(read_at=facts.read_at if received is None else received)
    facts.demand(NAME, "read_at")
    for row in body["results"]:
        is_option = at(row, "details", "contract_type") in ("call", "put")
        if is_option and not at(row, "details", "additional_underlyings"):
            yield leg_quote(row, facts)


def leg_quote(row: Any, facts: Facts) -> Quote:
    details, read_at = row["details"], facts.read_at or 0
    named = str(at(row, "underlying_asset", "ticker") or "").removeprefix("I:")
    chain = Chain(
        read_at,
        newest(
            at(row, "last_quote", "last_updated"),
            at(row, "last_trade", "sip_timestamp"),
        ),
        facts.symbol or named,
        day_of(details),
        first(
            at(row, "underlying_asset", "price"), at(row, "underlying_asset", "value")
        ),
    )
    leg = leg_of(row, read_at)
    return chain.quote(
        details.get("strike_price"), row, **{details["contract_type"]: leg}
    )


def leg_of(row: Any, read_at: int) -> Figures:
    greeks, quote = at(row, "greeks") or {}, at(row, "last_quote") or {}
    shares = figure(at(row, "details", "shares_per_contract"))
    unit = float(shares) if isinstance(shares, int | float) and shares > 0 else 100.0
    # Before its first trade of a day, a contract shows an earlier day's figures.
    day = (at(row, "day") or {}) if is_today(row, read_at) else {}
    return {
        "ltp": figure(first(at(row, "last_trade", "price"), day.get("close"))),
        "bid": figure(quote.get("bid")),
        "ask": figure(quote.get("ask")),
        "iv": figure(row.get("implied_volatility")),
        **{
            name: figure(greeks.get(name))
            for name in ("delta", "gamma", "theta", "vega")
        },
        "bid_qty": whole(quote.get("bid_size"), unit),
        "ask_qty": whole(quote.get("ask_size"), unit),
        "volume": whole(day.get("volume"), unit),
        "oi": whole(row.get("open_interest"), unit),
    }


def day_of(details: Any) -> int:
    """The expiry; one that cannot be read is told with the row."""
    try:
        return read_day(details.get("expiration_date"), "%Y-%m-%d")
    except BadRow:
        return 0


def newest(*stamps: object) -> int | None:
    """The latest of some times in nanoseconds since 1970."""
    found = [stamp for stamp in map(time_of, stamps) if stamp is not None]
    return max(found, default=None)


def time_of(stamp: object) -> int | None:
    try:
        return epoch_time(stamp) if isinstance(stamp, int) else None
    except BadRow:
        return None


def is_today(row: Any, read_at: int) -> bool:
    """Whether the day's figures are of the day in New York."""
    stamp = time_of(at(row, "day", "last_updated"))
    days = (instant(time).astimezone(NEW_YORK).date() for time in (stamp or 0, read_at))
    return next(days) == next(days)


def root_of(row: Any) -> str:
    """The root of a contract's name: SPXW of O:SPXW251219C06500000."""
    found = ROOT.fullmatch(str(at(row, "details", "ticker")))
    return found[1] if found else ""


def is_american(row: Any) -> bool:
    return style_of(row) == "american"


def kinds_of(rows: Sequence[Any]) -> Kinds:
    """Those of a symbol, which one American option makes American."""
    styles = {style_of(row) for row in rows}
    if "american" in styles:
        return KINDS._replace(exercise="american")
    return KINDS._replace(exercise="european") if styles == {"european"} else KINDS


def style_of(row: Any) -> object:
    return at(row, "details", "exercise_style")
