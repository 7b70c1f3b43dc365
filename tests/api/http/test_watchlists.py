"""Watchlists over HTTP: set, listed, read in every form, removed; bad ones are refused."""

import csv
import io
from typing import Any

import psycopg
import pyarrow
import pytest

from tests.api.conftest import Client, Serve
from tests.conftest import Stock
from tests.support.grants import add_key, add_market, holding
from tests.support.quote_market import value

pytestmark = pytest.mark.one_engine
PATH = "/v1/watchlists/mine"
ITEMS = [
    {"symbol": "NIFTY", "expiry": "front", "strikes": "atm:1"},
    {"symbol": "BANKNIFTY", "expiry": "2025-09-09", "strike": 24500},
]
CHAINS = (
    "symbol=NIFTY&expiry=front&strikes=atm:1",
    "symbol=BANKNIFTY&expiry=2025-09-09&strikes=24500..24500",
)


@pytest.fixture
def stock() -> Stock:
    return add_market


@pytest.fixture(autouse=True)
def market(stock: Stock, connection: psycopg.Connection) -> psycopg.Connection:
    return connection


async def put(client: Client, items: object, path: str = PATH) -> tuple[int, Any]:
    return await client.request("PUT", path, {"items": items})


async def test_watchlist_is_set_read_replaced_and_removed(client: Client) -> None:
    status, made = await put(client, ITEMS)
    assert (status, made["name"], made["items"]) == (201, "mine", ITEMS)
    assert await client.get("/v1/watchlists") == (200, {"watchlists": [made]})
    status, found = await client.get(PATH)
    assert status == 200
    chains = [(await client.get(f"/v1/chain?{chain}"))[1] for chain in CHAINS]
    assert found == {
        **made,
        "columns": ["symbol", *chains[0]["columns"]],
        "rows": [
            [symbol, *row]
            for symbol, chain in zip(("NIFTY", "BANKNIFTY"), chains, strict=True)
            for row in chain["rows"]
        ],
    }
    assert len(found["rows"]) == 4
    status, again = await put(client, ITEMS[1:])
    assert (status, again["items"]) == (200, ITEMS[1:])
    assert (await client.get(PATH))[1]["rows"] == found["rows"][3:]
    assert await client.request("DELETE", PATH) == (200, {})
    assert await client.get("/v1/watchlists") == (200, {"watchlists": []})
    for method in ("GET", "DELETE"):
        status, refused = await client.request(method, PATH)
        error = refused["error"]
        assert (status, error["code"], error["field"]) == (
            404, "unknown_watchlist", "name",
        )  # fmt: skip


