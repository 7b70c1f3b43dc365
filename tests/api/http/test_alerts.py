"""Alerts over HTTP: set, listed, removed, replayed, told to their key; bad ones are refused."""

import json
from typing import Any

import psycopg
import pytest

from pgstrike.jobs.alerts.looking import look_at_alerts
from pgstrike.jobs.tasks import replay_alert
from tests.api.conftest import Client, Serve
from tests.conftest import Stock
from tests.support.alerts import set_alert
from tests.support.grants import add_key, add_market
from tests.support.quote_market import select

pytestmark = pytest.mark.one_engine
ALWAYS = "SELECT asked.symbol AS symbol"
WANTED = {"name": "always", "statement": ALWAYS, "symbols": ["NIFTY"], "cooldown": 60}


@pytest.fixture
def stock() -> Stock:
    return add_market


@pytest.fixture
def market(stock: Stock, connection: psycopg.Connection) -> psycopg.Connection:
    return connection


async def test_alert_is_set_shown_fired_and_removed(
    market: psycopg.Connection, client: Client
) -> None:
    status, made = await client.request("POST", "/v1/alerts", WANTED)
    assert status == 201
    assert made["statement"] == ALWAYS and made["cooldown"] == 60
    assert made["topics"] == ["chain"] and made["is_on"] and made["firings"] == 0
    assert await client.get("/v1/alerts/always") == (200, made)
    assert await client.get("/v1/alerts") == (200, {"alerts": [made]})
    assert look_at_alerts(market) == 1
    status, found = await client.get("/v1/alerts/always/firings")
    assert status == 200
    [firing] = found["firings"]
    assert firing["rows"] == [{"symbol": "NIFTY"}] and firing["deliveries"] == []
    assert (await client.get("/v1/alerts/always"))[1]["firings"] == 1
    assert await client.request("DELETE", "/v1/alerts/always") == (200, {})
    for method, path in (
        ("GET", ""), ("DELETE", ""), ("GET", "/firings"),
        ("POST", "/replay?from=2025-08-29T03:45Z&to=2025-08-29T10:00Z"),
    ):  # fmt: skip
        status, refused = await client.request(method, f"/v1/alerts/always{path}")
        assert (status, refused["error"]["code"]) == (404, "unknown_alert")
        assert refused["error"]["field"] == "name"


@pytest.mark.parametrize(
    ("changed", "status", "code", "field"),
    [
        ({"statement": "SELECT nosuch"}, 422, "bad_statement", "statement"),
        ({"statement": "SELECT 1; SELECT 2"}, 422, "bad_statement", "statement"),
        ({"statement": "DELETE FROM fo.event"}, 422, "bad_statement", "statement"),
        ({"statement": ""}, 422, "bad_statement", "statement"),
        ({"statement": f"SELECT '{'x' * 3000}'"}, 422, "bad_statement", "statement"),
        ({"statement": None}, 422, "bad_field", "statement"),
        ({"statement": "SELECT '\0'"}, 422, "bad_field", "statement"),
        ({"name": "No Name"}, 400, "bad_name", "name"),
        ({"name": 3}, 422, "bad_field", "name"),
        ({"symbols": ["NOSUCH"]}, 400, "unknown_symbol", "symbols"),
        ({"symbols": []}, 400, "unknown_symbol", "symbols"),
        ({"topics": ["nosuch"]}, 422, "bad_topics", "topics"),
        ({"topics": []}, 422, "bad_topics", "topics"),
        ({"cooldown": -1}, 422, "bad_cooldown", "cooldown"),
        ({"cooldown": 1e300}, 422, "bad_cooldown", "cooldown"),
        ({"cooldown": "5"}, 422, "bad_field", "cooldown"),
        ({"is_on": 1}, 422, "bad_field", "is_on"),
        ({"colour": "red"}, 422, "unknown_field", "colour"),
    ],
)
async def test_bad_alert_is_refused_by_its_field(
    market: psycopg.Connection,
    client: Client,
    changed: dict[str, Any],
    status: int,
    code: str,
    field: str,
) -> None:
    found, said = await client.request("POST", "/v1/alerts", {**WANTED, **changed})
    error = said["error"]
    assert (found, error["code"], error["field"]) == (status, code, field)
    assert "\n" not in error["message"]
    assert select(market, "SELECT * FROM job.alert") == []


async def test_key_has_fifty_alerts_at_most(
    market: psycopg.Connection, client: Client
) -> None:
    for number in range(50):
        set_alert(market, f"alert-{number}", ALWAYS)
    status, said = await client.request("POST", "/v1/alerts", WANTED)
    assert (status, said["error"]["code"]) == (429, "too_many_alerts")
    assert "field" not in said["error"]
    # One that is there already may be changed.
    changed = {**WANTED, "name": "alert-7"}
    assert (await client.request("POST", "/v1/alerts", changed))[0] == 201


async def test_replay_is_a_task(market: psycopg.Connection, client: Client) -> None:
    kind = replay_alert.KIND
    market.execute(
        "SELECT ops.note_kind(%s, %s, %s, %s)",
        [kind.name, kind.about, json.dumps(kind.schema()), kind.is_for_readers],
    )
    await client.request("POST", "/v1/alerts", WANTED)
    path = "/v1/alerts/always/replay"
    span = "from=2025-08-29T03:45:00Z&to=2025-08-29T10:00:00Z"
    status, task = await client.request("POST", f"{path}?{span}&symbol=NIFTY")
    assert (status, task["kind"], task["state"]) == (202, "replay_alert", "pending")
    assert task["arguments"]["symbol"] == "NIFTY"
    status, refused = await client.request("POST", f"{path}?from=2025-08-29T03:45:00Z")
    assert (status, refused["error"]["field"]) == (400, "to")
    for more, field in (
        ("from=2025-08-29T03:45:00Z&to=2025-08-29T03:45:00Z", "to"),
        (f"{span}&symbol=NIFTI", "symbol"),
    ):
        status, refused = await client.request("POST", f"{path}?{more}")
        assert (status, refused["error"]["field"]) == (400, field)


async def test_stream_tells_alerts_to_their_key(
    market: psycopg.Connection, serve: Serve
) -> None:
    for name in ("one", "two"):
        add_key(market, name, f"key-of-{name}")
    add_key(market, "boss", "key-of-boss", is_admin=True)
    async with serve() as client:
        streams = {}
        for name in ("one", "two", "boss"):
            bearer = {"Authorization": f"Bearer key-of-{name}"}
            wanted = {**WANTED, "name": f"of-{name}"}
            async with client.session.post(
                "/v1/alerts", json=wanted, headers=bearer
            ) as answer:
                assert answer.status == 201
            streams[name] = await client.session.get(
                "/v1/stream?topic=alert", headers=bearer
            )
        assert look_at_alerts(market) == 3
        for name, seen in (
            ("one", ["of-one"]), ("two", ["of-two"]),
            ("boss", ["of-one", "of-two", "of-boss"]),
        ):  # fmt: skip
            told = [await alert_of(streams[name]) for _ in seen]
            assert told == seen
            streams[name].close()


async def alert_of(stream: Any) -> str:
    """The alert of the next event of a stream."""
    while True:
        line = await stream.content.readline()
        if line.startswith(b"data: ") and b'"alert"' in line:
            return str(json.loads(line[6:])["alert"])
