"""A market with holes, and what charts of TradingView ask of it."""

from datetime import datetime, timedelta
from typing import Any

import psycopg

from tests.api.conftest import Client
from tests.support.live_market import (
    EXPIRIES,
    OPEN,
    open_store,
    quote,
    refresh,
)

NEAR, FAR = (expiry.isoformat() for expiry in EXPIRIES)
CALL = f"NIFTY:{NEAR}:24500:CE"
DAY = 24 * 60


def with_holes(connection: psycopg.Connection) -> None:
    """Two sessions of NIFTY with holes, after a weekend between, and one of BANKNIFTY."""
    store = open_store(connection)
    for minute in (0, 3, 7, 21, 24, 3 * DAY, 3 * DAY + 6):
        quote(store, minute, seed=int(minute), underlying=24510.0 + minute % DAY / 4)
    quote(store, 1, symbol="BANKNIFTY")
    refresh(connection)


def second(minutes: float) -> int:
    return int((OPEN + timedelta(minutes=minutes)).timestamp())


def after_1970(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


async def history(client: Client, ticker: str = "NIFTY", **sent: Any) -> Any:
    """The answer for a ticker: of 5-minute bars of both sessions, if nothing else is sent."""
    named = {"resolution": "5", "from": second(0), "to": second(4 * DAY)} | sent
    query = "&".join(f"{k}={v}" for k, v in named.items() if v is not None)
    status, answer = await client.get(f"/udf/history?symbol={ticker}&{query}")
    assert status == 200, answer
    return answer


async def refused(client: Client, path: str) -> dict[str, Any]:
    status, answer = await client.get(f"/udf/{path}")
    assert status == 400, answer
    assert answer["s"] == "error"
    assert answer["errmsg"] == answer["error"]["message"]
    error: dict[str, Any] = answer["error"]
    return error
