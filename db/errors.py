"""Errors that a user can act on.

PgstrikeError
+-- SettingError        an environment variable or option that cannot be used
+-- FeedError           a source that cannot be read on
+-- DatabaseError       the database cannot be reached, or is not the one we need
"""

import contextlib
from collections.abc import Iterator

import psycopg
import psycopg_pool


class PgstrikeError(Exception):
    """Something a user can act on; its text says what to do, in one line."""


class SettingError(PgstrikeError):
    """A setting that cannot be used."""


class FeedError(PgstrikeError):
    """A source that cannot be read on."""


class DatabaseError(PgstrikeError):
    """A database that cannot be reached, or is not the one we need."""


def one_line(error: BaseException) -> str:
    """The first line of what an error says, or its type where it says nothing."""
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__


@contextlib.contextmanager
def database_errors(target: str) -> Iterator[None]:
    """Turn what the driver raises into one DatabaseError that names the server."""
    try:
        yield
    except psycopg_pool.PoolTimeout as error:
        raise DatabaseError(unreachable(target, one_line(error))) from error
    except psycopg.errors.UndefinedTable as error:
        raise DatabaseError(
            f"the database has no pgstrike schema ({one_line(error)}); "
            "run `alembic upgrade head` first"
        ) from error
    except psycopg.OperationalError as error:
        raise DatabaseError(unreachable(target, one_line(error))) from error


def unreachable(target: str, cause: str) -> str:
    """The sentence for a server that does not answer."""
    return f"cannot reach the database {target}: {cause}; check PGSTRIKE_DSN"
