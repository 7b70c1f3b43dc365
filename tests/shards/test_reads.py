"""What two servers with a symbol each answer: the same as one server with both."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import psycopg
import pytest

from pgstrike.api.http.routes import ROUTES
from tests.api.conftest import Client
from tests.shards.conftest import HOME, SHARD, bank, quoted, served
from tests.support.grants import add_key
from tests.support.heard import changed

OF_SYMBOL = {  # what a route cannot do without, beside a symbol
    "/v1/chain": "&expiry=front",
    "/v1/bars": "&timeframe=1min",
    "/v1/expiries": "",
    "/v1/signals": "",
    "/v1/strike-distribution": "",
    "/v1/moneyness-series": "",
    "/v1/panel": "&expiry=front",
    "/v1/models": "",
    "/udf/symbols": "",
    "/udf/history": "&resolution=1&from=0&to=2000000000",
}
OF_ALL = {
    "/v1/bootstrap": "",
    "/v1/events": "",
    "/v1/models": "",
    "/v1/metrics": "",
    "/v1/feeds": "",
    "/v1/alerts": "",
    "/v1/watchlists": "",
    "/v1/panel": f"?symbol={HOME}&symbol={SHARD}&expiry=front",
    "/udf/config": "",
    "/udf/search": "?query=NIF",
    "/session": "",
    "/api/tasks": "",
    "/api/task-kinds": "",
    "/openapi.json": "",
}
# Of the process, or of the moment.
OWN = {
    "/health",
    "/ready",
    "/live",
    "/metrics",
    "/api/performance-metrics",
    "/api/logs",
    "/v1/cache",
    "/udf/time",
    "/docs",
    "/",
    "/licences",
}
# Ids and times of commits differ, and the order of lists of servers.
OF_ITS_OWN = {
    "event",
    "newest",
    "committed_at",
    "wall_pace_seconds",
    "id",
    "epoch",
    "at",
}


@pytest.fixture
async def both(
    dsn: str, other_dsn: str, new_dsn: Callable[[], str]
) -> AsyncIterator[tuple[Client, Client]]:
    """Apis of one server with both symbols, and of two with one each."""
    one = new_dsn()
    quoted(one, 0, HOME, SHARD)
    quoted(dsn, 0, HOME)
    quoted(other_dsn, 0, SHARD)
    async with served(one) as whole, served(dsn, bank(other_dsn)) as split:
        yield whole, split


async def answer(client: Client, path: str) -> tuple[int, Any]:
    async with client.session.get(path) as response:
        return response.status, same(named(await response.json()))


def named(body: Any) -> Any:
    """The rows of a table by the names of their columns."""
    if not (isinstance(body, dict) and {"columns", "rows"} <= body.keys()):
        return body
    rows = [dict(zip(body["columns"], row, strict=True)) for row in body["rows"]]
    return {**body, "rows": rows}


def same(body: Any) -> Any:
    """The body without what is of one server's own."""
    if isinstance(body, dict):
        return {k: same(v) for k, v in body.items() if k not in OF_ITS_OWN}
    return [same(each) for each in body] if isinstance(body, list) else body


async def test_every_route_answers_alike(both: tuple[Client, Client]) -> None:
    whole, split = both
    paths = {
        route.path
        for route in ROUTES
        if route.method == "GET" and "{" not in route.path
    }
    streams = {path for path in paths if "stream" in path or "/v1/events/" in path}
    assert paths - streams - OWN == OF_SYMBOL.keys() | OF_ALL.keys()
    asked = [
        f"{path}?symbol={symbol}{more}"
        for path, more in OF_SYMBOL.items()
        for symbol in (HOME, SHARD)
    ]
    for path in (*asked, *(f"{path}{more}" for path, more in OF_ALL.items())):
        expected, found = await answer(whole, path), await answer(split, path)
        assert expected[0] == found[0] == 200, (path, expected, found)
        if not path.startswith("/v1/events"):
            assert expected == found, path


async def test_every_metric_answers_alike(both: tuple[Client, Client]) -> None:
    whole, split = both
    _, listed = await whole.get("/v1/metrics")
    names = [metric["metric"] for metric in listed["metrics"]]
    for name in names:
        asked = f"/v1/metrics/{name}?symbol={SHARD}"
        assert await answer(split, asked) == await answer(whole, asked), asked


async def test_events_are_paged_without_a_hole(both: tuple[Client, Client]) -> None:
    whole, split = both
    _, expected = await whole.get("/v1/events?limit=1000")
    told, after = list[Any](), ""
    while True:
        _, page = await split.get(f"/v1/events?limit=3{after}")
        assert len(page["events"]) <= 3
        told += page["events"]
        if page["event"] == page["newest"]:
            break
        after = f"&after={page['event']}"
    for symbol in (HOME, SHARD):
        texts = [
            [same(event) for event in events if event.get("symbol") == symbol]
            for events in (told, expected["events"])
        ]
        assert texts[0] == texts[1] and texts[0]


async def test_etag_of_all_holds_until_one_changes(
    both: tuple[Client, Client], other_dsn: str
) -> None:
    _, split = both
    async with split.session.get("/v1/bootstrap") as response:
        etag = response.headers["ETag"]
    same = {"If-None-Match": etag}
    async with split.session.get("/v1/bootstrap", headers=same) as response:
        assert response.status == 304
    quoted(other_dsn, 1, SHARD, seed=1)
    home, _, _ = (await changed(split, "/v1/bootstrap", etag))["event"].partition(",")
    # An id of all servers is understood where one is asked.
    asked = f"/v1/chain?symbol={SHARD}&expiry=front"
    _, chain = await split.get(asked)
    status, body = await split.get(f"{asked}&after={home},{chain['event']}")
    assert (status, body) == (200, chain)


async def test_key_reads_no_hidden_symbol_through_the_merge(
    dsn: str, other_dsn: str
) -> None:
    for name, symbol in ((dsn, HOME), (other_dsn, SHARD)):
        quoted(name, 0, symbol)
        with psycopg.connect(name, autocommit=True) as connection:
            add_key(connection, "some", "sent", symbols=[HOME])
    async with served(dsn, bank(other_dsn)) as split:
        split.session.headers["Authorization"] = "Bearer sent"
        await refuse_hidden(split)


async def refuse_hidden(split: Client) -> None:
    for path in ("/v1/bootstrap", "/v1/events?limit=1000", "/udf/search?query=NIF"):
        status, body = await split.get(path)
        assert status == 200 and HOME in json.dumps(body), body
        assert SHARD not in json.dumps(body)
    for path in ("/v1/chain?expiry=front&", "/v1/stream?", "/v1/panel?expiry=front&"):
        status, _ = await split.get(f"{path}symbol={SHARD}")
        assert status in (400, 403, 404), path
        status, _ = await split.get(f"{path}symbol={HOME}&symbol={SHARD}")
        assert status in (400, 403, 404), path
