"""The same rows as JSON, CSV and Arrow, and what HEAD and OPTIONS say."""

import csv
import io
import json
import sys
from typing import Any

import psycopg
import pyarrow
import pytest

from pgstrike.api.http.forms import MEDIA
from pgstrike.api.http.routes import ROUTES
from tests.api.conftest import Client
from tests.conftest import Stock
from tests.support.live_market import one_snapshot

pytestmark = pytest.mark.one_engine

CHAIN = "/v1/chain?symbol=NIFTY"
TABLES = (
    CHAIN,
    "/v1/metrics/expiry_metrics?symbol=NIFTY",
    "/v1/expiries?symbol=NIFTY",
    "/v1/strike-distribution?symbol=NIFTY&indicator=oi,iv",
    "/v1/metrics/market?symbol=NIFTY",
)


@pytest.fixture
def stock() -> Stock:
    return one_snapshot


async def read(client: Client, path: str, **headers: str) -> tuple[Any, bytes]:
    async with client.session.get(path, headers=headers) as answer:
        return answer, await answer.read()


def word(value: Any) -> str:
    """A value of JSON, its numbers as they were written, as CSV has it."""
    if isinstance(value, bool):
        return json.dumps(value)
    return "" if value is None else str(value)


async def test_csv_has_the_figures_of_the_json(
    client: Client, market: psycopg.Connection
) -> None:
    for path in TABLES:
        _, body = await read(client, path)
        table = json.loads(body, parse_float=str, parse_int=str)
        for more, accept in (("&format=csv", ""), ("", MEDIA["csv"])):
            answer, text = await read(client, path + more, Accept=accept)
            assert answer.status == 200
            assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
            names, *rows = csv.reader(io.StringIO(text.decode()))
            assert names == table["columns"]
            assert rows == [[word(x) for x in row] for row in table["rows"]] != []


async def test_arrow_has_the_figures_of_the_json(
    client: Client, market: psycopg.Connection
) -> None:
    for path in TABLES:
        _, body = await read(client, path)
        table = json.loads(body)
        _, stream = await read(client, path + "&format=arrow")
        found = pyarrow.ipc.open_stream(stream).read_all()
        assert found.column_names == table["columns"]
        for name, column in zip(
            found.column_names, zip(*table["rows"], strict=True), strict=True
        ):
            sent = [
                x.isoformat() if hasattr(x, "isoformat") else x
                for x in found[name].to_pylist()
            ]
            assert sent == list(column), (path, name)
    assert found.schema.field("clock").type == pyarrow.timestamp("us", tz="UTC")


async def test_page_says_where_the_next_one_begins(
    client: Client, market: psycopg.Connection
) -> None:
    _, body = await read(client, CHAIN + "&limit=1")
    answer, text = await read(client, CHAIN + "&limit=1&format=csv")
    assert answer.headers["X-Next-Cursor"] == json.loads(body)["cursor"]
    assert len(text.splitlines()) == 2


async def test_form_has_an_etag_of_its_own(
    client: Client, market: psycopg.Connection
) -> None:
    plain, _ = await read(client, CHAIN)
    table, _ = await read(client, CHAIN + "&format=csv")
    assert plain.headers["ETag"] != table.headers["ETag"]
    assert "Accept" in plain.headers["Vary"] and "Accept" in table.headers["Vary"]
    again = {"If-None-Match": table.headers["ETag"]}
    answer, body = await read(client, CHAIN + "&format=csv", **again)
    assert (answer.status, body) == (304, b"")
    assert (await read(client, CHAIN, **again))[0].status == 200


async def test_arrow_is_refused_in_words_without_pyarrow(
    client: Client, market: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    status, body = await client.get(CHAIN + "&format=arrow")
    assert (status, body["error"]["field"]) == (406, "format")
    assert "format=csv" in body["error"]["hint"]
    status, body = await client.get(CHAIN + "&format=xml")
    assert (status, body["error"]["code"]) == (400, "bad_format")


async def test_options_names_the_methods_of_every_path(client: Client) -> None:
    for row in ROUTES:
        for path in row.paths():
            asked = path.replace("{metric}", "pcr").replace("{id}", "1")
            asked = asked.partition("{")[0]
            async with client.session.options(asked) as answer:
                assert answer.status == 204, asked
                assert {*row.methods(), "OPTIONS"} <= set(
                    answer.headers["Allow"].split(", ")
                )
    async with client.session.options("/nothing") as answer:
        assert answer.status == 404


async def test_each_error_says_what_to_do(
    client: Client, market: psycopg.Connection
) -> None:
    for path, status, field in (
        (CHAIN + "&strikes=x", 400, "strikes"),
        (CHAIN + "&expiry=2025-09-03", 400, "expiry"),
        ("/v1/metrics/pcr?symbol=NIFTYY", 400, "symbol"),
        ("/v1/metrics/oi_change?symbol=NIFTY&over=x", 400, "over"),
        ("/v1/metrics/iv_rank?symbol=NIFTY&sessions=0", 400, "sessions"),
        ("/v1/nothing", 404, None),
        ("/api/tasks/99", 404, None),
    ):
        found, body = await client.get(path)
        assert (found, body["error"].get("field")) == (status, field), path
        assert body["error"]["hint"], path
    client.session.headers.clear()
    assert (await client.get(CHAIN))[1]["error"]["hint"].startswith("Send the header")
