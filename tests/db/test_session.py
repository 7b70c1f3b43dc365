"""db.session: each transaction is for one reader, and an interrupted one leaves nothing."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

import psycopg
import pytest

from pgstrike.db import session as module
from pgstrike.db.queries import query
from pgstrike.db.session import Session, cancelled_once, read_for, write, write_for

QUERIES = {
    "who": "SELECT coalesce(current_setting('pgstrike.key', TRUE), '') AS name",
    "slow": "SELECT pg_sleep(60)::text AS name",
    "broken": "SELECT (1 / %(by)s::int)::text AS name",
    "refused": "SELECT ops.fail(%(text)s)::text AS name",
    "note": "INSERT INTO public.note VALUES (%(text)s)",
}


class Row(NamedTuple):
    name: str


@pytest.fixture(autouse=True)
def queries(monkeypatch: pytest.MonkeyPatch) -> None:
    def named(name: str) -> bytes:
        return QUERIES[name].encode() if name in QUERIES else query(name)

    monkeypatch.setattr(module, "query", named)


@pytest.fixture
async def session(dsn: str, connection: psycopg.Connection) -> AsyncIterator[Session]:
    """A session whose transactions only read, as those of the api's pool."""
    connection.execute("CREATE TABLE public.note (text text)")
    connection.execute(
        "CREATE FUNCTION ops.fail(text) RETURNS text LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE invalid_parameter_value USING MESSAGE = $1; END $$"
    )
    opened = await psycopg.AsyncConnection.connect(dsn, autocommit=True)
    async with opened:
        await opened.execute("SET default_transaction_read_only = on")
        yield opened


@pytest.fixture
def notes(connection: psycopg.Connection) -> Iterator[list[str]]:
    """What was written, as another session sees it."""

    class Notes(list[str]):
        def __iter__(self) -> Iterator[str]:
            found = connection.execute("SELECT text FROM public.note").fetchall()
            return iter([text for (text,) in found])

    yield Notes()


async def who(session: Session, reader: str | None) -> str:
    [row] = await read_for(reader, session, "who", {}, Row)
    return row.name


async def test_transaction_is_its_readers_and_the_next_one_nobodys(
    session: Session,
) -> None:
    assert await who(session, "one") == "one"
    assert await who(session, None) == ""
    assert await who(session, "other") == "other"
    found = await (await session.execute(QUERIES["who"].encode())).fetchone()
    assert found == ("",)


async def test_question_that_our_sql_refuses_costs_the_session_nothing(
    session: Session,
) -> None:
    await session.execute("SELECT 1", prepare=True)
    for _ in range(2):
        with pytest.raises(psycopg.errors.InvalidParameterValue, match="no such"):
            await read_for("one", session, "refused", {"text": "no such"}, Row)
        assert await prepared(session)
    assert await who(session, "one") == "one"


async def test_write_that_our_sql_refuses_costs_no_session(session: Session) -> None:
    asked = "refused", {"text": "no such"}
    for refused in (write_for("one", session, *asked, Row), write(session, *asked)):
        with pytest.raises(psycopg.errors.InvalidParameterValue, match="no such"):
            await refused
        assert await who(session, "one") == "one"


async def prepared(session: Session) -> int:
    found = await session.execute("SELECT FROM pg_prepared_statements", prepare=False)
    return found.rowcount


async def test_statement_that_fails_leaves_nothing_prepared(session: Session) -> None:
    await session.execute("SELECT 1", prepare=True)
    for _ in range(7):  # often enough that psycopg prepares it
        with pytest.raises(psycopg.errors.DivisionByZero):
            await read_for("one", session, "broken", {"by": 0}, Row)
        assert not session.closed and await prepared(session) == 0
    [row] = await read_for("one", session, "broken", {"by": 1}, Row)
    assert row.name == "1"


async def test_session_that_owes_an_answer_is_closed(
    session: Session, connection: psycopg.Connection
) -> None:
    """It was cut off in the middle: the next reader would be given this one's rows."""
    reading = asyncio.create_task(read_for("one", session, "slow", {}, Row))
    await until_it_runs(session, connection)
    session.pgconn.finish()
    with pytest.raises(psycopg.OperationalError):
        await asyncio.wait_for(reading, 60)
    assert session.closed


async def until_it_runs(session: Session, connection: psycopg.Connection) -> None:
    pid = session.info.backend_pid
    runs = "SELECT FROM pg_stat_activity WHERE pid = %s AND wait_event = 'PgSleep'"
    async with asyncio.timeout(60):
        while not connection.execute(runs, [pid]).rowcount:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_session_serves_the_next_once_its_reader_is_gone(
    session: Session, connection: psycopg.Connection
) -> None:
    reading = await begin_slow(session, connection)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(reading, 60)
    assert await who(session, None) == ""


async def test_session_is_brought_in_order_however_often_its_reader_is_cancelled(
    session: Session, connection: psycopg.Connection
) -> None:
    before = asyncio.all_tasks()
    reading = await begin_slow(session, connection)
    for _ in range(3):
        reading.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(reading, 60)
    if left := asyncio.all_tasks() - before:
        await asyncio.wait(left)
    assert await who(session, None) == ""


async def begin_slow(
    session: Session, connection: psycopg.Connection
) -> "asyncio.Task[list[Row]]":
    """A reading that runs in the server."""
    reading = asyncio.create_task(
        cancelled_once(read_for("one", session, "slow", {}, Row))
    )
    await until_it_runs(session, connection)
    return reading


async def test_what_is_written_stays_and_the_session_only_reads_again(
    session: Session, notes: list[str]
) -> None:
    await write(session, "note", {"text": "a"})
    assert [*notes] == ["a"]
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        await session.execute("INSERT INTO public.note VALUES ('b')")
    assert await who(session, None) == ""


async def test_session_whose_writing_failed_serves_nobody(
    session: Session, connection: psycopg.Connection, notes: list[str]
) -> None:
    connection.execute("ALTER TABLE public.note ADD CHECK (text <> 'bad')")
    with pytest.raises(psycopg.errors.CheckViolation):
        await write(session, "note", {"text": "bad"})
    assert session.closed and [*notes] == []
