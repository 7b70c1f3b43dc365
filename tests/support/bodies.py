"""JSON bodies, as the reader of files makes quotes of them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pgstrike.jobs.feed.facts import NO_FACTS, Facts
from pgstrike.jobs.feed.files import FeedFile
from pgstrike.jobs.feed.lots import Given
from pgstrike.jobs.quote import QuoteBatch
from tests.support.feeds import joined, utc

READ_AT = utc("2026-04-21T06:30:00")
EXPIRY = 9_613  # 2026-04-27
# Of Upstox and of Dhan.
GREEKS = {"vega": 0.2147, "theta": -39.474, "gamma": 0.001, "delta": 0.9939}


def read(
    folder: Path, *values: object, lots: Given = 65, facts: Facts = NO_FACTS
) -> QuoteBatch:
    """What the reader makes of JSON values, one a line."""
    path = folder / "body.json"
    path.write_text("\n".join(json.dumps(value) for value in values))
    return joined(FeedFile(str(path), lots, facts).batches())


def nse_leg(**figures: object) -> dict[str, object]:
    return {
        "underlying": "NIFTY",
        "openInterest": 1254.5,
        "changeinOpenInterest": -12,
        "totalTradedVolume": 254729,
        "impliedVolatility": 14.2,
        "lastPrice": 512.35,
        "bidQty": 650,
        "bidprice": 510.2,
        "askQty": 1300,
        "askPrice": 513,
        **figures,
    }


def nse(rows: list[Mapping[str, Any]], **more: object) -> dict[str, object]:
    records = {"data": rows, "timestamp": "21-Apr-2026 12:00:05"} | more
    return {"records": records}


ROW = {"strikePrice": 24000, "expiryDate": "28-Apr-2026", "CE": nse_leg()}
