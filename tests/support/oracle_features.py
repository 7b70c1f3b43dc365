"""Every figure of analytics.features by its definition in docs/metrics.md, with NumPy.

From the stored quotes on, of a symbol of NSE, with the chains of oracle_chains and the
metrics of oracle_metrics. None is unknown.
"""

import math
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import psycopg

from pgstrike.jobs.feed.times import IST
from pgstrike.jobs.quote import LEGS
from tests.support.oracle_chains import (
    CLOSES_AT,
    OPENS_AT,
    Chain,
    Figure,
    Row,
    chains_at,
    close_of,
    read_quotes,
)
from tests.support.oracle_metrics import is_same, measure

CHANGES = (5, 15, 60)
RETURNS = (1, 5, 15, 60)
AROUND = 5
MINUTE = timedelta(minutes=1)
CHANGING = ("atm_iv", "next_atm_iv", "skew_25", "term_slope", "straddle_ratio")
# Errors of differences and quotients of figures of 1 or so.
ALLOWED = 1e-10


class Market(NamedTuple):
    """The stored quotes of a session, in the order of time, and what follows from them."""

    quotes: pd.DataFrame
    underlyings: "pd.Series[float]"
    """By the time of each snapshot; NaN is unknown."""
    chains: dict[datetime, list[Chain]]
    """Of the instants that were asked for."""


def read_market(connection: psycopg.Connection, symbol: str = "NIFTY") -> Market:
    quotes = read_quotes(connection, symbol)
    names = ["quote_time", "expiry", "strike", "call_prev_oi", "put_prev_oi"]
    fed = connection.execute(
        f"SELECT {', '.join(names)} FROM fo.option_quote"
        " WHERE symbol = %s AND in_session ORDER BY quote_time, expiry, strike".encode(),
        [symbol],
    ).fetchall()
    for name in names[3:]:
        place = names.index(name)
        quotes[name] = np.array([row[place] for row in fed], dtype=np.float64)
    return Market(quotes, quotes.groupby("quote_time").underlying.first(), {})


def unlike(market: Market, found: Row, at: datetime) -> list[str]:
    """The figures that are not as they should be at an instant."""
    expected = features(market, at)
    assert list(found) == ["symbol", "at", "expiry", *names()]
    return [
        f"{name} of {at} is {found[name]}, not {wanted}"
        for name, wanted in expected.items()
        if not is_same(wanted, found[name], ALLOWED)
    ]


def names() -> list[str]:
    """Of all figures, in order."""
    spans = [f"{minutes}min" for minutes in CHANGES]
    return [
        *(
            name
            for figure in CHANGING[:-1]
            for name in (figure, *(f"{figure}_change_{span}" for span in spans))
        ),
        *("pcr_oi", "pcr_volume"),
        *(
            f"{leg}_oi_change_{area}_{span}"
            for leg in LEGS
            for area in ("atm", "near")
            for span in (*spans[1:], "day")
        ),
        *(f"{level}_distance" for level in LEVELS),
        *("net_gex_ratio", "straddle_ratio"),
        *(f"straddle_ratio_change_{span}" for span in spans),
        "spread_near",
        *(f"return_{minutes}min" for minutes in RETURNS),
        *("return_open", "session_volatility"),
        *("minutes_since_open", "minutes_to_close", "minutes_to_expiry"),
        "known_share",
    ]


LEVELS = ("max_pain", "call_wall", "put_wall", "gex_flip")


