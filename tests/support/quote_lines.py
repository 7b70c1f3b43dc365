"""Quotes as lines of NDJSON, and as the rows that are stored of them."""

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import time

from pgstrike.jobs.feed.ndjson import iso_time
from pgstrike.jobs.feed.times import SECOND
from tests.support.feeds import json_line, utc
from tests.support.quote_market import Row

BEGIN = utc("2025-08-29T04:00:00")
QUOTES = (
    "SELECT symbol, expiry::text, strike, underlying, call_ltp, put_ltp,"
    " extract(EPOCH FROM quote_time - '2025-08-29T04:00Z')::integer AS second"
    " FROM fo.option_quote ORDER BY quote_time, symbol, strike"
)


def quote_line(second: int, symbol: str = "NIFTY", strike: float = 24_600) -> str:
    """A quote of so many seconds after BEGIN."""
    return json_line(
        quote_time=iso_time(BEGIN + second * SECOND),
        exchange_time=None,
        symbol=symbol,
        strike=strike,
        underlying=24_610,
    )


def quote_row(second: int, symbol: str = "NIFTY", strike: float = 24_600) -> Row:
    """The same quote, as QUOTES has it once it is stored."""
    quote = json.loads(quote_line(second, symbol, strike))
    return {
        "symbol": symbol,
        "expiry": quote["expiry"],
        "strike": strike,
        "underlying": quote["underlying"],
        "call_ltp": quote["call"]["ltp"],
        "put_ltp": quote["put"]["ltp"],
        "second": second,
    }


def btc_line(price: float) -> str:
    """A quote of this moment whose call has this price, and the end of its line."""
    at = datetime.now(UTC).isoformat()
    expiry = (date.today() + timedelta(days=30)).isoformat()
    quote = {"symbol": "BTC", "expiry": expiry, "quote_time": at, "exchange_time": at}
    return json_line(**quote, call={"ltp": price}, put=None) + "\n"


def write_still_file(path: Path, *lines: str) -> None:
    """A file that has stood still for a minute."""
    path.write_text("".join(f"{line}\n" for line in lines))
    os.utime(path, (time() - 60, time() - 60))
