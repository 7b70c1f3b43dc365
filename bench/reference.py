"""The reference design's request handlers: what it asks and what it does in Python."""

import json
from datetime import date, datetime
from typing import Any

import psycopg

LATEST = """
SELECT bucket_time, expiry, strike, call_close, put_close, call_oi, put_oi
FROM reference.enriched_5min
WHERE symbol = %(symbol)s AND expiry = ANY(%(expiries)s)
    AND bucket_time = (
        SELECT max(bucket_time) FROM reference.enriched_5min WHERE symbol = %(symbol)s
    )
ORDER BY expiry, strike
"""

SERIES = """
SELECT bucket_time, expiry, strike, underlying, call_oi, put_oi
FROM reference.enriched_5min
WHERE symbol = %(symbol)s AND expiry = ANY(%(expiries)s)
    AND bucket_time >= %(start)s AND bucket_time < %(end)s
ORDER BY expiry, bucket_time, strike
"""


def latest(connection: psycopg.Connection, symbol: str, expiries: list[date]) -> int:
    """The latest chain, as rows. Returns how many."""
    parameters = {"symbol": symbol, "expiries": expiries}
    return len(connection.execute(LATEST, parameters).fetchall())


def series(
    connection: psycopg.Connection,
    symbol: str,
    expiries: list[date],
    around: int,
    start: datetime,
    end: datetime,
) -> bytes:
    """The moneyness series as JSON: every row is classified here, in Python."""
    parameters = {"symbol": symbol, "expiries": expiries, "start": start, "end": end}
    rows = connection.execute(SERIES, parameters).fetchall()
    points: list[dict[str, Any]] = []
    for bucket_time, expiry, strike, underlying, call_oi, put_oi in rows:
        level = round((strike - round(underlying / 50) * 50) / 50)
        if abs(level) <= around:
            points.append(
                {
                    "bucket_time": bucket_time.isoformat(),
                    "expiry": expiry.isoformat(),
                    "moneyness_level": level,
                    "call": call_oi,
                    "put": put_oi,
                }
            )
    return json.dumps({"symbol": symbol, "rows": points}).encode()
