"""A pool of connections, and the one way to ask it a named query."""

import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, TypeAlias, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow, class_row
from psycopg_pool import AsyncConnectionPool

from db.errors import (
    DatabaseError,
    PgstrikeError,
    SettingError,
    database_errors,
    one_line,
)
from db.queries import query

Pool: TypeAlias = AsyncConnectionPool[psycopg.AsyncConnection[TupleRow]]
Row = TypeVar("Row")

CONNECT_SECONDS = 10
WAIT_SECONDS = 5.0  # for a free connection, or a server that is starting again


class RefusedError(PgstrikeError):
    """An argument that our SQL refuses, with the stable code it gives the refusal."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@contextlib.asynccontextmanager
async def open_pool(
    dsn: str,
    *,
    size: int,
    application_name: str,
    settings: Mapping[str, str],
) -> AsyncIterator[Pool]:
    """A pool, open as long as the context; `settings` hold for each of its sessions."""
    conninfo = session_conninfo(dsn, application_name, settings)
    target = describe(dsn)
    with database_errors(target):
        # The pool itself would say only that it timed out, not why.
        await (await psycopg.AsyncConnection.connect(conninfo)).close()
    pool: Pool = AsyncConnectionPool(
        conninfo,
        min_size=1,
        max_size=size,
        open=False,
        name=target,
        timeout=WAIT_SECONDS,
        kwargs={"autocommit": True},
        check=AsyncConnectionPool.check_connection,
    )
    async with pool:
        yield pool


async def ask(
    pool: Pool, name: str, parameters: Mapping[str, Any], row: type[Row]
) -> list[Row]:
    """The rows of the query in sql/queries/<name>.sql."""
    with our_errors(pool.name):
        async with pool.connection() as connection:
            cursor = connection.cursor(binary=True, row_factory=class_row(row))
            await cursor.execute(query(name), parameters)
            return await cursor.fetchall()


@contextlib.contextmanager
def our_errors(target: str) -> Iterator[None]:
    """Turn what the driver raises into errors of ours."""
    try:
        with database_errors(target):
            yield
    except psycopg.errors.InvalidParameterValue as error:
        says = error.diag
        message = ". ".join(filter(None, [says.message_primary, says.message_hint]))
        raise RefusedError(says.constraint_name or "refused", message) from error
    except (
        psycopg.errors.InvalidSchemaName,
        psycopg.errors.UndefinedFunction,
        psycopg.errors.UndefinedColumn,
    ) as error:
        raise DatabaseError(
            f"the database {target} is not what this pgstrike needs ({one_line(error)}); "
            "run `alembic upgrade head`"
        ) from error


def session_conninfo(
    dsn: str, application_name: str, settings: Mapping[str, str]
) -> str:
    """The DSN with the settings of its sessions, in UTC unless they say otherwise."""
    given = parse(dsn)
    options = [
        str(given.get("options") or ""),
        *(
            f"-c {name}={value}"
            for name, value in {"timezone": "UTC", **settings}.items()
        ),
    ]
    return make_conninfo(
        dsn,
        options=" ".join(filter(None, options)),
        application_name=application_name,
        connect_timeout=given.get("connect_timeout") or CONNECT_SECONDS,
    )


def describe(dsn: str) -> str:
    """The server and database of a DSN, for a message: it holds no password."""
    given = parse(dsn)
    place = (
        given.get("host") or given.get("hostaddr") or given.get("service") or "local"
    )
    port = f":{given['port']}" if given.get("port") else ""
    return f"{given.get('dbname') or given.get('user') or ''} on {place}{port}".strip()


def parse(dsn: str) -> dict[str, Any]:
    try:
        return dict(conninfo_to_dict(dsn))
    except psycopg.ProgrammingError as error:
        raise SettingError(
            f"PGSTRIKE_DSN is no connection string ({one_line(error)}); "
            "set it to postgresql://user@host:port/database"
        ) from error
