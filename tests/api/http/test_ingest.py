"""POST /v1/ingest: answered when stored, for keys that may; wrong lines are rejected."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import psycopg
import pytest

from pgstrike.api.http import ingest
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.api.conftest import Client
from tests.support.feeds import json_line
from tests.support.grants import add_key
from tests.support.incoming import beating, left, note, quotes, stored, storing
from tests.support.quote_market import select, value

pytestmark = pytest.mark.one_engine
KEYS: dict[str, list[str]] = {"nifty": ["NIFTY"], "reader": []}
NDJSON = {"Content-Type": "application/x-ndjson"}


@pytest.fixture
def keys(connection: psycopg.Connection) -> None:
    for name, symbols in KEYS.items():
        add_key(connection, name, f"key-of-{name}", ingest_symbols=symbols)


@pytest.fixture
async def api(keys: None, client: Client) -> AsyncIterator[Client]:
    yield client


@pytest.fixture
def running(dsn: str) -> Iterator[None]:
    with storing(dsn):
        yield


async def send(
    client: Client, body: bytes | str, key: str = "nifty", **headers: str
) -> tuple[int, Any, str | None]:
    """The status, the answer and Retry-After."""
    sent = body.encode() if isinstance(body, str) else body
    named = {**NDJSON, **{k.replace("_", "-"): v for k, v in headers.items()}}
    if key:
        named["Authorization"] = f"Bearer key-of-{key}"
    async with client.session.post("/v1/ingest", data=sent, headers=named) as answer:
        return answer.status, await answer.json(), answer.headers.get("Retry-After")


@pytest.mark.usefixtures("running")
async def test_lines_are_stored_when_answered(
    api: Client, connection: psycopg.Connection
) -> None:
    status, answer, _ = await send(api, quotes(3))
    assert (status, stored(connection)) == (200, 3), answer
    assert answer["lines"] == answer["stored"] == 3
    assert answer["rejected"] == {} and answer["rejects"] == []
    newest = value(connection, "SELECT last_id FROM job.event_counter")
    epoch = value(connection, "SELECT ops.epoch()")
    assert answer["event"] == f"{epoch}:{newest}" and newest > 0
    refresh_all(connection)
    status, chain = await api.get(f"/v1/chain?symbol=NIFTY&after={answer['event']}")
    assert status == 200 and len(chain["rows"]) == 3, chain
    assert left(connection) == 0


@pytest.mark.usefixtures("running")
async def test_same_lines_again_change_nothing(
    api: Client, connection: psycopg.Connection
) -> None:
    await send(api, quotes(3))
    before = select(connection, "SELECT * FROM fo.option_quote ORDER BY strike")
    status, answer, _ = await send(api, quotes(3) + "\n\n")
    assert (status, answer["unchanged"], answer["stored"]) == (200, 3, 0)
    assert before == select(connection, "SELECT * FROM fo.option_quote ORDER BY strike")


@pytest.mark.usefixtures("running")
async def test_bad_lines_are_rejected_in_the_answer(
    api: Client, connection: psycopg.Connection
) -> None:
    bad = [b"{not json", json_line(strike=-1).encode(), b"\xff\x00"]
    body = b"\n".join([bad[0], quotes(2).encode(), *bad[1:]])
    status, answer, _ = await send(api, body)
    assert (status, answer["lines"], stored(connection)) == (200, 5, 2)
    assert answer["rejected"] == {"malformed": 2, "bad_strike": 1}
    found = {(each["line"], each["reason"]) for each in answer["rejects"]}
    assert found == {(1, "malformed"), (4, "bad_strike"), (5, "malformed")}
    assert all(each["detail"] for each in answer["rejects"])
    kept = "SELECT DISTINCT source FROM fo.quote_reject"
    assert value(connection, kept) == "http"


@pytest.mark.usefixtures("running")
async def test_lines_are_numbered_as_in_an_editor(api: Client) -> None:
    body = "\n".join(["", quotes(1), "  ", "", "{not json", ""])
    status, answer, _ = await send(api, body)
    assert (status, answer["lines"], answer["stored"]) == (200, 2, 1)
    assert [each["line"] for each in answer["rejects"]] == [5]


@pytest.mark.usefixtures("running")
async def test_quote_of_the_future_is_rejected(
    api: Client, connection: psycopg.Connection
) -> None:
    late = json_line(quote_time="2099-08-29T09:35:13+05:30", expiry="2099-09-02")
    _, answer, _ = await send(api, late)
    assert answer["rejected"] == {"ahead_of_clock": 1} and stored(connection) == 0


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize(
    ("key", "symbol", "code"),
    [
        ("nifty", "BANKNIFTY", "symbol_not_allowed"),
        ("nifty", "NOSUCH", "symbol_not_allowed"),
        ("reader", "NIFTY", "may_not_ingest"),
    ],
)
async def test_key_without_the_right_is_told(
    api: Client, connection: psycopg.Connection, key: str, symbol: str, code: str
) -> None:
    """One line of another symbol is enough, and nothing is stored."""
    body = quotes(2) + "\n" + json_line(symbol=symbol)
    status, answer, _ = await send(api, body, key)
    error = answer["error"]
    assert (status, error["code"]) == (403, code)
    assert error["hint"] and "NIFTY" in error["hint"]
    assert stored(connection) == left(connection) == 0
    assert value(connection, "SELECT count(*) FROM fo.quote_reject") == 0


@pytest.mark.usefixtures("running")
async def test_rejected_line_of_another_symbol_is_refused_too(api: Client) -> None:
    status, answer, _ = await send(api, json_line(symbol="BANKNIFTY", strike=0))
    assert (status, answer["error"]["code"]) == (403, "symbol_not_allowed")


@pytest.mark.usefixtures("running")
async def test_owners_key_may_ingest_every_symbol(
    api: Client, connection: psycopg.Connection
) -> None:
    status, answer, _ = await send(api, json_line(symbol="BANKNIFTY"), key="")
    assert (status, answer["stored"]) == (200, 1)
    status, answer, _ = await send(api, json_line(symbol="NOSUCH"), key="")
    assert (status, answer["rejected"]) == (200, {"unknown_symbol": 1})


@pytest.mark.usefixtures("running")
async def test_revoked_key_may_not(api: Client, connection: psycopg.Connection) -> None:
    """The database judges, also while the api still knows the key."""
    await send(api, quotes(1))
    with connection.transaction():
        connection.execute("ALTER TABLE job.api_key DISABLE TRIGGER USER")
        connection.execute("UPDATE job.api_key SET revoked_at = now()")
        connection.execute("ALTER TABLE job.api_key ENABLE TRIGGER USER")
    status, answer, _ = await send(api, quotes(2))
    assert status in (401, 403) and stored(connection) == 1, answer


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        ("", {}, 400, "bad_body"),
        (" \n\n", {}, 400, "bad_body"),
        ("x" * 1_000_001, {}, 413, "body_too_long"),
        ("\n" * 10_001 + "x", {}, 413, "too_many_lines"),
        ("{}", {"Content_Type": "application/json"}, 415, "ndjson_wanted"),
        ("{}", {"Content_Type": "text/plain"}, 415, "ndjson_wanted"),
        ("{}", {"Content_Encoding": "gzip"}, 415, "ndjson_wanted"),
    ],
)  # fmt: skip
async def test_body_that_cannot_be_used_is_refused(
    api: Client, body: str, headers: dict[str, str], status: int, code: str
) -> None:
    found, answer, _ = await send(api, body, **headers)
    assert (found, answer["error"]["code"]) == (status, code)
    assert answer["error"]["hint"]


async def test_other_routes_keep_their_small_bodies(api: Client) -> None:
    async with api.session.post("/api/tasks", data=b"x" * 5000) as answer:
        assert answer.status == 413


async def test_nobody_runs(api: Client, connection: psycopg.Connection) -> None:
    status, answer, retry = await send(api, quotes(1))
    assert (status, answer["error"]["code"], retry) == (503, "nobody_stores", "2")
    assert left(connection) == 0


async def test_lines_that_nobody_takes_are_withdrawn(
    api: Client,
    dsn: str,
    connection: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ingest, "TAKEN_SECONDS", 0.2)
    with beating(dsn):
        status, answer, retry = await send(api, quotes(1))
    assert (status, answer["error"]["code"], retry) == (503, "nobody_stores", "2")
    assert left(connection) == stored(connection) == 0


async def test_lines_that_are_being_stored_are_not_withdrawn(
    api: Client,
    dsn: str,
    connection: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Their storing is held up: the answer says so, and sending again finds them stored."""
    monkeypatch.setattr(ingest, "TAKEN_SECONDS", 0.2)
    monkeypatch.setattr(ingest, "STORED_SECONDS", 1.0)
    with storing(dsn):
        await send(api, quotes(1))
        with connection.transaction():
            connection.execute("LOCK fo.option_quote IN SHARE MODE")
            status, answer, _ = await send(api, quotes(2))
            assert (status, answer["error"]["code"]) == (503, "still_storing")
        monkeypatch.setattr(ingest, "STORED_SECONDS", 20.0)
        status, answer, _ = await send(api, quotes(2))
    assert (status, answer["unchanged"]) == (200, 2) and stored(connection) == 2


