"""What the market has: the symbols, their chains and bars, and the log of events."""

from collections.abc import Mapping
from importlib import metadata
from typing import Any, NamedTuple

from aiohttp import hdrs, web

from pgstrike.api.access.keys import Key
from pgstrike.api.cache.changes import BOOTSTRAP, changing
from pgstrike.api.errors import ApiError, bad_request
from pgstrike.api.events.event import Filter
from pgstrike.api.http.app_keys import LOG, POOL
from pgstrike.api.http.auth import key_of
from pgstrike.api.http.rest import PAGE, answer, answer_metric
from pgstrike.api.http.route import SENT
from pgstrike.api.http.seam import matched, reach
from pgstrike.api.http.stream import refuse_topics, refuse_unknown_symbols
from pgstrike.api.language import (
    AT,
    BAR,
    EXPIRY,
    FROM,
    NUMBER_KIND,
    ONE_EXPIRY,
    STRIKES,
    SYMBOL,
    TO,
    YES,
    ZONE,
    number_kind,
)
from pgstrike.api.parameters import Defaulted, Optional, word_of
from pgstrike.api.streams.subscription import AFTER, TOPIC, Raw, parse_topics
from pgstrike.api.streams.subscription import SYMBOL as SYMBOLS
from pgstrike.db.pool import ask

VERSION = metadata.version("pgstrike")
MOST_EVENTS = 1000  # of at most 8 kB
LIVE = "live"
TIMEFRAME = Defaulted(
    "timeframe",
    word_of(LIVE, "1min", "5min", "15min", "1h", "1d"),
    "5min",
    f"{LIVE}, or that of bars.",
    LIVE,
)
STRIKE = Optional("strike", NUMBER_KIND, "24500", "A strike; none: the underlying.")
LEG = Optional("leg", word_of("call", "put"), "call", "call or put; none: both.")
FILL = Optional("fill", YES, "true", "Whether empty buckets have rows too.")
OF_CHAIN = (SYMBOL, EXPIRY, STRIKES, TIMEFRAME, AT, ZONE, *PAGE)
OF_BARS = (SYMBOL, ONE_EXPIRY, STRIKE, LEG, BAR, FROM, TO, FILL, ZONE, *PAGE)
OF_EXPIRIES = (SYMBOL, EXPIRY, AT, ZONE, *PAGE)
OF_SIGNALS = (SYMBOL, EXPIRY, STRIKES, AT, ZONE, *PAGE)
EVENTS = Defaulted(
    "limit",
    number_kind("bad_limit", 1, MOST_EVENTS),
    "100",
    "How many events at most.",
    MOST_EVENTS,
)
OF_EVENTS = (SYMBOLS, TOPIC, AFTER, EVENTS)


class Log(NamedTuple):
    """A page of the log as JSON, and which ids are kept."""

    epoch: str
    oldest: int
    newest: int
    body: bytes


async def bootstrap(request: web.Request) -> web.Response:
    """All that a page needs to know before it asks for figures."""
    about = about_key(key_of(request))
    return await answer(request, BOOTSTRAP, about, changing(BOOTSTRAP, None))


def about_key(key: Key) -> Mapping[str, Any]:
    """The arguments of sql/queries/bootstrap.sql."""
    symbols, topics = key.rights.symbols, key.rights.topics
    return {
        "version": VERSION,
        "name": key.name,
        "symbols": None if symbols is None else sorted(symbols),
        "topics": None if topics is None else sorted(topics),
        "is_admin": key.is_admin,
    }


async def chain(request: web.Request) -> web.Response:
    """The chain of quotes, or of the newest bars of a timeframe."""
    if request[SENT][TIMEFRAME] == LIVE:
        return await answer_metric(request, "chain", without=[TIMEFRAME.name])
    return await answer_metric(request, "bar_chain")


async def bars(request: web.Request) -> web.Response:
    """The bars of a strike where one is named, else of the underlying."""
    sent = request[SENT]
    is_option = sent.has(STRIKE)
    for parameter in (ONE_EXPIRY, LEG):
        if sent.has(parameter) and not is_option:
            raise bad_request(
                "missing_parameter",
                f"{parameter.name} is of an option, and strike is missing",
                f"Send strike too, or leave out {parameter.name} for the underlying",
                STRIKE.name,
            )
    return await answer_metric(
        request, "option_bars" if is_option else "underlying_bars"
    )


async def expiries(request: web.Request) -> web.Response:
    return await answer_metric(request, "expiries")


async def signals(request: web.Request) -> web.Response:
    return await answer_metric(request, "signals")


async def events(request: web.Request) -> web.Response:
    """The log after an event; one that is not kept any more is gone, and that is said."""
    sent, key = request[SENT], key_of(request)
    topics, symbols = parse_topics(sent), sent[SYMBOLS]
    refuse_topics(Raw(Filter(topics, frozenset(symbols), frozenset()), key.rights))
    await refuse_unknown_symbols(symbols, request.app[LOG], key.rights)
    after = sent[AFTER]
    await reach(request, after or matched(request), AFTER.name)
    wanted = {
        "after": None if after is None else after.id,
        "topics": sorted(topics) or None,
        "symbols": sorted(set(symbols)) or None,
        "most": sent[EVENTS],
    }
    [page] = await ask(request.app[POOL], "events", wanted, Log, reader=key.name)
    if after is not None and (
        after.epoch != page.epoch or not page.oldest - 1 <= after.id <= page.newest
    ):
        raise gone(page)
    return web.Response(
        body=page.body,
        content_type="application/json",
        headers={hdrs.CACHE_CONTROL: "no-store"},
    )


def gone(page: Log) -> ApiError:
    return ApiError(
        410,
        "events_gone",
        f"The events after that one are not kept; the log begins after "
        f"{page.epoch}:{page.oldest - 1}.",
        field=AFTER.name,
        hint="Read the data again, and go on after the event of that answer.",
    )
