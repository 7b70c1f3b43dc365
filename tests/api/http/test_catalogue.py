"""The catalogue is read once for all who wait for it, and again when it lacks a metric."""

import asyncio
from typing import Any

import psycopg
import pyarrow
import pytest

from pgstrike.api.http import catalogue
from pgstrike.api.http.catalogue import CatalogueReader, Listing
from pgstrike.db.errors import DatabaseError
from tests.api.conftest import Client

WAITING = 20


async def test_failure_is_that_of_all_who_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, is_asked, may_fail = [], asyncio.Event(), asyncio.Event()

    async def ask(*_: Any, **__: Any) -> list[Listing]:
        asked.append(len(asked))
        is_asked.set()
        await may_fail.wait()
        if len(asked) == 1:
            raise DatabaseError("the database does not answer")
        return [Listing(b'{"metrics":[]}')]

    monkeypatch.setattr(catalogue, "ask", ask)
    reader = CatalogueReader(None)  # type: ignore[arg-type]
    waiting = [asyncio.ensure_future(reader.read()) for _ in range(WAITING)]
    await is_asked.wait()
    waiting.pop().cancel()  # one that goes takes nothing from the others
    may_fail.set()
    failures = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(failure) for failure in failures} == {DatabaseError}
    assert asked == [0]
    assert (await reader.read()).metrics == ()
    assert (await reader.read()).metrics == () and asked == [0, 1]
    await reader.close()


@pytest.mark.one_engine
async def test_new_metric_has_its_types_and_pages_at_once(
    client: Client, connection: psycopg.Connection
) -> None:
    """No answer has more than 10,000 rows, in whichever form; the rest is behind a cursor."""
    assert (await client.get("/openapi.json"))[0] == 200
    connection.execute(
        "CREATE FUNCTION analytics.many(p_symbol text) RETURNS TABLE (n integer, delta bigint)"
        " LANGUAGE sql STABLE AS 'SELECT n, n FROM generate_series(1, 10001) AS n'"
    )
    path = "/v1/metrics/many?symbol=NIFTY"
    async with client.session.get(f"{path}&format=arrow") as answer:
        assert answer.status == 200
        found = pyarrow.ipc.open_stream(await answer.read()).read_all()
        assert answer.headers["X-Next-Cursor"].startswith("10000@")
    assert found.schema.types == [pyarrow.int64(), pyarrow.int64()]
    assert found["n"].to_pylist() == [*range(1, 10_001)]
    for more, rows in (("", 10_000), ("&limit=10000", 10_000), ("&limit=9999", 9_999)):
        status, body = await client.get(path + more)
        assert (status, len(body["rows"])) == (200, rows)
        assert body["cursor"].startswith(f"{rows}@")
    assert (await client.get(f"{path}&limit=10001"))[0] == 400
