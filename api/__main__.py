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

from api import key_command
from api.app import serving
from api.log_limit import start_logging
from api.memory import return_freed_memory
from api.settings import NO_KEY, ApiSettings
from api.supervisor import bind, supervise
from api.worker import Worker
from db.connection import connect, describe
from db.errors import PgstrikeError, SettingError, database_errors, one_line
from db.queries import query
from db.schema import require_built
from db.server import reach_database
from db.settings import DatabaseSettings

STOPPING = (signal.SIGINT, signal.SIGTERM)


def main() -> None:
    arguments = parser().parse_args()
    start_logging()
    return_freed_memory()
    for number in STOPPING:
        signal.signal(number, leave)
    try:
        database = DatabaseSettings.from_env(os.environ)
        with reach_database(database.dsn, database.data_dir) as dsn:
            if arguments.command == "key":
                return see_to_keys(dsn, arguments)
            settings = ApiSettings.from_env(os.environ, insecure=arguments.insecure)
            start(settings, dsn, arguments)
    except PgstrikeError as error:
        sys.exit(f"pgstrike: {error}")
    except psycopg.Error as error:
        sys.exit(f"pgstrike: the database refused: {one_line(error)}")


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m api", description=__doc__)
    made.add_argument(
        "--insecure",
        action="store_true",
        help="serve without a key, on a loopback address only",
    )
    made.add_argument(
        "--workers", type=count, metavar="N", help="processes that share the port"
    )
    made.add_argument("--serve-descriptor", type=int, help=argparse.SUPPRESS)
    key_command.add_parsers(made.add_subparsers(dest="command", metavar="COMMAND"))
    return made


def count(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 1024:
        raise argparse.ArgumentTypeError("give 1 to 1024")
    return value


def see_to_keys(dsn: str, arguments: argparse.Namespace) -> None:
    with database_errors(describe(dsn)), connect(dsn, "keys") as connection:
        require_built(connection)
        key_command.run(arguments, connection)


def start(settings: ApiSettings, dsn: str, arguments: argparse.Namespace) -> None:
    if arguments.serve_descriptor is not None:  # the supervisor has looked
        with socket.socket(fileno=arguments.serve_descriptor) as own:
            return asyncio.run(serve(settings, dsn, own))
    refuse_to_start(dsn, settings, arguments.workers or 1)
    if arguments.workers is None:
        return asyncio.run(serve(settings, dsn))
    sockets = bind(settings.host, settings.port, arguments.workers)
    insecure = ["--insecure"] if arguments.insecure else []
    command = [sys.executable, "-m", "api", *insecure]
    environ = {**os.environ, "PGSTRIKE_DSN": dsn}
    with contextlib.ExitStack() as stack:
        workers = [
            Worker(stack.enter_context(own), command, environ) for own in sockets
        ]
        asyncio.run(supervise(workers, announce))
    return None


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
    for number in STOPPING:
        loop.add_signal_handler(number, task.cancel)
    if own is not None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it is for the supervisor
        loop.add_reader(sys.stdin, end_of_input, loop, task)
    with contextlib.suppress(asyncio.CancelledError):
        async with serving(settings, dsn, own) as address:
            announce(address)
            await asyncio.Event().wait()


def end_of_input(loop: asyncio.AbstractEventLoop, task: "asyncio.Task[None]") -> None:
    """The supervisor has gone: nothing else is ever written to a worker."""
    loop.remove_reader(sys.stdin)
    task.cancel()


def announce(address: str) -> None:
    sys.stdout.write(f"pgstrike api: {address}\n")
    sys.stdout.flush()


def leave(number: int, frame: FrameType | None) -> None:
    # Raised wherever the program is, so that the embedded server is stopped as well.
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()
