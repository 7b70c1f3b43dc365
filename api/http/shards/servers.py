"""The servers that symbols live on. Inside, each is an application of its own."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import NamedTuple

from aiohttp import web

from pgstrike.api.errors import ApiError
from pgstrike.api.http.app_keys import HOME as HOME_APP
from pgstrike.api.http.app_keys import HUB, LOG
from pgstrike.api.http.auth import key_of
from pgstrike.api.http.shards.required import require_shard
from pgstrike.db.backoff import backoff
from pgstrike.db.errors import PgstrikeError, one_line
from pgstrike.db.shards import HOME, Shard

logger = logging.getLogger(__name__)

# A placement begins with it; an epoch has hexadecimal digits alone.
PLACED = "shards"


class Server:
    """A server, and its application while that has started."""

    def __init__(self, name: str, symbols: frozenset[str] | None) -> None:
        self.name = name
        self.symbols = symbols  # None: those of the home server
        self.app: web.Application | None = None

    def opened(self) -> web.Application:
        """Its application; ApiError 503 where the server did not answer since the start."""
        if self.app is None:
            raise away(self.name)
        return self.app


class Servers:
    """The home server first, then the shards in the order of their file."""

    def __init__(self, home: web.Application, shards: tuple[Shard, ...]) -> None:
        self.home = Server(HOME, None)
        self.home.app = home
        self.all = [
            self.home,
            *(Server(shard.name, shard.symbols) for shard in shards),
        ]
        self.placement = placement_of(shards)
        self._by_symbol = {
            symbol: server for server in self.all for symbol in server.symbols or ()
        }

    def of(self, symbol: str) -> Server:
        return self._by_symbol.get(symbol, self.home)

    def has(self, server: Server, symbol: str | None) -> bool:
        """Whether a symbol lives on a server; None, no symbol, lives on every one."""
        return symbol is None or self.of(symbol) is server

    def symbols_of(self, server: Server) -> frozenset[str]:
        """Those that a server has now; those of a shard that has not started, by its file."""
        if server.app is None:
            return server.symbols or frozenset()
        known = server.app[LOG].symbols
        return frozenset(symbol for symbol in known if self.has(server, symbol))

    def open(self) -> Iterator[tuple[Server, web.Application]]:
        for server in self.all:
            if server.app is not None:
                yield server, server.app

    def epochs(self) -> Mapping[str, Server]:
        """The servers by the epochs of their logs."""
        found = ((app[HUB].position, server) for server, app in self.open())
        return {position.epoch: server for position, server in found if position}


def placement_of(shards: tuple[Shard, ...]) -> str:
    """Which symbols live where, in short: another one once a symbol has moved."""
    lists = sorted((shard.name, sorted(shard.symbols)) for shard in shards)
    digest = blake2b(json.dumps(lists).encode(), digest_size=4)
    return f"{PLACED}{digest.hexdigest()}"


SERVERS = web.AppKey("servers", Servers)


def all_servers(app: web.Application) -> Servers | None:
    """Those of the application of any of them; None where there is one server."""
    return app.get(HOME_APP, app).get(SERVERS)


def refuse_elsewhere(
    request: web.Request, symbols: Iterable[str], command: str, field: str
) -> None:
    """Refuse work of symbols that live on a shard; `command` is what does it there.

    A symbol that the key is not for is not said to live anywhere.
    """
    servers = all_servers(request.app)
    if servers is None:
        return
    for symbol in sorted(key_of(request).rights.shown(frozenset(symbols))):
        server = servers.of(symbol)
        if server is not servers.home:
            raise ApiError(
                422,
                "other_server",
                f"{symbol} lives on the server {server.name}, and this would be done on "
                f"home; run `pgstrike {command}` with the PGSTRIKE_DSN of {server.name}.",
                field=field,
            )


class Opening(NamedTuple):
    """What starting the application of a shard needs."""

    shard: Shard
    home: str  # the DSN of the home server
    make: Callable[[], web.Application]
    started: Callable[[Server], None]  # called once it has started
    first: asyncio.Event  # set once it was tried


async def keep_open(server: Server, opening: Opening) -> None:
    """Start the application of a shard, however long its database is away. Until cancelled."""
    for delay in backoff():
        runner = web.AppRunner(opening.make())
        try:
            try:
                await asyncio.to_thread(require_shard, opening.shard, opening.home)
                await runner.setup()
            except PgstrikeError as error:
                logger.warning(
                    "shard_away name=%s cause=%s", server.name, one_line(error)
                )
            else:
                server.app = runner.app
                opening.started(server)
                opening.first.set()
                await asyncio.Event().wait()
        finally:
            server.app = None
            await runner.cleanup()
        opening.first.set()
        await asyncio.sleep(delay)


def away(name: str) -> ApiError:
    return ApiError(
        503,
        "server_away",
        f"The server {name}, where the symbol lives, does not answer; send the same again "
        "in a few seconds.",
        {"Retry-After": "2"},
    )
