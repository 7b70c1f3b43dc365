"""`pgstrike serve`: REST and the stream."""

import os
import signal
from types import FrameType

import click

from pgstrike.api.settings import SOURCES, ApiSettings
from pgstrike.cli.options import Whole
from pgstrike.cli.reach import database_settings, reached
from pgstrike.db.settings import LogSettings
from pgstrike.db.signals import ending_signals

DESCRIPTOR = Whole(0, 2**31 - 1)


@click.command()
@click.option(
    "--insecure",
    is_flag=True,
    help="Serve without keys, on a loopback address only.",
)
@click.option(
    "--workers", type=Whole(1, 1024), metavar="N", help="Processes that share the port."
)
@click.option(
    "--source",
    type=click.Choice(SOURCES),
    help="Where events come from.  [default: PGSTRIKE_SOURCE, or listen]",
)
@click.option("--serve-descriptor", type=DESCRIPTOR, hidden=True)
@click.option("--door", type=(str, DESCRIPTOR), multiple=True, hidden=True)
def serve(
    insecure: bool,
    workers: int | None,
    source: str | None,
    serve_descriptor: int | None,
    door: tuple[tuple[str, int], ...],
) -> None:
    """Serve REST and the stream until stopped.

    Clients send a key of `pgstrike key create`, or that of PGSTRIKE_API_KEY.
    """
    from pgstrike.api.server.log_limit import start_logging
    from pgstrike.api.server.memory import return_freed_memory
    from pgstrike.api.serving import Descriptors, Serving, start

    start_logging(LogSettings.from_env(os.environ))
    return_freed_memory()
    given = None
    if serve_descriptor is not None:
        given = Descriptors(serve_descriptor, dict(door))
    if workers or given is not None:
        # It replaces the workers, once they are there; it is for their supervisor.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    for number in ending_signals():
        signal.signal(number, leave)
    with reached(database_settings()) as dsn:
        environ = {**os.environ, **({"PGSTRIKE_SOURCE": source} if source else {})}
        settings = ApiSettings.from_env(environ, insecure=insecure)
        start(settings, dsn, Serving(workers, given, insecure))


def leave(number: int, frame: FrameType | None) -> None:
    # Raised wherever the program is, so that the embedded server is stopped as well.
    raise SystemExit(128 + number)
