"""Whatever a URL says, the answer is what was asked for, or one sentence; never a failure."""

import json
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote as quoted
from urllib.parse import urlencode

import psycopg
import pytest
from yarl import URL

from pgstrike.api.http.routes import ROUTES
from tests.api.conftest import Client
from tests.support.live_market import EXPIRIES, open_store, quote, refresh
from tests.support.parameters import PARAMETERS

REQUESTS = 400
VALUES = [
    "NIFTY", str(EXPIRIES[0]), "front", "next", "live", "5min", "1d", "oi", "iv", "chain",
    "call_oi,put_oi", "metrics", "atm:10", "24400..24600", "0", "1", "200", "24500",
    "2025-08-29T03:46:00Z", "2025-08-29T03:46:00+16:00", "15 minutes", "{24500,24600}", "true",
    # None of which is sensible anywhere.
    "", " ", "-1", "1e400", "NaN", "infinity", "-infinity", "99999999999999999999",
    "0001-01-01", "9999-12-31T23:59:59+14:00", "0001-01-01T00:00:00-14:00",
    "1000000 years", "-1 day", "atm:9999", "atm:-1", "2..1", "{", "{NaN,NULL}", "x" * 3000,
    "'; DROP TABLE fo.event; --", "\x00", "\u202e", "\ud83d\ude00", "%", "[]", "null",
]  # fmt: skip


@pytest.fixture
def market(connection: psycopg.Connection) -> psycopg.Connection:
    store = open_store(connection)
    quote(store, 0)
    refresh(connection)
    return connection


async def test_any_url_is_answered_or_refused_in_words(
    client: Client, market: psycopg.Connection
) -> None:
    random.seed(7)
    names = PARAMETERS | {
        f"metrics/{metric}": list(dict.fromkeys(parameters))
        for metric, parameters in market.execute(
            "SELECT metric, array_agg(parameter::text) FROM ops.metric_parameter"
            " GROUP BY metric ORDER BY metric"
        )
    }
    answered = 0
    for _ in range(REQUESTS):
        route = random.choice(list(names))
        sent = [
            (name, random.choice(VALUES))
            for name in random.choices(names[route], k=random.randint(0, 4))
        ]
        sent += [("symbol", "NIFTY")] * (random.random() < 0.8)
        url = f"/fo/{route}?" + "&".join(f"{n}={encoded(v)}" for n, v in sent)
        async with client.session.get(url) as answer:
            if answer.status == 200:
                answered += 1
                continue
            assert 400 <= answer.status < 500, (url, await answer.text())
            error = (await answer.json())["error"]
            assert error["code"] and error["message"], url
    assert answered > REQUESTS / 10


def encoded(value: str) -> str:
    return quoted(value.encode("utf-8", "surrogatepass"))


TOO_LARGE = ("2147483648", "9223372036854775808", "99999999999999999999")
OF_INSTANT = (
    "2025-02-30T00:00:00Z", "2025-08-29T03:46:00%2B16:00", "2025-08-29T03:46:00-99:59", "x",
)  # fmt: skip
OF_STRIKES = ("25000..24000", "atm:1001", "atm:-1", "1..", "x")
OF_DATE = ("2025-02-30", "2025-13-01", "yesterday", "12025-01-01")
OF_ANY = ("", "%00", "NIFTY%00", "%E2%80%AE", "x" * 8000)


def wrong_values(parameter: dict[str, Any]) -> Iterator[str]:
    """Queries in which the value of this parameter cannot be used."""
    name, schema = parameter["name"], parameter["schema"]
    is_list = schema.get("type") == "array"
    item = schema["items"] if is_list else schema
    example = parameter["example"][0] if is_list else parameter["example"]
    may_be_empty = item.get("minLength") == 0 or "" in item.get("enum", ())
    values = [value for value in OF_ANY if value or not may_be_empty]
    if name == "strikes" and "pattern" in item:
        values += OF_STRIKES
    if item.get("format") == "date-time":
        values += OF_INSTANT
    if name in ("expiry", "expiries"):
        values += OF_DATE
        days = [str(EXPIRIES[0] + timedelta(days)) for days in range(1000)]
        yield f"{name}={','.join(days)}"
        yield "&".join(f"{name}={day}" for day in days)
    if item.get("type") == "integer" or name in ("limit", "interval", "levels"):
        values += [each for each in TOO_LARGE if int(each) > item.get("maximum", 0)]
    yield from (f"{name}={value}" for value in values)
    if not is_list:
        yield urlencode([(name, example)] * 2)
    if name == "after":
        yield from (f"after=x:{number}" for number in TOO_LARGE[1:])


async def test_each_wrong_value_is_refused_by_its_name(
    client: Client, market: psycopg.Connection
) -> None:
    """On every path and metric: which parameter it is, and what to send instead."""
    _, document = await client.get("/openapi.json")
    shared, tried, faults = document["components"]["parameters"], 0, []
    strict = {row.path for row in ROUTES if row.parameters is not None}
    for path, method, operation in (
        (path, method, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if path in strict or path.startswith("/v1/metrics/")
    ):
        parameters = [
            shared[each["$ref"].rpartition("/")[2]] if "$ref" in each else each
            for each in operation["parameters"]
        ]
        cases = [("nosuch", "nosuch=1")] + [
            (each["name"], query)
            for each in parameters
            if each["in"] == "query"
            for query in wrong_values(each)
        ]
        needed = operation.get("x-example", {})
        for name, query in cases if method != "head" else cases[:1]:
            others = urlencode(
                {k: v for k, v in needed.items() if k != name}, doseq=True
            )
            place = path.replace("{id}", "1").replace("{name}", "none")
            url = f"{place}?{query}&{others}"
            async with client.session.request(method, URL(url, encoded=True)) as answer:
                body = b"" if method == "head" else await answer.read()
            tried += 1
            if answer.status != 400:
                faults.append(f"{answer.status} {method} {url[:150]} {body[:150]!r}")
            elif body:
                error = json.loads(body)["error"]
                if error.get("field") != name or not error.get("hint"):
                    faults.append(f"{method} {url[:150]} {error}")
    assert not faults, f"{len(faults)} of {tried}\n" + "\n".join(faults)
    assert tried > 1000


async def test_wrong_path_is_refused_in_words(
    client: Client, market: psycopg.Connection
) -> None:
    for path, name in (
        ("/v1/metrics/{}?symbol=NIFTY", "metric"),
        ("/api/tasks/{}", "id"),
    ):
        for value in ("%00", "%E2%80%AE", "x" * 8000, "x", *TOO_LARGE):
            url = URL(path.format(value), encoded=True)
            async with client.session.get(url) as answer:
                error = (await answer.json())["error"]
            assert answer.status in (400, 404) and error["hint"], (path, value)
            assert answer.status == 404 or error["field"] == name, (path, value)
            assert len(error["message"]) < 2000


async def test_head_that_is_longer_than_any_value_is_refused_in_words(
    client: Client,
) -> None:
    for headers, path in (
        ({}, "/live?x=" + "y" * 33_000),
        ({"X": "y" * 33_000}, "/live"),
    ):
        async with client.session.get(path, headers=headers) as answer:
            error = (await answer.json())["error"]
        assert (answer.status, error["code"]) == (431, "head_too_long")
        assert error["hint"] == "Send a shorter one."