async def test_ninth_request_of_a_key_waits_its_turn(
    api: Client, dsn: str, connection: psycopg.Connection
) -> None:
    with beating(dsn):
        for _ in range(8):
            connection.execute(
                "INSERT INTO job.incoming (key, lines) VALUES ('nifty', 'x')"
            )
        status, answer, _ = await send(api, quotes(1))
        assert (status, answer["error"]["code"]) == (429, "too_many_waiting")


async def test_key_sees_no_answer_of_another(
    api: Client, connection: psycopg.Connection, dsn: str
) -> None:
    id = note(connection, quotes(1))
    for key, withdraws in (("reader", False), ("reader", True), (None, True)):
        with psycopg.connect(dsn, options="-c role=pgstrike_server") as own:
            own.execute("SELECT set_config('pgstrike.key', %s, FALSE)", [key or ""])
            row = own.execute("SELECT ops.settle_incoming(%s, %s)", [id, withdraws])
            assert row.fetchone() in (None, (None,))
    assert left(connection) == 1


@pytest.mark.usefixtures("running")
async def test_many_at_once_are_each_answered(
    api: Client, connection: psycopg.Connection
) -> None:
    async def one(number: int) -> int:
        time = f"2025-08-29T04:{number:02}:00Z"
        while True:
            status, answer, _ = await send(api, quotes(4, quote_time=time))
            if status != 429:
                return int(answer["stored"])

    assert await asyncio.gather(*map(one, range(20))) == [4] * 20
    assert (stored(connection), left(connection)) == (80, 0)
