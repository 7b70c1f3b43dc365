"""The UDF: what charts of TradingView ask, so that they draw the figures of /v1/bars.

Times are in seconds since 1970. All is made in SQL (sql/logic/48_udf/).
"""

import json
import re
from time import time
from typing import Any

from aiohttp import web

from pgstrike.api.cache.changes import NEVER_KEPT, changing
from pgstrike.api.errors import Handler, bad_request
from pgstrike.api.http.rest import answer
from pgstrike.api.http.route import SENT
from pgstrike.api.language import MOST_ROWS, NAME, number_kind
from pgstrike.api.parameters import (
    A_TEXT,
    TEXT,
    Blank,
    Defaulted,
    Kind,
    Optional,
    Required,
    word_of,
)

PREFIX = "/udf/"
MOST_FOUND = 100  # by one search
TYPES = ("underlying", "option", "indicator")
SECONDS = re.compile(r"-?[0-9]{1,10}")


def read_seconds(text: str) -> int:
    """Seconds since 1970; a chart that scrolls back asks for some before it."""
    if not SECONDS.fullmatch(text):
        raise ValueError
    return int(text)


def read_type(text: str) -> str:
    if text not in TYPES:
        raise ValueError
    return text


def seconds_kind(code: str) -> Kind[int]:
    return Kind(
        "seconds since 1970",
        code,
        read_seconds,
        {"type": "integer", "minimum": -(10**10) + 1, "maximum": 10**10 - 1},
    )


TICKER = Required(
    "symbol", NAME, "NIFTY:2025-09-02:24500:CE", "An underlying, option or indicator."
)
RESOLUTION = Required(
    "resolution", word_of("1", "5", "15", "60", "1D", "D"), "5", "Minutes, or days."
)
FROM = Optional("from", seconds_kind("bad_from"), "1756439100", "The first bar.")
TO = Required("to", seconds_kind("bad_to"), "1756461600", "Bars before this.")
COUNTBACK = Optional(
    "countback",
    number_kind("bad_countback", 1, 10**9),
    "300",
    f"So many bars before `to`, whatever `from` is; {MOST_ROWS:,} at most.",
)
WORDS = TEXT._replace(schema={**A_TEXT, "minLength": 0})
QUERY = Blank("query", WORDS, "nifty 24500", "Words of tickers and descriptions.")
TYPE = Blank(
    "type",
    Kind(f"one of {', '.join(TYPES)}", "bad_type", read_type, {"enum": ["", *TYPES]}),
    "option",
    "The type of the tickers.",
)
EXCHANGE = Blank("exchange", WORDS, "NSE", "The exchange.")
FOUND = Defaulted(
    "limit",
    number_kind("bad_limit", 1, MOST_FOUND),
    "30",
    "How many tickers at most.",
    30,
)
EVERY = changing("udf", None)
OF_SYMBOL = (TICKER,)
OF_SEARCH = (QUERY, TYPE, EXCHANGE, FOUND)
OF_HISTORY = (TICKER, RESOLUTION, FROM, TO, COUNTBACK)
# The arguments of sql/queries/udf.sql, of which each path has some.
NONE = dict.fromkeys(each.name for each in (*OF_SEARCH, *OF_HISTORY))


async def config(request: web.Request) -> web.Response:
    return await answer_udf(request, "config")


async def symbols(request: web.Request) -> web.Response:
    return await answer_udf(request, "symbols")


async def search(request: web.Request) -> web.Response:
    return await answer_udf(request, "search")


async def history(request: web.Request) -> web.Response:
    sent = request[SENT]
    start, end = sent[FROM], sent[TO]
    if sent[COUNTBACK] is None and start is not None and start > end:
        raise bad_request(
            "bad_window", "from is after to", "Send a from before to", FROM.name
        )
    return await answer_udf(request, "history")


async def server_time(request: web.Request) -> web.Response:
    return web.Response(text=str(int(time())))


async def answer_udf(request: web.Request, call: str) -> web.Response:
    sent = request[SENT].values()
    by = NEVER_KEPT if call == "symbols" else EVERY  # sessions of today
    return await answer(request, "udf", {**NONE, **sent, "call": call}, by)


@web.middleware
async def say_in_udf(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give errors the members that TradingView looks at too: `s` and `errmsg`."""
    response = await handler(request)
    if (
        request.path.startswith(PREFIX)
        and response.status >= 400
        and isinstance(response, web.Response)
        and response.text
    ):
        body: dict[str, Any] = json.loads(response.text)
        error = body["error"]
        if error.get("field") in ("expiry", "strike"):
            error["field"] = TICKER.name  # they are words of a ticker
        said = {"s": "error", "errmsg": error["message"]}
        response.text = json.dumps(said | body)
    return response
