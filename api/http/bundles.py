"""The bundles: what a page shows, over one subscription, in the form of REST answers."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from pgstrike.api.access.keys import Key
from pgstrike.api.http.app_keys import LOG, POOL, PRIMARY
from pgstrike.api.http.auth import key_of
from pgstrike.api.http.kept import Made
from pgstrike.api.http.logs import newest_lines
from pgstrike.api.http.market import about_key
from pgstrike.api.http.route import SENT
from pgstrike.api.http.shards.bootstrap import read_all
from pgstrike.api.http.shards.servers import all_servers
from pgstrike.api.http.stream import (
    least_interval_ms,
    refuse_topics,
    refuse_unknown_symbols,
    send_stream,
)
from pgstrike.api.http.tasks import newest_tasks
from pgstrike.api.language import SYMBOL
from pgstrike.api.parameters import Parameter
from pgstrike.api.streams.bundle import Bundle
from pgstrike.api.streams.subscription import AFTER, INTERVAL, parse_interval
from pgstrike.db.pool import Pool, ask

MOST_SIGNALS = 120
INTERVAL_MS = 1000
OF_BUNDLE: Sequence[Parameter[Any, Any]] = (SYMBOL, INTERVAL, AFTER)
OF_ALL: Sequence[Parameter[Any, Any]] = (INTERVAL, AFTER)


async def intraday(request: web.Request) -> web.StreamResponse:
    """The legs of a symbol that stand out now."""
    pool, symbol = request.app[POOL], request[SENT][SYMBOL]
    bundle = bundle_of(request, "intraday", topic="chain", symbol=symbol)
    await refuse(request, bundle)
    words = {"symbol": [symbol], "limit": [str(MOST_SIGNALS)]}

    async def read(reader: str) -> bytes:
        return await rows_of(pool, "signals", words, reader)

    return await send_stream(request, bundle, read)


async def dashboard(request: web.Request) -> web.StreamResponse:
    """What the key may read, and the figures of each expiry of a symbol."""
    app, symbol = request.app, request[SENT][SYMBOL]
    key = key_of(request)
    bundle = bundle_of(
        request, "dashboard", topic="chain", symbol=symbol, reader=key.name
    )
    await refuse(request, bundle)

    async def read(reader: str) -> bytes:
        market = await bootstrap_of(app, key, reader)
        figures = await rows_of(
            app[POOL], "expiry_metrics", {"symbol": [symbol]}, reader
        )
        return b'{"bootstrap":%b,"expiry_metrics":%b}' % (market, figures)

    return await send_stream(request, bundle, read)


async def bootstrap_of(app: web.Application, key: Key, reader: str) -> bytes:
    """The answer of /v1/bootstrap, of all servers."""

    async def read(app: web.Application) -> bytes:
        return await body_of(app[POOL], "bootstrap", about_key(key), reader)

    servers = all_servers(app)
    return (
        await read(app)
        if servers is None
        else await read_all(servers, key.rights, read)
    )


async def tasks(request: web.Request) -> web.StreamResponse:
    """The caller's tasks."""
    pool = request.app[PRIMARY]
    bundle = bundle_of(request, "tasks", topic="task", reader=key_of(request).name)

    async def read(reader: str) -> bytes:
        return await newest_tasks(pool, reader)

    return await send_stream(request, bundle, read)


async def admin_logs(request: web.Request) -> web.StreamResponse:
    """The newest log lines; those below a warning come without an event."""
    pool = request.app[PRIMARY]
    bundle = bundle_of(request, "logs", topic="ops", is_timed=True)

    async def read(reader: str) -> bytes:
        return json.dumps(await newest_lines(pool)).encode()

    return await send_stream(request, bundle, read)


def bundle_of(
    request: web.Request,
    name: str,
    *,
    topic: str,
    symbol: str | None = None,
    reader: str | None = None,
    is_timed: bool = False,
) -> Bundle:
    return Bundle(
        name=name,
        topic=topic,
        symbol=symbol,
        interval_ms=parse_interval(
            request[SENT][INTERVAL], least_interval_ms(request), INTERVAL_MS
        ),
        rights=key_of(request).rights.reading({topic}),
        reader=reader,
        is_timed=is_timed,
    )


async def refuse(request: web.Request, bundle: Bundle) -> None:
    """Refuse a bundle of a market that the key may not read."""
    symbols = [] if bundle.symbol is None else [bundle.symbol]
    await refuse_unknown_symbols(symbols, request.app[LOG], bundle.rights)
    refuse_topics(bundle)


async def rows_of(
    pool: Pool, metric: str, words: Mapping[str, list[str]], reader: str
) -> bytes:
    arguments = {
        "metric": metric,
        "words": json.dumps(words),
        "members": f'"metric":"{metric}"',
    }
    return await body_of(pool, "metric", arguments, reader)


async def body_of(
    pool: Pool, name: str, arguments: Mapping[str, Any], reader: str
) -> bytes:
    [found] = await ask(pool, name, arguments, Made, reader=reader)
    return found.body