def features(market: Market, asked: datetime) -> Row:
    """All columns but the symbol."""
    at = market.underlyings.index[market.underlyings.index <= asked].max()
    at = at.to_pydatetime()
    opens_at = session_time(at, OPENS_AT)
    chains = live_chains(market, at)
    front, expiry = chains[0], chains[0].expiry
    figures = measure(front)
    now = term(chains[:2])
    row: Row = {"at": at, "expiry": expiry, **{name: now[name] for name in CHANGING}}
    for minutes in CHANGES:
        over = minutes * MINUTE
        was = term(past_chains(market, chains[:2], at, over, opens_at))
        for name in CHANGING:
            row[f"{name}_change_{minutes}min"] = minus(now[name], was[name])
    row |= {name: figures[name] for name in ("pcr_oi", "pcr_volume")}
    row |= oi_changes(market, front, at, opens_at)
    row |= {
        f"{level}_distance": share(
            minus(figures[level], figures["underlying"]), figures["underlying"]
        )
        for level in LEVELS
    }
    held = (figures["call_oi"] or 0) + (figures["put_oi"] or 0)
    row["net_gex_ratio"] = share(share(figures["net_gex"], held), figures["forward"])
    row["spread_near"] = spread_near(market, front, at)
    row |= returns(market, at, opens_at)
    row["session_volatility"] = session_volatility(market, at, opens_at)
    row["minutes_since_open"] = (at - opens_at) / MINUTE
    row["minutes_to_close"] = (session_time(at, CLOSES_AT) - at) / MINUTE
    row["minutes_to_expiry"] = (close_of(expiry) - at) / MINUTE
    row["known_share"] = share(figures["known_legs"], figures["legs"])
    return row


def session_time(at: datetime, since_midnight: timedelta) -> datetime:
    day = at.astimezone(IST).date()
    return datetime.combine(day, datetime.min.time(), IST) + since_midnight


def live_chains(market: Market, at: datetime) -> list[Chain]:
    if at not in market.chains:
        found = chains_at(market.quotes, at, rate=0.065)
        market.chains[at] = sorted(found, key=lambda chain: chain.expiry)
    return market.chains[at]


def slack(over: timedelta) -> timedelta:
    return max(over / 4, MINUTE)


def past_chains(
    market: Market, now: list[Chain], at: datetime, over: timedelta, opens_at: datetime
) -> list[Chain | None]:
    """Front and next so long before; None where there is a hole at either end."""
    base = at - over
    if base < opens_at:
        return [None, None]
    past = {chain.expiry: chain for chain in live_chains(market, base)}

    def compared(chain: Chain) -> Chain | None:
        was = past.get(chain.expiry)
        whole = (
            was is not None
            and chain.age <= slack(over)
            and was.age <= slack(over)
            and base - was.age >= opens_at
        )
        return was if whole else None

    return [compared(chain) for chain in now]


def term(chains: "list[Chain] | list[Chain | None]") -> Row:
    """Of front and next, what changes are taken of."""
    front, following = (*(each and measure(each) for each in chains), None, None)[:2]
    row: Row = dict.fromkeys(CHANGING)
    if front:
        row["atm_iv"], row["skew_25"] = front["atm_iv"], front["skew_25"]
        row["straddle_ratio"] = share(front["straddle"], front["underlying"])
    if following:
        row["next_atm_iv"] = following["atm_iv"]
    if front and following:
        row["term_slope"] = share(
            minus(following["atm_iv"], front["atm_iv"]),
            following["years"] - front["years"],
        )
    return row


def near_strikes(chain: Chain) -> tuple[Figure, list[float]]:
    """The strike at the money, and those around it with it."""
    atm = measure(chain)["atm_strike"]
    if atm is None:
        return None, []
    strikes = chain.strike.tolist()
    place = strikes.index(atm)
    return atm, strikes[max(place - AROUND, 0) : place + AROUND + 1]


