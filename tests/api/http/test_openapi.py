"""GET /openapi.json: what the api says of itself is valid, whole and true."""

import re
from typing import Any

import psycopg
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

from pgstrike.api.http.route import Caller
from pgstrike.api.http.routes import ROUTES
from tests.api.conftest import Client, Serve
from tests.conftest import Stock
from tests.support.live_market import one_snapshot

NUMBERS = {"integer", "number"}


@pytest.fixture
def stock() -> Stock:
    return one_snapshot


@pytest.fixture
async def described(client: Client) -> dict[str, Any]:
    status, document = await client.get("/openapi.json")
    assert status == 200
    return dict(document)


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def example_of(operation: dict[str, Any]) -> dict[str, Any]:
    """The example of what an operation needs, as a URL has it."""
    return {
        name: value if isinstance(value, list) else str(value)
        for name, value in operation["x-example"].items()
    }


@pytest.mark.one_engine
async def test_document_is_valid_and_names_every_route(
    described: dict[str, Any],
) -> None:
    OpenAPIV31SpecValidator(described).validate()
    ids = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(ids) == len(set(ids))
    for row in ROUTES:
        path = re.sub(r"\{(\w+)[^}]*\}", r"{\1}", row.path)
        for method in row.methods():
            found = described["paths"][path.replace("{metric}", "pcr")]
            assert method.lower() in found, (method, path)


@pytest.mark.one_engine
def test_each_route_says_what_it_answers() -> None:
    for row in ROUTES:
        assert row.answers is not None, row.path


@pytest.mark.one_engine
async def test_document_is_the_same_without_a_key(serve: Serve) -> None:
    async with serve() as client:
        with_key = await client.get("/openapi.json")
        client.session.headers.clear()
        assert await client.get("/openapi.json") == with_key
        assert "the-key" not in str(with_key)
        async with client.session.get("/openapi.json") as answer:
            etag = answer.headers["ETag"]
        again = {"If-None-Match": etag}
        async with client.session.get("/openapi.json", headers=again) as answer:
            assert answer.status == 304


@pytest.mark.one_engine
async def test_open_routes_ask_for_no_key(described: dict[str, Any]) -> None:
    for row in ROUTES:
        path = re.sub(r"\{(\w+)[^}]*\}", r"{\1}", row.path).replace("{metric}", "pcr")
        security = described["paths"][path][row.method.lower()]["security"]
        assert ({} in security) == (row.caller is Caller.ANYONE), row.path


async def test_numbers_have_units(described: dict[str, Any]) -> None:
    """A new column of a metric gets its unit in ops.column_unit."""
    lacking = set()
    for method, path, operation in operations(described):
        if method != "get" or not path.startswith("/v1/metrics/"):
            continue
        [media] = [
            each
            for name, each in operation["responses"]["200"]["content"].items()
            if name == "application/json"
        ]
        items = media["schema"]["then"]["properties"]["rows"]["items"]["prefixItems"]
        for column in items:
            if NUMBERS & set(column["type"]) and "x-unit" not in column:
                lacking.add(f"{path}: {column['title']}")
    assert lacking == set()


async def test_answers_are_as_described(
    client: Client, stock: Stock, connection: psycopg.Connection
) -> None:
    """Each route with the examples of what it needs, each answer against its schema."""
    _, document = await client.get("/openapi.json")
    answered = 0
    for method, path, operation in operations(document):
        good = operation["responses"].get("200", {}).get("content", {})
        if method != "get" or "{" in path or "application/json" not in good:
            continue
        examples = example_of(operation)
        async with client.session.get(path, params=examples) as response:
            body = await response.json()
            assert response.status == 200, (path, body)
        schema = good["application/json"]["schema"]
        Draft202012Validator(schema, format_checker=FormatChecker()).validate(body)
        answered += "rows" in body and len(body["rows"]) > 0
    assert answered > 15


@pytest.mark.one_engine
async def test_timeframes_are_those_that_are_answered(
    client: Client, stock: Stock, connection: psycopg.Connection
) -> None:
    """On every path and metric: each that is listed is answered, and no other."""
    _, document = await client.get("/openapi.json")
    shared, tried = document["components"]["parameters"], 0
    for method, path, operation in operations(document):
        named = [
            shared[each["$ref"].rpartition("/")[2]]
            for each in operation["parameters"]
            if "$ref" in each
        ]
        listed = [x["schema"]["enum"] for x in named if x["name"] == "timeframe"]
        if method != "get" or not listed:
            continue
        sent = example_of(operation)
        for word in ("live", "1min", "5min", "15min", "1h", "1d"):
            query = {"symbol": "NIFTY", **sent, "timeframe": word}
            async with client.session.get(path, params=query) as answer:
                expected = 200 if word in listed[0] else 400
                assert answer.status == expected, (path, word)
        tried += 1
    assert tried > 15
