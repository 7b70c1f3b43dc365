"""Bundles: the whole state of a page first, then again whenever it changed."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from pgstrike.db.log_ring import RING
from pgstrike.db.timing import STATEMENTS
from tests.api.conftest import KEY, Client, Serve
from tests.support.heard import until_heard
from tests.support.live_market import (
    FRONT,
    append,
    open_store,
    quote,
    refresh,
)
from tests.support.panel_reader import Held
from tests.support.sse_reader import Dispatched, Stream

READERS = 50


@contextlib.asynccontextmanager
async def opened(client: Client, path: str, **headers: str) -> AsyncIterator[Stream]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with client.session.get(path, headers=named) as response:
        assert response.status == 200, await response.text()
        yield Stream(response)


async def next_of(stream: Stream) -> tuple[Dispatched, dict[str, Any]]:
    async with asyncio.timeout(20):
        event = await stream.next()
    return event, json.loads(event.data)


def moved_market(connection: psycopg.Connection) -> int:
    """Two snapshots a quarter of an hour apart, so that some legs stand out."""
    store = open_store(connection)
    quote(store, 0, seed=1)
    quote(store, 15, seed=2)
    refresh(connection)
    return append(connection, 1)


@pytest.mark.parametrize("prefix", ["/v1", "/fo", ""])
async def test_intraday_is_the_answer_of_signals(
    client: Client, connection: psycopg.Connection, prefix: str
) -> None:
    moved_market(connection)
    path = f"{prefix}/events/intraday?symbol=NIFTY&interval=0"
    async with opened(client, path) as stream:
        event, body = await next_of(stream)
        assert event.type == "intraday"
        _, said = await client.get("/v1/signals?symbol=NIFTY&limit=120")
        assert body["rows"] == said["rows"]
        assert 0 < len(body["rows"]) <= 120
        quote(open_store(connection), 20, seed=3)
        refresh(connection)
        append(connection, 1, topic="chain", symbol="NIFTY")
        _, said = await client.get("/v1/signals?symbol=NIFTY&limit=120")
        while body["rows"] != said["rows"]:
            _, body = await next_of(stream)


async def test_dashboard_has_the_market_and_its_figures(
    client: Client, connection: psycopg.Connection
) -> None:
    moved_market(connection)
    async with opened(client, "/v1/events/dashboard?symbol=NIFTY") as stream:
        _, body = await next_of(stream)
    _, market = await client.get("/v1/bootstrap")
    _, figures = await client.get("/v1/metrics/expiry_metrics?symbol=NIFTY")
    assert body["bootstrap"]["symbols"] == market["symbols"]
    assert body["expiry_metrics"]["rows"] == figures["rows"]


async def test_readers_share_one_query_for_each_change(
    client: Client, connection: psycopg.Connection
) -> None:
    last = moved_market(connection)
    await until_heard(client, connection)
    path = "/v1/events/intraday?symbol=NIFTY&interval=50"
    async with contextlib.AsyncExitStack() as opening:
        before = STATEMENTS.durations["metric"].count
        streams = [
            await opening.enter_async_context(opened(client, path))
            for _ in range(READERS)
        ]
        await asyncio.gather(*(next_of(stream) for stream in streams))
        assert STATEMENTS.durations["metric"].count == before + 1
        quote(open_store(connection), 20, seed=3)
        events = append(connection, 1) - last
        got = await asyncio.gather(*(next_of(stream) for stream in streams))
        assert STATEMENTS.durations["metric"].count <= before + 1 + events
        assert len({event.data for event, _ in got}) == 1


async def test_reader_that_comes_back_gets_the_whole_state(
    client: Client, connection: psycopg.Connection
) -> None:
    moved_market(connection)
    path = "/v1/events/intraday?symbol=NIFTY"
    async with opened(client, path) as stream:
        event, body = await next_of(stream)
    for id in (event.last_id, "other:1"):
        async with opened(client, path, Last_Event_ID=id) as stream:
            _, again = await next_of(stream)
            assert again["rows"] == body["rows"]


async def test_tasks_come_as_they_change(
    client: Client, connection: psycopg.Connection
) -> None:
    async with opened(client, "/events/tasks?interval=0") as stream:
        assert (await next_of(stream))[1] == {"tasks": []}
        connection.execute(
            "INSERT INTO job.task_kind (name, about, schema, is_for_readers)"
            " VALUES ('rest', 'It rests.', '{}', TRUE) ON CONFLICT DO NOTHING"
        )
        asked = {"kind": "rest"}
        async with client.session.post("/api/tasks", json=asked) as response:
            assert response.status == 202, await response.text()
        _, body = await next_of(stream)
        assert [task["kind"] for task in body["tasks"]] == ["rest"]


async def test_line_below_a_warning_comes_without_an_event(client: Client) -> None:
    async with opened(client, "/v1/events/admin/logs?interval=0") as stream:
        await next_of(stream)
        RING.add(
            logging.LogRecord(
                "a.b", logging.INFO, "x.py", 1, "seen_by_the_reader", (), None
            )
        )
        body: dict[str, Any] = {"serve": []}
        while not any("seen_by_the_reader" in str(line) for line in body["serve"]):
            _, body = await next_of(stream)


async def test_rights_hold(serve: Serve, connection: psycopg.Connection) -> None:
    moved_market(connection)
    connection.execute(
        "INSERT INTO job.api_key (name, key_hash, symbols, topics)"
        " VALUES ('few', sha256('few'), '{BANKNIFTY}', NULL),"
        " ('tasks', sha256('tasks'), NULL, '{task}'),"
        " ('one', sha256('one'), '{NIFTY}', NULL)"
    )
    async with serve() as client:
        asked = [
            ("few", "/events/intraday?symbol=NIFTY", 400),
            ("few", "/events/dashboard?symbol=NIFTY", 400),
            ("tasks", "/events/intraday?symbol=NIFTY", 403),
            ("one", "/events/intraday?symbol=NIFTY", 200),
            ("one", "/events/tasks", 200),
            ("one", "/events/admin/logs", 403),
            ("nobody", "/events/tasks", 401),
            (KEY, "/events/intraday", 400),
            (KEY, "/events/tasks?symbol=NIFTY", 400),
        ]
        for key, path, status in asked:
            own = {"Authorization": f"Bearer {key}"}
            async with client.session.get(path, headers=own) as response:
                assert response.status == status, (key, path)
        own = {"Authorization": "Bearer one"}
        path = "/events/dashboard?symbol=NIFTY"
        async with client.session.get(path, headers=own) as response:
            _, body = await next_of(Stream(response))
        assert body["bootstrap"]["key"]["symbols"] == ["NIFTY"]


async def test_state_of_a_panel_is_what_its_stream_begins_with(
    client: Client, connection: psycopg.Connection
) -> None:
    moved_market(connection)
    for query in ("symbol=NIFTY", "symbol=NIFTY&fields=ltp,buildup&strikes=atm:1"):
        status, body = await client.get(f"/v1/panel?{query}")
        assert status == 200
        held = Held()
        async with client.stream(f"?{query}&interval=0") as stream:
            held.apply(await stream.next())
        rows = {chain["expiry"]: chain["rows"] for chain in body["chains"]}
        assert rows[FRONT[1]] == list(held.rows[FRONT].values())
        assert body["event"] == f"{held.epoch}:{held.id}"
    status, body = await client.get("/v1/panel?fields=ltp")
    assert (status, body["error"]["field"]) == (400, "symbol")
