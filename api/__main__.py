"""`python -m api`: serve REST and the stream until SIGINT or SIGTERM."""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from types import FrameType

import psycopg

from api.app import serving
from api.settings import ApiSettings
from api.supervisor import bind, supervise
from api.worker import Worker
from db.connection import connect, describe
from db.errors import PgstrikeError, SettingError, database_errors, one_line
from db.queries import query
from db.schema import require_built
from db.server import reach_database

STOPPING = (signal.SIGINT, signal.SIGTERM)


def main() -> None:
    arguments = parser().parse_args()
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(name)s %(message)s"
    )
    for number in STOPPING:
        signal.signal(number, leave)
    try:
        settings = ApiSettings.from_env(os.environ, insecure=arguments.insecure)
        database = settings.database
        with reach_database(database.dsn, database.data_dir) as dsn:
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
    return made


def count(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 1024:
        raise argparse.ArgumentTypeError("give 1 to 1024")
    return value


def start(settings: ApiSettings, dsn: str, arguments: argparse.Namespace) -> None:
    if arguments.serve_descriptor is not None:  # the supervisor has looked
        with socket.socket(fileno=arguments.serve_descriptor) as own:
            return asyncio.run(serve(settings, dsn, own))
    refuse_other_database(dsn, settings.listeners, arguments.workers or 1)
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


def refuse_other_database(dsn: str, most: int, wanted: int) -> None:
    """Refuse one that is not ours, or that too many listen to already."""
    with database_errors(describe(dsn)), connect(dsn, "api") as connection:
        require_built(connection)
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