async def test_rows_come_in_every_form_and_are_never_kept(client: Client) -> None:
    await put(client, ITEMS)
    _, found = await client.get(PATH)
    async with client.session.get(f"{PATH}?format=csv") as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        assert "ETag" not in answer.headers
        lines = [*csv.reader(io.StringIO(await answer.text()))]
    assert lines[0] == found["columns"] and len(lines) == 5
    assert [line[0] for line in lines[1:]] == [row[0] for row in found["rows"]]
    async with client.session.get(f"{PATH}?format=arrow") as answer:
        table = pyarrow.ipc.open_stream(await answer.read()).read_all()
    assert table.column_names == found["columns"]
    assert table["symbol"].to_pylist() == ["NIFTY"] * 3 + ["BANKNIFTY"]
    of_strike = found["columns"].index("strike")
    assert table["strike"].to_pylist() == [row[of_strike] for row in found["rows"]]


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({}, 422, "bad_items", "items"),
        ({"items": None}, 422, "bad_items", "items"),
        ({"items": {}}, 422, "bad_items", "items"),
        ({"items": ["NIFTY"]}, 422, "bad_items", "items[0]"),
        ({"items": ITEMS, "name": "x"}, 422, "unknown_field", "name"),
        ({"items": [{**ITEMS[0], "x": 1}]}, 422, "bad_items", "items[0].x"),
        ({"items": [{**ITEMS[0], "symbol": 3}]}, 422, "bad_items", "items[0].symbol"),
        ({"items": [{**ITEMS[0], "symbol": "\0"}]}, 422, "bad_items", "items"),
        ({"items": [{**ITEMS[1], "strike": float("inf")}]}, 422, "bad_items", "items"),
        (
            {"items": [*ITEMS, {**ITEMS[0], "symbol": "NOSUCH"}]},
            400, "unknown_symbol", "items[2].symbol",
        ),
        (
            {"items": [{**ITEMS[0], "expiry": "2031-01-01"}]},
            400, "unknown_expiry", "items[0].expiry",
        ),
        (
            {"items": [{**ITEMS[0], "strikes": "atm:x"}]},
            400, "bad_strikes", "items[0].strikes",
        ),
        ({"items": ITEMS[:1] * 501}, 422, "too_many_items", "items"),
    ],
)  # fmt: skip
async def test_bad_watchlist_is_refused_by_its_field(
    market: psycopg.Connection,
    client: Client,
    body: dict[str, Any],
    status: int,
    code: str,
    field: str,
) -> None:
    found, said = await client.request("PUT", PATH, body)
    error = said["error"]
    assert (found, error["code"], error["field"]) == (status, code, field)
    assert "\n" not in error["message"] and error["hint"]
    assert value(market, "SELECT count(*) FROM job.watchlist") == 0


async def test_what_is_no_json_object_is_refused(client: Client) -> None:
    for body in (b"[" * 60_000, b"[]", b"{", b'{"items":[NaN]}'):
        async with client.session.put(
            PATH, data=body, headers={"Content-Type": "application/json"}
        ) as answer:
            assert answer.status in (400, 422), body[:10]
    status, said = await put(client, [], "/v1/watchlists/No%20Name")
    assert (status, said["error"]["field"]) == (400, "name")
    assert (await put(client, [], "/v1/watchlists/a%00b"))[0] == 400


async def test_each_key_has_its_own_lists(
    market: psycopg.Connection, serve: Serve
) -> None:
    add_key(market, "one", "key-of-one", symbols=["NIFTY"])
    add_key(market, "boss", "key-of-boss", is_admin=True)
    async with (
        holding(serve, "key-of-one") as one,
        holding(serve, "key-of-boss") as boss,
    ):
        status, said = await put(one, ITEMS)
        assert (status, said["error"]["code"]) == (400, "unknown_symbol")
        assert said["error"]["field"] == "items[1].symbol"
        assert (await put(one, ITEMS[:1]))[0] == 201
        assert (await boss.get(PATH))[0] == 404
        assert await boss.get("/v1/watchlists") == (200, {"watchlists": []})
        assert (await put(boss, ITEMS))[0] == 201
        assert len((await boss.get(PATH))[1]["rows"]) == 4
        assert len((await one.get(PATH))[1]["rows"]) == 3
        assert (await boss.request("DELETE", PATH))[0] == 200
        assert (await one.get(PATH))[0] == 200
        market.execute(
            "UPDATE job.api_key SET symbols = '{BANKNIFTY}' WHERE name = 'one'"
        )
        status, found = await one.get(PATH)
        assert (status, found["items"], found["rows"]) == (200, ITEMS[:1], [])


async def test_list_has_ten_thousand_rows_at_most(
    market: psycopg.Connection, client: Client
) -> None:
    """One row less is answered: the bound is asked for with a lower one."""
    await put(client, [{"symbol": "NIFTY", "expiry": "all"}])
    [text] = market.execute(
        "SELECT pg_get_functiondef('ops.watchlist_rows'::regproc)"
    ).fetchone() or [""]
    for most, status in ((10, 200), (9, 400)):
        market.execute(text.replace("10000", str(most)).encode())
        found, said = await client.get(PATH)
        assert found == status
    assert said["error"]["code"] == "too_many_rows"
