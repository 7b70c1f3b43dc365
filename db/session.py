"""Reading for somebody: each transaction says for whom, and nothing of that outlives it."""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, Final, TypeAlias, TypeVar

import psycopg
from psycopg.rows import TupleRow, class_row

from pgstrike.db.queries import query

EVERYTHING: Final = "*"  # the reader who has every right
STATEMENT_TIMEOUT: Final = "30s"  # of every reader, through the api or not
# The settings of the api's sessions.
OF_THE_API: Final = {
    # What a reader is shown goes by its rights, and the api itself has none but to ask.
    "role": "pgstrike_server",
    "default_transaction_read_only": "on",
    "statement_timeout": STATEMENT_TIMEOUT,
    # A plan made for the arguments costs 0.4 ms, and is never one for all arguments.
    "plan_cache_mode": "force_custom_plan",
}

Session: TypeAlias = psycopg.AsyncConnection[TupleRow]
Row = TypeVar("Row")
Result = TypeVar("Result")


async def read_for(
    reader: str | None,
    session: Session,
    name: str,
    parameters: Mapping[str, Any],
    row: type[Row],
) -> list[Row]:
    """The rows of a query, in a transaction of its own that has the rights of a reader.

    Both statements are sent before an answer is read, and one Sync ends both: for Postgres
    that is one transaction. Whatever interrupts us, the next one starts as nobody's.
    """
    cursor = session.cursor(binary=True, row_factory=class_row(row))
    try:
        async with session.pipeline():
            if reader is not None:
                await session.execute(query("read_for"), [reader])
            await cursor.execute(query(name), parameters)
        return await cursor.fetchall()
    except psycopg.errors.InvalidParameterValue:
        raise  # refused by our SQL: all that was sent has come to its end
    except BaseException:
        close_unless_idle(session)
        await forget_statements(session)
        raise


async def write_for(
    reader: str,
    session: Session,
    name: str,
    parameters: Mapping[str, Any],
    row: type[Row],
) -> list[Row]:
    """The rows of a query that writes, in a transaction of its own with a reader's rights."""
    cursor = session.cursor(binary=True, row_factory=class_row(row))
    try:
        async with session.pipeline():
            await session.execute("BEGIN READ WRITE")
            await session.execute(query("read_for"), [reader])
            await cursor.execute(query(name), parameters)
            await session.execute("COMMIT")
        return await cursor.fetchall()
    except psycopg.errors.InvalidParameterValue:
        await roll_back(session)  # refused by our SQL; the session is as good as before
        raise
    finally:
        close_unless_idle(session)


async def write(session: Session, name: str, parameters: Mapping[str, Any]) -> None:
    """Run a query that writes, in a session whose transactions only read otherwise."""
    try:
        async with session.pipeline():
            await session.execute("BEGIN READ WRITE")
            await session.execute(query(name), parameters)
            await session.execute("COMMIT")
    except psycopg.errors.InvalidParameterValue:
        await roll_back(session)
        raise
    finally:
        close_unless_idle(session)


async def roll_back(session: Session) -> None:
    """End a transaction that failed, where all answers have come."""
    if session.pgconn.pipeline_status == psycopg.pq.PipelineStatus.OFF:
        await session.rollback()  # it clears the prepared statements as well


def close_unless_idle(session: Session) -> None:
    """Close a session that still owes answers: the next reader would get them."""
    state = session.pgconn
    if (
        state.pipeline_status != psycopg.pq.PipelineStatus.OFF
        or state.transaction_status != psycopg.pq.TransactionStatus.IDLE
    ):
        state.finish()


async def forget_statements(session: Session) -> None:
    """Have psycopg and the server forget prepared statements.

    psycopg counts a statement as prepared once it has asked for it, even if the request was
    cut off; every later use of it would fail.
    """
    if not session.closed:
        try:
            await session.execute("BEGIN")
            await session.rollback()  # psycopg then deallocates all
        except psycopg.Error:
            session.pgconn.finish()


async def cancelled_once(work: Coroutine[Any, Any, Result]) -> Result:
    """Run work that uses a session; when cancelled, let it first tidy up the session.

    psycopg has the server cancel the query, and reads the rest of its answer. A second
    cancellation would interrupt that, so it is kept away.
    """
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # it is nobody's any more, and for no log
        raise
