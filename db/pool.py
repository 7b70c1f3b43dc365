"""A pool of connections, and the one way to ask it a named query."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeAlias

import psycopg
from psycopg_pool import AsyncConnectionPool

from pgstrike.db.connection import describe, session_conninfo
from pgstrike.db.errors import database_errors
from pgstrike.db.queries import query
from pgstrike.db.session import (
    Result,
    Row,
    Session,
    cancelled_once,
    read_for,
    write,
    write_for,
)
from pgstrike.db.timing import STATEMENTS

Pool: TypeAlias = AsyncConnectionPool[Session]

WAIT_SECONDS = 5.0  # for a free connection, or a server that is starting again
# Then the pool forgets a connection that it could not restore, and tries again when asked;
# it would else wait twice as long each time, also for a server that has come back.
RESTORE_SECONDS = 1.0


class Source(Protocol):
    """What has connections to one database: a pool, or a channel."""

    @property
    def name(self) -> str:
        """The database, for a message."""

    def connection(self) -> AbstractAsyncContextManager[Session]:
        """A connection, while the context lasts."""


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
        reconnect_timeout=RESTORE_SECONDS,
        kwargs={"autocommit": True},
        check=AsyncConnectionPool.check_connection,
    )
    async with pool:
        yield pool


async def ask(
    source: Source,
    name: str,
    parameters: Mapping[str, Any],
    row: type[Row],
    *,
    reader: str | None,
) -> list[Row]:
    """The rows of the query in sql/queries/<name>.sql, as a reader may have them.

    A reader is the name of a row of job.api_key, or EVERYTHING; None is nobody, with no rights.
    """

    async def answer() -> list[Row]:
        async with source.connection() as session:
            with STATEMENTS.timed(name):
                return await read_for(reader, session, name, parameters, row)

    with database_errors(source.name):
        return await cancelled_once(answer())


async def change(pool: Pool, name: str, parameters: Mapping[str, Any]) -> None:
    """Run the query in sql/queries/<name>.sql, which writes; to its end, once it has begun."""

    async def done() -> None:
        async with pool.connection() as session:
            with STATEMENTS.timed(name):
                await write(session, name, parameters)

    await to_its_end(pool, done())


async def change_for(
    pool: Pool,
    name: str,
    parameters: Mapping[str, Any],
    row: type[Row],
    *,
    reader: str,
) -> list[Row]:
    """The rows of a query that writes, as a reader may; to its end, once it has begun."""

    async def done() -> list[Row]:
        async with pool.connection() as session:
            with STATEMENTS.timed(name):
                return await write_for(reader, session, name, parameters, row)

    return await to_its_end(pool, done())


async def to_its_end(pool: Pool, work: Coroutine[Any, Any, Result]) -> Result:
    with database_errors(pool.name):
        task = asyncio.create_task(work)
        # Where nobody waits for it any more, what went wrong is for no log.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(task)


async def notify(pool: Pool, channel: str, payload: str) -> None:
    """Notify the listeners of a channel, from a session of the pool."""
    with database_errors(pool.name):
        async with pool.connection() as connection:
            await connection.execute(query("notify"), (channel, payload))
