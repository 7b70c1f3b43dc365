"""A pool of connections, and the one way to ask it a named query."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple, Protocol, TypeAlias

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg_pool import AsyncConnectionPool

from pgstrike.db.connection import describe, parse, session_conninfo
from pgstrike.db.errors import DatabaseError, PrimaryError, database_errors
from pgstrike.db.queries import query
from pgstrike.db.server_pool import ServerPool
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
PRIMARY_SECONDS = 2.0  # for a connection to the primary, which may be away for long


class PrimaryPool(ServerPool):
    """Leads to the database that is written to, where another one is read."""


FORM: dict[str, Any] = {
    "min_size": 1,
    "open": False,
    "reconnect_timeout": RESTORE_SECONDS,
    "kwargs": {"autocommit": True},
    "check": AsyncConnectionPool.check_connection,
}


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
    async with ServerPool(
        conninfo, name=target, max_size=size, timeout=WAIT_SECONDS, **FORM
    ) as pool:
        yield pool


@contextlib.asynccontextmanager
async def open_primary(
    dsn: str,
    *,
    size: int,
    application_name: str,
    settings: Mapping[str, str],
) -> AsyncIterator[Pool]:
    """A pool of the database that is written to; it opens also while that is away.

    Of several hosts in the DSN it finds the one that is the primary now.
    """
    whose = {"target_session_attrs": "primary", **parse(dsn)}
    conninfo = session_conninfo(make_conninfo(**whose), application_name, settings)
    async with PrimaryPool(
        conninfo,
        name=f"the primary {describe(dsn)}",
        max_size=size,
        timeout=PRIMARY_SECONDS,
        **FORM,
    ) as pool:
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

    with errors_of(source):
        return await cancelled_once(answer())


class Databases(NamedTuple):
    """The one that is written to, and the one that is read; mostly the same."""

    primary: Pool
    near: Pool

    async def ask(
        self,
        name: str,
        parameters: Mapping[str, Any],
        row: type[Row],
        *,
        reader: str | None,
    ) -> list[Row]:
        """The rows as the primary has them; while it is away, as the near one does."""
        if self.primary is not self.near:
            with contextlib.suppress(DatabaseError):
                return await ask(self.primary, name, parameters, row, reader=reader)
        return await ask(self.near, name, parameters, row, reader=reader)


async def change(pool: Pool, name: str, parameters: Mapping[str, Any]) -> None:
    """Run the query in sql/queries/<name>.sql, which writes; to its end, once it has begun."""

    async def done(session: Session) -> None:
        with STATEMENTS.timed(name):
            await write(session, name, parameters)

    await to_its_end(pool, done)


async def change_for(
    pool: Pool,
    name: str,
    parameters: Mapping[str, Any],
    row: type[Row],
    *,
    reader: str,
) -> list[Row]:
    """The rows of a query that writes, as a reader may; to its end, once it has begun."""

    async def done(session: Session) -> list[Row]:
        with STATEMENTS.timed(name):
            return await write_for(reader, session, name, parameters, row)

    return await to_its_end(pool, done)


async def to_its_end(
    pool: Pool, work: Callable[[Session], Coroutine[Any, Any, Result]]
) -> Result:
    """Do work that ends even if nobody waits for it any more; waiting for a session may end."""
    with errors_of(pool):
        session = await pool.getconn()
        task = asyncio.create_task(given_back(pool, session, work(session)))
        # Where nobody waits for it any more, what went wrong is for no log.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(task)


async def given_back(
    pool: Pool, session: Session, work: Coroutine[Any, Any, Result]
) -> Result:
    """Do work, and give its session back to the pool."""
    try:
        async with session:
            return await work
    finally:
        await pool.putconn(session)


@contextlib.contextmanager
def errors_of(source: Source) -> Iterator[None]:
    """Errors of ours; those of a primary say whose they are."""
    try:
        with database_errors(source.name):
            yield
    except DatabaseError as error:
        if not isinstance(source, PrimaryPool):
            raise
        raise PrimaryError(str(error), error.code) from error


async def notify(pool: Pool, channel: str, payload: str) -> None:
    """Notify the listeners of a channel, from a session of the pool."""
    with database_errors(pool.name):
        async with pool.connection() as connection:
            await connection.execute(query("notify"), (channel, payload))
