"""The same rows as JSON, CSV and Arrow, and what HEAD and OPTIONS say."""

import asyncio
import csv
import io
import json
import re
import sys
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
import psycopg
import pyarrow
import pytest

from pgstrike.api.http.forms import MEDIA, SLICE_VALUES, Rows, in_arrow, in_csv
from pgstrike.api.http.routes import ROUTES
from tests.api.conftest import Client
from tests.conftest import Stock
from tests.support.live_market import open_store, quote, refresh

pytestmark = pytest.mark.one_engine

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT")
CHAIN = "/v1/chain?symbol=NIFTY"
MORE = (
    CHAIN,
    CHAIN + "&timeframe=5min",
    "/v1/expiries?symbol=NIFTY",
    "/v1/bars?symbol=NIFTY&fill=true",
    "/v1/strike-distribution?symbol=NIFTY&indicator=oi,iv",
    "/v1/moneyness-series?symbol=NIFTY&indicator=volume,ltp",
)


def two_snapshots(connection: psycopg.Connection) -> None:
    """Snapshots of two expiries, a quarter of an hour apart."""
    store = open_store(connection)
    for minute in (0, 15):
        quote(store, minute, seed=minute)
    refresh(connection)


@pytest.fixture
def stock() -> Stock:
    return two_snapshots


async def read(client: Client, path: str, **headers: str) -> tuple[Any, bytes]:
    async with client.session.get(path, headers=headers) as answer:
        return answer, await answer.read()


def word(value: Any) -> str:
    """A value of JSON, its numbers as they were written, as CSV has it."""
    if isinstance(value, bool):
        return json.dumps(value)
    return "" if value is None else str(value)


@pytest.fixture
async def tables(client: Client) -> list[str]:
    """A request for each metric of the catalogue, and others whose columns are special."""
    _, document = await client.get("/openapi.json")
    return [*MORE] + [
        f"{path}?{urlencode(operations['get']['x-example'], doseq=True)}"
        for path, operations in document["paths"].items()
        if path.startswith("/v1/metrics/")
    ]


async def test_csv_has_the_figures_of_the_json(
    client: Client, market: psycopg.Connection, tables: list[str]
) -> None:
    filled = 0
    for path in tables:
        _, body = await read(client, path)
        table = json.loads(body, parse_float=str, parse_int=str)
        for more, accept in (("&format=csv", ""), ("", MEDIA["csv"])):
            answer, text = await read(client, path + more, Accept=accept)
            assert answer.status == 200
            assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
            names, *rows = csv.reader(io.StringIO(text.decode()))
            assert names == table["columns"]
            assert rows == [[word(x) for x in row] for row in table["rows"]]
        filled += rows != []
    assert filled > len(tables) * 3 / 4


async def test_arrow_has_the_figures_of_the_json(
    client: Client, market: psycopg.Connection, tables: list[str]
) -> None:
    """Each column has the type of its own metric: names have others in other metrics."""
    types: dict[str, set[pyarrow.DataType]] = {}
    for path in tables:
        _, body = await read(client, path)
        table = json.loads(body)
        answer, stream = await read(client, path + "&format=arrow")
        assert answer.headers["Content-Type"] == MEDIA["arrow"]
        found = pyarrow.ipc.open_stream(stream).read_all()
        assert found.column_names == table["columns"]
        columns = list(zip(*table["rows"], strict=True))
        for column, sent in zip(found.itercolumns(), columns, strict=bool(columns)):
            assert [plain(x) for x in column.to_pylist()] == [plain(x) for x in sent]
        for field in found.schema:
            types.setdefault(field.name, set()).add(field.type)
    assert {pyarrow.int64(), pyarrow.float64()} in types.values()
    assert types["clock"] == {pyarrow.timestamp("us", tz="UTC")}


def plain(value: Any) -> Any:
    """A value of JSON or Arrow: an instant with the same digits in both."""
    if isinstance(value, str) and INSTANT.match(value):
        value = datetime.fromisoformat(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


async def test_long_table_leaves_the_loop_to_others(client: Client) -> None:
    """What waits in the loop goes on after a small part of the conversion, not after it."""
    row = '["2025-08-29T03:45:00+00:00",24500,0.125,null,"a"]'
    body = f'{{"columns":["t","k","x","n","s"],"rows":[{",".join([row] * 20_000)}]}}'
    table = msgspec.json.decode(body, type=Rows)
    types = {"t": "timestamp with time zone", "k": "integer", "s": "text"}
    for converted in (in_csv(table), in_arrow(table, types)):
        work, turns = asyncio.ensure_future(converted), 0
        while not work.done():
            await asyncio.sleep(0)
            turns += 1
        assert turns >= 20_000 * 5 / SLICE_VALUES
        assert len(work.result()) > 100_000


async def test_page_says_where_the_next_one_begins(
    client: Client, market: psycopg.Connection
) -> None:
    _, body = await read(client, CHAIN + "&limit=1")
    answer, text = await read(client, CHAIN + "&limit=1&format=csv")
    assert answer.headers["X-Next-Cursor"] == json.loads(body)["cursor"]
    assert len(text.splitlines()) == 2


async def test_each_form_and_coding_has_an_etag_of_its_own(
    client: Client, market: psycopg.Connection
) -> None:
    """Each is unchanged to who has that very one, and to nobody else."""
    for more in ("", "&at=2025-08-29T03:46:00Z", "&limit=1"):
        for coding in ("identity", "zstd", "br", "gzip"):
            await check_etags(client, CHAIN + more, coding)


async def check_etags(client: Client, path: str, coding: str) -> None:
    etags = {}
    for form, media in MEDIA.items():
        sent = {"Accept-Encoding": coding, "Accept": media}
        answer, _ = await read(client, path, **sent)
        assert answer.status == 200
        assert "Accept" in answer.headers["Vary"].split(", ")
        etags[form] = answer.headers["ETag"]
    assert len({*etags.values()}) == len(MEDIA)
    for form, media in MEDIA.items():
        for had, etag in etags.items():
            sent = {"Accept-Encoding": coding, "Accept": media, "If-None-Match": etag}
            answer, body = await read(client, path, **sent)
            assert answer.status == (304 if had == form else 200), (form, had)
            if had == form:
                assert (body, answer.headers["ETag"]) == (b"", etag)
                assert "Accept-Encoding" in answer.headers["Vary"]


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
            asked = asked.replace("{name}", "none")
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
