"""Each chain at an instant, from the stored quotes: what oracle_metrics measures."""

import math
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import psycopg

from pgstrike.jobs.feed.times import IST
from pgstrike.jobs.quote import LEGS

Floats = npt.NDArray[np.float64]
Figure = float | None
Row = dict[str, Any]

OPENS_AT = timedelta(hours=9, minutes=15)
CLOSES_AT = timedelta(hours=15, minutes=30)
LATER_SINCE = date(2026, 8, 3)  # NSE closes ten minutes later
STALE_AFTER = timedelta(minutes=5)
YEAR = timedelta(days=365)
CONTRACT = ["expiry", "strike"]
LEG = ("ltp", "bid", "ask", "oi", "volume", "iv", "delta", "gamma")
GROWTHS = tuple(f"{leg}_{name}_growth" for leg in LEGS for name in ("volume", "oi"))
FIGURES = ("underlying", "forward", *(f"{leg}_{name}" for leg in LEGS for name in LEG))
WORDS = ("underlying_source", "forward_source", "call_dropout", "put_dropout")
COLUMNS = (
    *("expiry", "strike", "quote_time", "exchange_time", "session"),
    *WORDS,
    *FIGURES,
    *GROWTHS,
)
TICK = 0.05
# An IV below it is none.
LEAST_IV = 1e-6


class Leg(NamedTuple):
    """One leg at each strike of a chain; NaN is unknown."""

    price: Floats
    oi: Floats
    volume: Floats
    iv: Floats
    delta: Floats
    gamma: Floats
    counts: npt.NDArray[np.bool_]
    """Where anything is known of it, or would be but for a drop-out."""


class Chain(NamedTuple):
    """The known figures of one expiry at an instant, in the order of the strikes."""

    expiry: date
    as_of: datetime
    age: timedelta
    stamp: datetime | None
    """The newest of the exchange's."""
    has_moved: bool | None
    """Whether any volume or OI of the symbol did in 5 minutes; None where none is known."""
    years: float
    rate: float
    underlying: float
    underlying_source: str | None
    forward: float
    forward_source: str | None
    strike: Floats
    own_years: Floats
    """From each quote to the close of expiry day."""
    is_newest_session: npt.NDArray[np.bool_]
    call: Leg
    put: Leg


def read_quotes(connection: psycopg.Connection, symbol: str) -> pd.DataFrame:
    """The stored quotes of a session, in the order of time."""
    rows = connection.execute(
        f"SELECT {', '.join(COLUMNS)} FROM fo.option_quote"
        " WHERE symbol = %s AND in_session ORDER BY quote_time, expiry, strike".encode(),
        [symbol],
    ).fetchall()
    quotes = pd.DataFrame(rows, columns=list(COLUMNS))
    return quotes.astype(dict.fromkeys(["strike", *FIGURES, *GROWTHS], np.float64))


def last_of_each_minute(quotes: pd.DataFrame) -> list[datetime]:
    """The newest quote of each minute in which there was one."""
    newest: dict[datetime, datetime] = {}
    for time in sorted(set(quotes.quote_time)):
        newest[time.replace(second=0, microsecond=0)] = time
    return [time.to_pydatetime() for time in newest.values()]


def chains_at(
    quotes: pd.DataFrame, at: datetime, rate: float = math.nan
) -> Iterator[Chain]:
    """The chain of each expiry that is alive: each contract's last quote until then."""
    until = quotes[quotes.quote_time <= at]
    known = until.groupby(CONTRACT).tail(1)
    late = until[until.quote_time >= min(at, close_of(at.date())) - STALE_AFTER]
    moved = bool((late[[*GROWTHS]].fillna(0) != 0).to_numpy().any())
    for expiry, rows in known.sort_values("strike").groupby("expiry"):
        if close_of(expiry) > at:
            tells = rows[[f"{leg}_{name}" for leg in LEGS for name in ("volume", "oi")]]
            has_moved = moved if tells.notna().to_numpy().any() else None
            yield chain_of(rows, expiry, at, rate, has_moved)


def close_of(expiry: date) -> datetime:
    later = timedelta(minutes=10 * (expiry >= LATER_SINCE))
    return datetime.combine(expiry, datetime.min.time(), IST) + CLOSES_AT + later


def chain_of(
    rows: pd.DataFrame,
    expiry: date,
    at: datetime,
    rate: float,
    has_moved: bool | None,
) -> Chain:
    # One underlying and one forward for the chain; of several newest quotes the lowest strike.
    newest = rows[rows.quote_time == rows.quote_time.max()].iloc[0]
    close = close_of(expiry)
    return Chain(
        expiry,
        at,
        at - rows.quote_time.max(),
        stamps.max() if len(stamps := rows.exchange_time.dropna()) else None,
        has_moved,
        (close - at) / YEAR,
        rate,
        newest.underlying,
        newest.underlying_source,
        newest.forward,
        newest.forward_source,
        rows.strike.to_numpy(),
        np.array([(close - time) / YEAR for time in rows.quote_time]),
        (rows.session == rows.session.max()).to_numpy(),
        leg_of(rows, "call"),
        leg_of(rows, "put"),
    )


def leg_of(rows: pd.DataFrame, leg: str) -> Leg:
    ltp, bid, ask, oi, volume, iv, delta, gamma = (
        rows[f"{leg}_{name}"].to_numpy() for name in LEG
    )
    mid = (bid + ask) / 2
    tradable = (bid <= ask) & (ask - bid <= np.maximum(mid, 2 * TICK))
    price = np.where(tradable, mid, ltp)
    counts = rows[f"{leg}_dropout"].to_numpy(bool)
    for name in ("ltp", "bid", "ask", "oi", "volume", "iv"):
        counts = counts | rows[f"{leg}_{name}"].notna().to_numpy()
    iv = np.where(iv < LEAST_IV, np.nan, iv)
    return Leg(price, oi, volume, iv, delta, gamma, counts)
