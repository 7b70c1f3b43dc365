"""Candles of a minute, as brokers keep them, and the quotes that they come down to.

A candle becomes the quote of its last second: its close, the session's volume so far, its OI.
A contract without a trade in a minute has no candle there, and keeps the figures it had.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.times import DAY, IST_OFFSET, SECOND, microseconds
from pgstrike.jobs.feed.unknown import forget_zeros
from pgstrike.jobs.live.plugin import Contract
from pgstrike.jobs.quote import QUOTE, UNKNOWN, unknown_quotes

MINUTE = 60 * SECOND
LAST_SECOND = 59 * SECOND
# `time` is that of the candle's beginning, in microseconds since 2000-01-01 UTC.
CANDLE = np.dtype(
    [
        ("time", np.int64),
        ("close", np.float64),
        ("volume", np.int64),
        ("oi", np.int64),
    ]
)
MOST = 10**14  # of a volume or an OI

Candles = npt.NDArray[np.void]
Rows = npt.NDArray[np.void]
Times = npt.NDArray[np.int64]


def candles_of(data: Any, broker: str) -> Candles:
    """The candles of an answer's `data`, the oldest first, each once."""
    found = data.get("candles") if isinstance(data, dict) else None
    if not isinstance(found, list):
        raise FeedError(f"{broker}'s answer has no candles; it may be down, try later")
    try:
        candles = np.array([candle_of(candle) for candle in found], CANDLE)
    except (TypeError, ValueError, OverflowError, IndexError) as error:
        raise FeedError(f"{broker}'s candles cannot be read: {error}") from error
    return candles[np.unique(candles["time"], return_index=True)[1]]


def candle_of(came: Sequence[Any]) -> tuple[int, float, int, int]:
    """A candle of [time, open, high, low, close, volume, oi]; the last may be absent."""
    stamp, _, _, _, close, volume, *rest = came
    oi = rest[0] if rest else 0
    figures = float(close), int(volume), int(oi)
    if not all(0 <= figure <= MOST for figure in figures):
        raise ValueError(f"{came} has a figure that is out of range")
    return microseconds(datetime.fromisoformat(stamp)), *figures


def session_days(times: Times) -> Times:
    """The day in India of each instant, since 2000-01-01."""
    days: Times = (times + IST_OFFSET) // DAY
    return days


def sessions_of(
    contracts: Sequence[Contract], candles: Mapping[str, Candles], start: int, end: int
) -> Iterator[tuple[int, Rows]]:
    """The quotes of one symbol from `start` to `end`, by the day of their session.

    `candles` has those of each contract's key, from the beginning of the first session on.
    """
    every = [each["time"] for each in candles.values()] or [np.empty(0, np.int64)]
    minutes = np.unique(np.concatenate(every))
    quoted = minutes + LAST_SECOND
    days = session_days(minutes)
    for day in np.unique(days[(quoted >= start) & (quoted < end)]).tolist():
        of_day = {
            key: each[session_days(each["time"]) == day]
            for key, each in candles.items()
        }
        rows = quotes_of(contracts, of_day, minutes[days == day])
        when = rows["quote_time"]
        yield day, rows[(when >= start) & (when < end)]


def quotes_of(
    contracts: Sequence[Contract], candles: Mapping[str, Candles], minutes: Times
) -> Rows:
    """The quotes of one session: a row for each minute and strike that was traded by then."""
    spots = next((c.key for c in contracts if c.leg == "underlying"), "")
    spot = as_known(candles.get(spots, np.empty(0, CANDLE)), minutes)["close"]
    strikes: dict[tuple[int, float], dict[str, Candles]] = {}
    for each in contracts:
        if each.expiry is not None and each.strike is not None and each.key in candles:
            legs = strikes.setdefault((each.expiry, each.strike), {})
            legs[each.leg] = as_known(candles[each.key], minutes)
    parts = [np.empty(0, QUOTE)]
    for (expiry, strike), legs in strikes.items():
        rows = unknown_quotes(len(minutes))
        rows["quote_time"] = minutes + LAST_SECOND
        rows["symbol"], rows["expiry"], rows["strike"] = 0, expiry, strike
        rows["underlying"] = spot
        is_traded = np.zeros(len(minutes), np.bool_)
        for leg, known in legs.items():
            rows[f"{leg}_ltp"] = known["close"]
            rows[f"{leg}_volume"], rows[f"{leg}_oi"] = known["volume"], known["oi"]
            is_traded |= known["volume"] != UNKNOWN
        parts.append(rows[is_traded])
    rows = np.concatenate(parts)
    forget_zeros(rows)
    return rows.take(np.argsort(rows["quote_time"], kind="stable"))


def as_known(candles: Candles, minutes: Times) -> Candles:
    """What a session's candles say at the end of each minute, with the volume until then."""
    before = np.zeros(1, CANDLE)
    before["close"], before["volume"], before["oi"] = np.nan, UNKNOWN, UNKNOWN
    total = candles.copy()
    total["volume"] = np.cumsum(candles["volume"])
    known = np.concatenate([before, total])
    return known.take(np.searchsorted(candles["time"], minutes, side="right"))
