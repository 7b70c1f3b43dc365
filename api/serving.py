"""Starting to serve: by itself, with workers, or as one of them."""

import asyncio
import contextlib
import os
import socket
import sys
from typing import NamedTuple

from pgstrike.api.app import serving
from pgstrike.api.settings import NO_KEY, ApiSettings
from pgstrike.api.workers.supervisor import bind, supervise
from pgstrike.api.workers.worker import Worker
from pgstrike.db.connection import connect, describe
from pgstrike.db.errors import SettingError, database_errors
from pgstrike.db.install.schema import require_built
from pgstrike.db.queries import query
from pgstrike.db.signals import ending_signals


class Serving(NamedTuple):
    """How `pgstrike serve` was asked to serve."""

    workers: int | None  # None: this process serves
    descriptor: int | None  # a worker: the socket that its supervisor opened
    insecure: bool


def start(settings: ApiSettings, dsn: str, asked: Serving) -> None:
    if asked.descriptor is not None:  # the supervisor has looked
        with inherited(asked.descriptor) as own:
            return asyncio.run(serve(settings, dsn, own))
    refuse_to_start(dsn, settings, asked.workers or 1)
    if asked.workers is None:
        return asyncio.run(serve(settings, dsn))
    sockets = bind(settings.host, settings.port, asked.workers)
    insecure = ["--insecure"] if asked.insecure else []
    command = [sys.executable, "-m", "pgstrike", "--end-with-input", "serve", *insecure]
    environ = {**os.environ, "PGSTRIKE_DSN": dsn}
    with contextlib.ExitStack() as stack:
        workers = [
            Worker(
                stack.enter_context(own),
                command,
                {**environ, **own_metrics(settings, n)},
            )
            for n, own in enumerate(sockets)
        ]
        asyncio.run(supervise(workers, announce))
    return None


def own_metrics(settings: ApiSettings, number: int) -> dict[str, str]:
    """Each worker counts for itself: the first has the port of the settings, and so on."""
    if settings.metrics_address is None:
        return {}
    host, port = settings.metrics_address
    shown = f"[{host}]" if ":" in host else host
    return {"PGSTRIKE_METRICS_LISTEN": f"{shown}:{port + number}"}


def inherited(descriptor: int) -> socket.socket:
    try:
        return socket.socket(fileno=descriptor)
    except OSError:
        raise SettingError(
            f"--serve-descriptor {descriptor} is no socket; leave it to --workers"
        ) from None


def refuse_to_start(dsn: str, settings: ApiSettings, wanted: int) -> None:
    """On a database that is not ours, that too many listen to, or that nobody may read."""
    with database_errors(describe(dsn)), connect(dsn, "api") as connection:
        require_built(connection)
        is_open = settings.insecure or settings.key is not None
        if not (is_open or connection.execute(query("api_keys")).rowcount):
            raise SettingError(NO_KEY)
        most = settings.listeners
        row = connection.execute(query("listeners")).fetchone()
        assert row is not None
        if row[0] + wanted > most:
            raise SettingError(
                f"{row[0]} processes listen to this database, and with {wanted} more they "
                f"are above PGSTRIKE_MAX_LISTENERS={most}, for each slows every commit down; "
                "stop some, or put other servers in front of fewer"
            )


async def serve(
    settings: ApiSettings, dsn: str, own: socket.socket | None = None
) -> None:
    """Serve until a signal; a second one does not wait for readers."""
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    for number in ending_signals():
        loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        async with serving(settings, dsn, own) as address:
            announce(address)
            await asyncio.Event().wait()


def announce(address: str) -> None:
    sys.stdout.write(f"pgstrike api: {address}\n")
    sys.stdout.flush()
