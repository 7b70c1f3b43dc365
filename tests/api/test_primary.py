"""What the api writes goes to the primary; while that is away, only writes are refused."""

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from pgstrike.api.settings import SOURCES
from pgstrike.api.sources import OPENED_BY
from tests.api.conftest import Serve
from tests.support.cookies import try_sign_in

pytestmark = pytest.mark.one_engine


def test_every_source_is_opened() -> None:
    assert set(SOURCES) == set(OPENED_BY)


async def test_writes_go_to_the_primary_and_are_read_there(
    serve: Serve, dsn: str, other_dsn: str
) -> None:
    async with serve(primary_dsn=other_dsn) as client:
        status, _, headers = await try_sign_in(client)
        assert status == 200
        del client.session.headers["Authorization"]  # the cookie has to do
        cookie, _, _ = headers["Set-Cookie"].partition(";")
        assert (await client.get("/v1/bootstrap", Cookie=cookie))[0] == 200
    assert [sessions(dsn), sessions(other_dsn)] == [0, 1]


def sessions(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT count(*) FROM job.session").fetchone()
        assert row is not None
        return int(row[0])


async def test_reads_go_on_while_the_primary_is_away(serve: Serve, dsn: str) -> None:
    away = make_conninfo(dsn, host="127.0.0.1", port="1")
    async with serve(primary_dsn=away) as client:
        status, answer, headers = await try_sign_in(client)
        assert status == 503
        assert answer["error"]["code"] == "primary_unavailable"
        assert headers["Retry-After"] == "5"
        assert (await client.get("/v1/bootstrap"))[0] == 200
