"""`python -m api`: serve REST and the stream until SIGINT or SIGTERM."""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
from types import FrameType

import psycopg

from api.app import serving
from api.settings import ApiSettings
from db.connection import connect, describe
from db.errors import PgstrikeError, database_errors, one_line
from db.schema import require_built
from db.server import reach_database

STOPPING = (signal.SIGINT, signal.SIGTERM)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m api", description=__doc__)
    parser.add_argument(
        "--insecure",
        action="store_true",
        help="serve without a key, on a loopback address only",
    )
    arguments = parser.parse_args()
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(name)s %(message)s"
    )
    for number in STOPPING:
        signal.signal(number, leave)
    try:
        settings = ApiSettings.from_env(os.environ, insecure=arguments.insecure)
        database = settings.database
        with reach_database(database.dsn, database.data_dir) as dsn:
            refuse_other_database(dsn)
            asyncio.run(serve(settings, dsn))
    except PgstrikeError as error:
        sys.exit(f"pgstrike: {error}")
    except psycopg.Error as error:
        sys.exit(f"pgstrike: the database refused: {one_line(error)}")


def refuse_other_database(dsn: str) -> None:
    with database_errors(describe(dsn)), connect(dsn, "api") as connection:
        require_built(connection)


async def serve(settings: ApiSettings, dsn: str) -> None:
    """Serve until a signal; a second one does not wait for readers."""
    task = asyncio.current_task()
    assert task is not None
    for number in STOPPING:
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        async with serving(settings, dsn) as address:
            sys.stdout.write(f"pgstrike api: {address}\n")
            sys.stdout.flush()
            await asyncio.Event().wait()


def leave(number: int, frame: FrameType | None) -> None:
    # Raised wherever the program is, so that the embedded server is stopped as well.
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()