def oi_changes(market: Market, front: Chain, at: datetime, opens_at: datetime) -> Row:
    atm, near = near_strikes(front)
    quotes = market.quotes[
        (market.quotes.expiry == front.expiry)
        & market.quotes.strike.isin(near)
        & (market.quotes.quote_time <= at)
    ]
    now = newest(quotes[quotes.quote_time >= opens_at])
    row: Row = {}
    for span in ("15min", "60min", "day"):
        if span == "day":
            yesterday = session_time(opens_at - day_gap(opens_at), OPENS_AT)
            base = newest(
                quotes[quotes.quote_time.between(yesterday, opens_at, "left")]
            )
            # A strike without any quote of that session: what the feed says of it.
            fed = now[["call_prev_oi", "put_prev_oi"]]
            fed = fed.rename(columns=lambda name: name.replace("_prev", ""))
            alone = fed[~fed.index.isin(base.index)]
            base = pd.concat([base[["call_oi", "put_oi"]], alone])
        else:
            over = int(span.removesuffix("min")) * MINUTE
            [whole] = past_chains(market, [front], at, over, opens_at)[:1]
            base = newest(
                quotes[quotes.quote_time.between(opens_at, at - over)]
                if whole
                else quotes[:0]
            )
        for leg in LEGS:
            both = pd.concat(
                [now[f"{leg}_oi"], base[f"{leg}_oi"]], axis=1, keys=["now", "base"]
            ).dropna()
            for area, strikes in (("atm", [atm]), ("near", near)):
                some = both[both.index.isin(strikes)]
                row[f"{leg}_oi_change_{area}_{span}"] = share(
                    float((some.now - some.base).sum()), float(some.base.sum())
                )
    return row


def newest(quotes: pd.DataFrame) -> pd.DataFrame:
    """The last quote of each strike."""
    return quotes.groupby("strike").tail(1).set_index("strike")


def day_gap(at: datetime) -> timedelta:
    """To the weekday before."""
    return timedelta(days=3 if at.astimezone(IST).weekday() == 0 else 1)


def spread_near(market: Market, front: Chain, at: datetime) -> Figure:
    _, near = near_strikes(front)
    quotes = market.quotes
    chosen = newest(
        quotes[
            (quotes.expiry == front.expiry)
            & quotes.strike.isin(near)
            & (quotes.quote_time <= at)
        ]
    )
    bid = np.concatenate([chosen.call_bid, chosen.put_bid])
    ask = np.concatenate([chosen.call_ask, chosen.put_ask])
    good = (bid > 0) & (ask >= bid)
    if not good.any():
        return None
    bid, ask = bid[good], ask[good]
    return float(np.median((ask - bid) / ((bid + ask) / 2)))


def returns(market: Market, at: datetime, opens_at: datetime) -> Row:
    today = market.underlyings[
        (market.underlyings.index >= opens_at) & (market.underlyings.index <= at)
    ]
    now, row = float(today.iloc[-1]), {}
    known = today.dropna()
    for minutes in RETURNS:
        base = at - minutes * MINUTE
        since = base - slack(minutes * MINUTE)
        some = known[(known.index <= base) & (known.index >= since)]
        row[f"return_{minutes}min"] = log_return(some.iloc[-1:], now)
    first = known[known.index <= opens_at + 5 * MINUTE]
    row["return_open"] = log_return(first.iloc[:1], now)
    return row


def log_return(base: "pd.Series[float]", now: float) -> Figure:
    if len(base) == 0 or not now > 0 or not base.iloc[0] > 0:
        return None
    return math.log(now / base.iloc[0])


def session_volatility(market: Market, at: datetime, opens_at: datetime) -> Figure:
    known = market.underlyings.dropna()
    known = known[(known.index >= opens_at) & (known.index <= at)]
    buckets = known.groupby(known.index.floor("5min")).agg(["min", "last"])
    buckets = buckets[buckets["min"] > 0]
    if len(buckets) < 3:
        return None
    squares = np.diff(np.log(buckets["last"])) ** 2
    passed = (buckets.index[-1] - buckets.index[0]) / (5 * MINUTE)
    return math.sqrt(252 * 75 * math.fsum(squares) / passed)


def minus(figure: Figure, other: Figure) -> Figure:
    return None if figure is None or other is None else figure - other


def share(part: Figure, whole: Any) -> Figure:
    if part is None or whole is None or not whole > 0:
        return None
    return part / whole
