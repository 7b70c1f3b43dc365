"""Starting to serve: by itself, with workers, or as one of them."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from pgstrike.api.http.shards.required import refuse_crowd, require_shards
from pgstrike.api.settings import LISTENING, NO_KEY, ApiSettings
from pgstrike.api.workers.shared import HostListener, opened_doors
from pgstrike.api.workers.supervisor import bind, supervise
from pgstrike.api.workers.worker import Worker
from pgstrike.db.connection import connect, describe
from pgstrike.db.copies import refuse_standby
from pgstrike.db.errors import SettingError, database_errors
from pgstrike.db.install.schema import require_built
from pgstrike.db.pooler import refuse_pooler
from pgstrike.db.queries import query
from pgstrike.db.shards import HOME
from pgstrike.db.signals import ending_signals

if TYPE_CHECKING:
    from pgstrike.api.http.app_keys import DoorsByServer

NO_LISTEN = (
    "serve it with --source standby, and set PGSTRIKE_PRIMARY_DSN to the primary, or point "
    "PGSTRIKE_DSN there"
)


class Descriptors(NamedTuple):
    """What a worker inherits from its supervisor."""

    serve: int  # the socket of its readers
    doors: Mapping[str, int]  # where it joins the process that listens, by server

    def options(self) -> list[str]:
        doors = [["--door", name, str(number)] for name, number in self.doors.items()]
        return ["--serve-descriptor", str(self.serve), *chain(*doors)]


class Serving(NamedTuple):
    """How `pgstrike serve` was asked to serve."""

    workers: int | None  # None: this process serves
    descriptors: Descriptors | None  # of a worker
    insecure: bool


def start(settings: ApiSettings, dsn: str, asked: Serving) -> None:
    if asked.descriptors is not None:  # the supervisor has looked
        with inherited(asked.descriptors) as (own, doors):
            return serve(settings, dsn, own, doors)
    refuse_to_start(dsn, settings)
    if asked.workers is None:
        return serve(settings, dsn)
    chosen = {"PGSTRIKE_DSN": dsn, "PGSTRIKE_SOURCE": settings.source}
    environ = {**os.environ, **chosen}
    with contextlib.ExitStack() as stack:
        sockets = [
            stack.enter_context(own)
            for own in bind(settings.host, settings.port, asked.workers)
        ]
        pairs = {
            name: stack.enter_context(opened_doors()) for name in listened_to(settings)
        }
        outer = {name: doors.outer.fileno() for name, doors in pairs.items()}
        workers = [
            worker(
                asked,
                Descriptors(own.fileno(), outer),
                {**environ, **own_metrics(settings, number)},
            )
            for number, own in enumerate(sockets)
        ]
        inner = {name: doors.inner for name, doors in pairs.items()}
        first = [HostListener(inner, environ)] if inner else []
        asyncio.run(supervise(first, workers, announce))
    return None


def listened_to(settings: ApiSettings) -> list[str]:
    """The servers whose events come by LISTEN: shards always do."""
    home = [HOME] if settings.source in LISTENING else []
    return [*home, *(shard.name for shard in settings.shards)]


def worker(asked: Serving, given: Descriptors, environ: Mapping[str, str]) -> Worker:
    command = [sys.executable, "-m", "pgstrike", "--end-with-input", "serve"]
    insecure = ["--insecure"] if asked.insecure else []
    descriptors = [given.serve, *given.doors.values()]
    return Worker([*command, *insecure, *given.options()], environ, descriptors)


def own_metrics(settings: ApiSettings, number: int) -> dict[str, str]:
    """Each worker counts for itself: the first has the port of the settings, and so on."""
    if settings.metrics_address is None:
        return {}
    host, port = settings.metrics_address
    shown = f"[{host}]" if ":" in host else host
    return {"PGSTRIKE_METRICS_LISTEN": f"{shown}:{port + number}"}


@contextlib.contextmanager
def inherited(
    given: Descriptors,
) -> Iterator[tuple[socket.socket, dict[str, socket.socket]]]:
    with contextlib.ExitStack() as stack:
        try:
            own = stack.enter_context(socket.socket(fileno=given.serve))
            doors = {
                name: stack.enter_context(socket.socket(fileno=door))
                for name, door in given.doors.items()
            }
        except OSError:
            raise SettingError(
                f"{' '.join(given.options())} are no sockets; leave them to --workers"
            ) from None
        yield own, doors


def refuse_to_start(dsn: str, settings: ApiSettings) -> None:
    """Behind a pooler, or on a database that is not ours, or is too busy, or has no reader."""
    with database_errors(describe(dsn)):
        refuse_pooler(dsn)
    with database_errors(describe(dsn)), connect(dsn, "api") as connection:
        require_built(connection)
        is_open = settings.insecure or settings.key is not None
        if not (is_open or connection.execute(query("api_keys")).rowcount):
            raise SettingError(NO_KEY)
        require_shards(settings.shards, dsn, settings.listeners)
        if settings.source in LISTENING:
            refuse_standby(connection, NO_LISTEN)
            refuse_crowd(connection, settings.listeners, "this database")


def serve(
    settings: ApiSettings,
    dsn: str,
    own: socket.socket | None = None,
    doors: "DoorsByServer | None" = None,
) -> None:
    """Serve until a signal; a second one does not wait for readers."""
    # Here: a supervisor has no use for the web server, which takes long to load.
    from pgstrike.api.http_server import serving

    asyncio.run(until_signal(serving(settings, dsn, own, doors or {})))


async def until_signal(served: AbstractAsyncContextManager[str]) -> None:
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    for number in ending_signals():
        loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        async with served as address:
            announce(address)
            await asyncio.Event().wait()


def announce(address: str) -> None:
    sys.stdout.write(f"pgstrike api: {address}\n")
    sys.stdout.flush()
