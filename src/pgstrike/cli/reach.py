"""How commands begin: settings, signals, log, and the database.

The driver is loaded when a database is reached: help, and a shell that completes a command, do
without it. So commands import what needs it in their functions, too.
"""

import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from pgstrike.cli.known_settings import warn_of_unknown
from pgstrike.db.errors import PgstrikeError, database_errors, explain
from pgstrike.db.log_form import formatter
from pgstrike.db.log_ring import KeptStream
from pgstrike.db.settings import DatabaseSettings, LogSettings
from pgstrike.db.signals import ending_signals
from pgstrike.jobs.settings import JobsSettings

if TYPE_CHECKING:
    import psycopg

Refuse: TypeAlias = Callable[["psycopg.Connection"], object]


@contextlib.contextmanager
def reached(settings: DatabaseSettings) -> Iterator[str]:
    """The DSN; what the driver raises becomes an error that says what to do."""
    from pgstrike.db.connection import describe
    from pgstrike.db.embedded.server import reach_database

    with (
        reach_database(settings.dsn, settings.data_dir) as dsn,
        database_errors(describe(dsn)),
        refusals(),
    ):
        yield dsn


@contextlib.contextmanager
def built(settings: DatabaseSettings, refuse: Refuse = lambda _: None) -> Iterator[str]:
    """The same of a database that this pgstrike has built; `refuse` may refuse it, too."""
    from pgstrike.db.connection import connect
    from pgstrike.db.install.schema import require_built

    with reached(settings) as dsn:
        with connect(dsn, "check") as connection:
            require_built(connection)
            refuse(connection)
        yield dsn


@contextlib.contextmanager
def opened(settings: DatabaseSettings, name: str) -> Iterator["psycopg.Connection"]:
    """A connection to such a database; `name` is what pg_stat_activity shows of it."""
    from pgstrike.db.connection import connect

    with built(settings) as dsn, connect(dsn, name) as connection:
        yield connection


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """Explain what Postgres refuses, or why it fails."""
    import psycopg

    from pgstrike.db.causes import cause_of

    try:
        yield
    except psycopg.Error as error:
        is_known = cause_of(error) is not None
        prefix = "" if is_known else "the database refused: "
        raise PgstrikeError(f"{prefix}{explain(error)}") from error


def database_settings() -> DatabaseSettings:
    warn_of_unknown()
    return DatabaseSettings.from_env(os.environ)


def jobs_settings() -> JobsSettings:
    """The settings of a command that writes, which also logs and ends by signals."""
    end_by_signals()
    warn_of_unknown()
    log_to_stderr(LogSettings.from_env(os.environ))
    return JobsSettings.from_env(os.environ)


def end_by_signals() -> None:
    """Let SIGTERM and a closed terminal bring the same clean end as Ctrl-C."""
    for number in ending_signals():
        signal.signal(number, signal.default_int_handler)


def log_to_stderr(settings: LogSettings) -> None:
    handler = KeptStream(sys.stderr)
    plain = logging.Formatter("%(asctime)s %(name)s: %(message)s")
    handler.setFormatter(formatter(settings.form, plain))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    # It warns of each turn that falls into a long one; such turns are left out on purpose.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
