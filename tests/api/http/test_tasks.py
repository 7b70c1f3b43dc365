"""Tasks over HTTP: asked for, watched and cancelled, and refused by the field that is wrong."""

import json
from collections.abc import AsyncIterator, Callable
from time import monotonic
from typing import Any

import psycopg
import pytest

from tests.api.conftest import Client, Serve
from tests.support.grants import add_key
from tests.support.live_market import epoch
from tests.support.tasks import note_kinds

pytestmark = pytest.mark.one_engine
WANTED = {
    "kind": "recompute",
    "arguments": {
        "symbol": "NIFTY",
        "from": "2025-08-29T00:00:00Z",
        "to": "2025-08-30T00:00:00Z",
    },
}
ANALYSIS = {"kind": "analysis", "arguments": {"name": "expiry_pin", "symbol": "NIFTY"}}


@pytest.fixture
def kinds(connection: psycopg.Connection) -> None:
    note_kinds(connection)


@pytest.fixture
async def api(kinds: None, client: Client) -> AsyncIterator[Client]:
    yield client


async def test_task_is_asked_for_shown_and_cancelled(
    api: Client, connection: psycopg.Connection
) -> None:
    async with api.session.post("/api/tasks", json=WANTED) as response:
        assert response.status == 202
        task = await response.json()
        place = response.headers["Location"]
    assert task["state"] == "pending" and task["arguments"] == WANTED["arguments"]
    assert place == f"/api/tasks/{task['id']}"
    assert await api.get(place) == (200, task)
    assert await api.get("/api/tasks?state=pending") == (200, {"tasks": [task]})
    assert await api.get("/api/tasks?state=running") == (200, {"tasks": []})
    status, cancelled = await api.request("DELETE", place)
    assert (status, cancelled["state"]) == (200, "cancelled")
    assert (await api.request("DELETE", place))[0] == 200
    connection.execute("UPDATE job.task SET state = 'failed'")
    status, refused = await api.request("DELETE", place)
    assert (status, refused["error"]["code"]) == (409, "task_ended")


async def test_answer_comes_at_once(
    api: Client, measured: Callable[[str], None]
) -> None:
    began = monotonic()
    for _ in range(20):
        assert (await api.request("POST", "/api/tasks", WANTED))[0] == 202
    took = (monotonic() - began) / 20
    measured(f"task: POST answers in {1000 * took:.0f} ms (goal: 200 ms)")
    assert took < 5 * 0.2


async def test_events_of_a_task_are_on_its_topic(
    api: Client, connection: psycopg.Connection
) -> None:
    async with api.stream(f"?topic=task&after={epoch(connection)}:0") as stream:
        _, task = await api.request("POST", "/api/tasks", WANTED)
        await api.request("DELETE", f"/api/tasks/{task['id']}")
        told = [json.loads((await stream.next()).data) for _ in range(2)]
    assert [each["state"] for each in told] == ["pending", "cancelled"]
    assert {each["task"] for each in told} == {task["id"]}


async def test_same_key_gives_the_same_id(api: Client) -> None:
    first = await api.request("POST", "/api/tasks", WANTED, Idempotency_Key="a")
    again = await api.request("POST", "/api/tasks", {**WANTED, "idempotency_key": "a"})
    assert first[0] == again[0] == 202 and first[1]["id"] == again[1]["id"]
    other = await api.request("POST", "/api/tasks", ANALYSIS, Idempotency_Key="a")
    assert (other[0], other[1]["error"]["code"]) == (409, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "nosuch"}, "kind"),
        ({"kind": None}, "kind"),
        ({"x": 1}, "x"),
        ({"idempotency_key": 5}, "idempotency_key"),
        ({"arguments": []}, "arguments"),
        ({"arguments": {"symbol": "NIFTY"}}, "arguments.from"),
        ({"arguments": {**WANTED["arguments"], "y": 1}}, "arguments.y"),
        ({"arguments": {**WANTED["arguments"], "symbol": 5}}, "arguments.symbol"),
        ({"arguments": {**WANTED["arguments"], "to": "2025-08-30"}}, "arguments.to"),
        ({"arguments": {**WANTED["arguments"], "to": "tomorrow"}}, "arguments.to"),
        ({"arguments": {**WANTED["arguments"], "to": "2025-08-29T05:30+05:30"}},
         "arguments.to"),
        ({"kind": "analysis"}, "arguments.name"),
    ],
)  # fmt: skip
async def test_wrong_field_is_named(
    api: Client, change: dict[str, Any], field: str
) -> None:
    status, body = await api.request("POST", "/api/tasks", {**WANTED, **change})
    assert status == 422, body
    assert body["error"]["field"] == field
    assert body["error"]["message"].startswith(field)
    assert (await api.get("/api/tasks")) == (200, {"tasks": []})


