"""The application behind a socket: who is let in, and how it ends."""

import contextlib
import socket
from collections.abc import AsyncIterator, Iterator, Sequence

from aiohttp import web

from pgstrike.api.app import make_app
from pgstrike.api.http.app_keys import NO_DOORS, DoorsByServer
from pgstrike.api.http.prometheus import serve_metrics
from pgstrike.api.server.acceptor import Acceptor, bound
from pgstrike.api.server.connection_limits import Connections, Limits
from pgstrike.api.server.http_connection import HttpConnection
from pgstrike.api.server.quick import QuickAnswers
from pgstrike.api.settings import ApiSettings
from pgstrike.api.workers.open_files import room_for
from pgstrike.api.workers.ports import BACKLOG, cannot_listen

SHUTDOWN_SECONDS = 5.0  # for streams to be drained


@contextlib.asynccontextmanager
async def serving(
    settings: ApiSettings,
    dsn: str,
    own: socket.socket | None = None,
    doors: DoorsByServer = NO_DOORS,
) -> AsyncIterator[str]:
    """The server, running, on a socket of its own or a given one; yields its address."""
    runner = web.AppRunner(
        make_app(settings, dsn, doors),
        handler_cancellation=True,  # a reader that goes is forgotten at once
        shutdown_timeout=SHUTDOWN_SECONDS,
    )
    try:
        await runner.setup()
        sockets = (
            await listen(settings.host, settings.port) if own is None else [own.dup()]
        )
        host, port = sockets[0].getsockname()[:2]
        with opened_door(runner, settings, sockets):
            async with serve_metrics(
                runner.app, settings.metrics_address, is_shared=own is not None
            ):
                yield (
                    f"http://[{host}]:{port}"
                    if ":" in host
                    else f"http://{host}:{port}"
                )
    finally:
        await runner.cleanup()


@contextlib.contextmanager
def opened_door(
    runner: web.AppRunner, settings: ApiSettings, sockets: Sequence[socket.socket]
) -> Iterator[None]:
    """Take connections in, as long as the context."""
    server = runner.server
    assert server is not None  # it is set up
    everyone = Connections(limits_of(settings))
    quick = QuickAnswers(runner.app)
    door = Acceptor(
        sockets,
        everyone,
        lambda address: HttpConnection(server, everyone, address, quick),
    )
    door.open()
    try:
        yield
    finally:
        door.close()


def limits_of(settings: ApiSettings) -> Limits:
    return Limits(
        connections=settings.connections
        or room_for(settings.database.pool_size).connections,
        per_address=settings.address_connections,
        header_seconds=settings.header_seconds,
        idle_seconds=settings.idle_seconds,
        proxies=settings.trusted_proxies,
    )


async def listen(host: str, port: int) -> list[socket.socket]:
    try:
        return await bound(host, port, BACKLOG)
    except OSError as error:
        raise cannot_listen(host, port, error) from error
