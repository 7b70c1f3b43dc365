"""`python -m api`: serve REST and the stream until SIGINT or SIGTERM; or see to keys."""

import argparse
import asyncio
import contextlib
import os
import signal
import socket
import sys
from types import FrameType

import psycopg

from pgstrike.api.access import key_command
from pgstrike.api.app import serving
from pgstrike.api.server.log_limit import start_logging
from pgstrike.api.server.memory import return_freed_memory
from pgstrike.api.settings import NO_KEY, ApiSettings
from pgstrike.api.workers.supervisor import bind, supervise
from pgstrike.api.workers.worker import Worker
from pgstrike.db.connection import connect, describe
from pgstrike.db.embedded.server import reach_database
from pgstrike.db.errors import PgstrikeError, SettingError, database_errors, last_line
from pgstrike.db.install.schema import require_built
from pgstrike.db.options import whole_option
from pgstrike.db.queries import query
from pgstrike.db.settings import DatabaseSettings
from pgstrike.db.signals import end_with_input, ending_signals


def main() -> None:
    arguments = parser().parse_args()
    start_logging()
    return_freed_memory()
    if arguments.workers or arguments.serve_descriptor is not None:
        # It replaces the workers, once they are there; it is for their supervisor.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    for number in ending_signals():
        signal.signal(number, leave)
    if arguments.end_with_input:
        end_with_input()
    try:
        database = DatabaseSettings.from_env(os.environ)
        with reach_database(database.dsn, database.data_dir) as dsn:
            if arguments.command == "key":
                return see_to_keys(dsn, arguments)
            settings = ApiSettings.from_env(os.environ, insecure=arguments.insecure)
            start(settings, dsn, arguments)
    except (PgstrikeError, psycopg.Error) as error:
        sys.exit(last_line(error).rstrip())


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m api", description=__doc__)
    made.add_argument(
        "--insecure",
        action="store_true",
        help="serve without a key, on a loopback address only",
    )
    made.add_argument(
        "--workers",
        type=whole_option(1, 1024),
        metavar="N",
        help="processes that share the port",
    )
    made.add_argument(
        "--serve-descriptor", type=whole_option(0, 2**31 - 1), help=argparse.SUPPRESS
    )
    made.add_argument("--end-with-input", action="store_true", help=argparse.SUPPRESS)
    key_command.add_parsers(made.add_subparsers(dest="command", metavar="COMMAND"))
    return made


def see_to_keys(dsn: str, arguments: argparse.Namespace) -> None:
    with database_errors(describe(dsn)), connect(dsn, "keys") as connection:
        require_built(connection)
        key_command.run(arguments, connection)


def start(settings: ApiSettings, dsn: str, arguments: argparse.Namespace) -> None:
    if arguments.serve_descriptor is not None:  # the supervisor has looked
        with inherited(arguments.serve_descriptor) as own:
            return asyncio.run(serve(settings, dsn, own))
    refuse_to_start(dsn, settings, arguments.workers or 1)
    if arguments.workers is None:
        return asyncio.run(serve(settings, dsn))
    sockets = bind(settings.host, settings.port, arguments.workers)
    insecure = ["--insecure"] if arguments.insecure else []
    command = [sys.executable, "-m", "api", "--end-with-input", *insecure]
    environ = {**os.environ, "PGSTRIKE_DSN": dsn}
    with contextlib.ExitStack() as stack:
        workers = [
            Worker(stack.enter_context(own), command, environ) for own in sockets
        ]
        asyncio.run(supervise(workers, announce))
    return None


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
                f"are above PGSTRIKE_LISTENERS={most}, for each slows every commit down; "
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


def leave(number: int, frame: FrameType | None) -> None:
    # Raised wherever the program is, so that the embedded server is stopped as well.
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()