async def test_body_that_is_no_object_is_refused(api: Client) -> None:
    for sent, type, status in (
        ("{", "application/json", 400),
        ("[]", "application/json", 400),
        ("{}", "text/plain", 415),
    ):
        headers = {"Content-Type": type}
        async with api.session.post("/api/tasks", data=sent, headers=headers) as answer:
            assert answer.status == status


async def test_unknown_task_is_404(api: Client) -> None:
    for id in ("1", "x", "9" * 30, "%D9%A1"):
        answers = [
            await api.request(method, f"/api/tasks/{id}")
            for method in ("GET", "DELETE")
        ]
        assert answers[0] == answers[1]
        status, body = answers[0]
        assert (status, body["error"]["code"]) == (404, "unknown_task"), id


async def test_only_ascii_digits_are_an_id(api: Client) -> None:
    _, task = await api.request("POST", "/api/tasks", WANTED)
    assert (await api.request("GET", f"/api/tasks/{task['id']}"))[0] == 200
    arabic = "".join(f"%D9%A{digit}" for digit in str(task["id"]))
    assert (await api.request("GET", f"/api/tasks/{arabic}"))[0] == 404


async def test_key_sees_its_own_tasks(
    serve: Serve, connection: psycopg.Connection, kinds: None
) -> None:
    add_key(connection, "one", "key-one", topics=["task"])
    add_key(connection, "two", "key-two", topics=["task", "chain"])
    add_key(connection, "blind", "key-blind", topics=["chain"])
    add_key(connection, "boss", "key-boss", is_admin=True)
    async with serve() as client:

        def be(name: str) -> None:
            client.session.headers["Authorization"] = f"Bearer key-{name}"

        be("one")
        status, task = await client.request("POST", "/api/tasks", ANALYSIS)
        assert (status, task["asked_by"]) == (202, "one")
        assert (await client.request("POST", "/api/tasks", WANTED))[0] == 403
        place = f"/api/tasks/{task['id']}"
        for name, seen in (("one", 200), ("two", 404), ("blind", 404), ("boss", 200)):
            be(name)
            assert (await client.get(place))[0] == seen, name
            listed = (await client.get("/api/tasks"))[1]["tasks"]
            assert len(listed) == (seen == 200), name
        be("blind")
        assert (await client.request("POST", "/api/tasks", ANALYSIS))[0] in (403, 422)
        be("two")
        assert (await client.request("DELETE", place))[0] == 404
        be("boss")
        assert (await client.request("DELETE", place))[0] == 200


async def test_symbol_that_a_key_may_not_read_is_refused_at_once(
    serve: Serve, connection: psycopg.Connection, kinds: None
) -> None:
    add_key(connection, "bank", "key-bank", topics=["task"], symbols=["BANKNIFTY"])
    async with serve() as client:
        client.session.headers["Authorization"] = "Bearer key-bank"
        status, body = await client.request("POST", "/api/tasks", ANALYSIS)
        error = body["error"]
        assert (status, error["code"], error["field"]) == (
            400,
            "unknown_symbol",
            "symbol",
        )
        assert error["hint"] == "Send one of: BANKNIFTY."
        arguments = {**ANALYSIS["arguments"], "symbol": "BANKNIFTY"}
        own = {**ANALYSIS, "arguments": arguments}
        assert (await client.request("POST", "/api/tasks", own))[0] == 202


async def test_kinds_are_listed_with_their_schema(api: Client) -> None:
    status, body = await api.get("/api/task-kinds")
    assert status == 200
    found = {kind["kind"]: kind for kind in body["kinds"]}
    assert set(found) == {
        *("recompute", "rebuild", "replace", "judge", "analysis", "restore"),
        *("replay_alert", "backfill", "backfill_features", "train"),
    }
    assert found["recompute"]["schema"]["required"] == ["symbol", "from", "to"]
    for_readers = {name for name in found if found[name]["is_for_readers"]}
    assert for_readers == {"analysis", "replay_alert"}
