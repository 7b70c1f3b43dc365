"""The route table: what it names is served, checked and refused, under /v1/ and /fo/ alike."""

from collections import defaultdict

import psycopg
import pytest
from aiohttp import web

from pgstrike.api.http.route import Caller, Route
from pgstrike.api.http.routes import ROUTES
from tests.api.conftest import Client, Serve
from tests.support.grants import add_key
from tests.support.live_market import append, epoch, open_store, quote

pytestmark = pytest.mark.one_engine

ASKED = {
    "/v1/metrics/{metric}": "pcr",
    "/static/{filename:.*}": "pgstrike.js",
    "/api/tasks/{id}": "1",
    "/v1/alerts/{name}": "a",
    "/v1/alerts/{name}/firings": "a/firings",
    "/v1/alerts/{name}/replay": "a/replay",
    "/v1/watchlists/{name}": "a",
}
METHODS: dict[str, set[str]] = defaultdict(set)
for each in ROUTES:
    METHODS[each.path].update(each.methods())
ANSWERED = {
    "strike-distribution?symbol=NIFTY": 200,
    "strike-distribution?symbol=NIFTYY": 400,
    "moneyness-series?symbol=NIFTY&indicator=oi": 200,
    "metrics": 200,
    "metrics/pcr?symbol=NIFTY": 200,
    "metrics/none?symbol=NIFTY": 400,
    "stream?topic=x": 400,
}


def url(path: str) -> str:
    """A path with its placeholder filled in."""
    return path.partition("{")[0] + ASKED.get(path, "")


async def status_of(client: Client, method: str, path: str) -> int:
    async with client.session.request(method, path) as answer:
        return answer.status


@pytest.mark.parametrize("rest", ANSWERED)
async def test_old_paths_are_the_same_code(
    client: Client, connection: psycopg.Connection, rest: str
) -> None:
    quote(open_store(connection), 0)
    answers = [await client.get(f"/{prefix}/{rest}") for prefix in ("v1", "fo")]
    assert answers[0] == answers[1]
    assert answers[0][0] == ANSWERED[rest]


async def test_old_path_of_the_stream_is_the_same_stream(
    client: Client, connection: psycopg.Connection
) -> None:
    append(connection, 1)
    after = f"?after={epoch(connection)}:0"
    async with client.stream(after) as stream, client.session.get(
        f"/fo/stream{after}"
    ) as old:  # fmt: skip
        event = await stream.next()
        body = b""
        while b"data: " not in body:
            body += await old.content.readany()
        assert f"data: {event.data}\n\n".encode() in body


async def test_other_method_is_told_which_there_are(client: Client) -> None:
    for path in METHODS:
        async with client.session.patch(url(path)) as answer:
            assert answer.status == 405, path
            assert answer.headers["Allow"] == ",".join(sorted(METHODS[path]))
            error = (await answer.json())["error"]
        assert error["code"] == "method_not_allowed"
        for method in METHODS[path] - {"HEAD"}:
            assert method in error["message"], path
        assert "HEAD" not in error["message"]


async def test_head_is_answered_where_the_table_has_it(client: Client) -> None:
    for row in ROUTES:
        if row.method == "GET":
            asked = url(row.path) + "?symbol=NIFTY" * (row.parameters not in (None, ()))
            is_refused = await status_of(client, "HEAD", asked) == 405
            assert is_refused != row.has_head, row.path


async def test_unknown_path_is_told_all_paths(client: Client) -> None:
    status, body = await client.get("/v1/nothing")
    message = body["error"]["message"]
    assert status == 404
    assert message.count("/session") == 1
    for path in METHODS:
        assert path.partition("{")[0] in message
    assert "/v1/metrics/METRIC" in message and "/static/FILENAME" in message


async def test_key_is_asked_for_by_all_rows_but_the_open_ones(serve: Serve) -> None:
    async with serve() as client:
        del client.session.headers["Authorization"]
        for row in ROUTES:
            for path in row.paths():
                is_refused = await status_of(client, row.method, url(path)) == 401
                assert is_refused == (row.caller is not Caller.ANYONE), row.path
        assert await status_of(client, "PUT", "/live") == 405
        assert await status_of(client, "PUT", "/session") == 401


async def test_probes_look_at_no_key(client: Client) -> None:
    """So many wrong ones would have the next one wait."""
    for _ in range(30):
        for path in ("/live", "/ready"):
            assert (await client.get(path, Authorization="Bearer x"))[0] == 200
    assert (await client.get("/v1/metrics", Authorization="Bearer x"))[0] == 401


async def test_parameter_that_is_not_in_the_row_is_refused(
    client: Client, connection: psycopg.Connection
) -> None:
    quote(open_store(connection), 0)
    for row in ROUTES:
        if row.parameters is None:
            continue
        path = url(row.path.replace("{name}", "none"))
        asked = f"{path}?symbol=NIFTY&nosuch=1"
        async with client.session.request(row.method, asked) as answer:
            body = await answer.json()
        assert (answer.status, body["error"]["code"]) == (400, "unknown_parameter"), row
        if not row.takes_others:
            for parameter in row.parameters:
                assert parameter.name in body["error"]["message"], row


async def test_row_of_administrators_refuses_other_keys(
    serve: Serve, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def done(request: web.Request) -> web.Response:
        return web.json_response({"done": True})

    row = Route("POST", "/v1/of-admins", done, Caller.ADMIN, "For this test.")
    monkeypatch.setattr("pgstrike.api.app.ROUTES", (*ROUTES, row))
    add_key(connection, "reader", "key-of-a-reader")
    add_key(connection, "boss", "key-of-a-boss", is_admin=True)
    async with serve() as client:
        for key, status in (("reader", 403), ("boss", 200), ("none", 401)):
            client.session.headers["Authorization"] = f"Bearer key-of-a-{key}"
            for path in row.paths():
                assert await status_of(client, "POST", path) == status, key


def test_each_row_and_parameter_says_what_it_is() -> None:
    for row in ROUTES:
        for about in (row.about, *(each.about for each in row.parameters or ())):
            assert about.endswith(".") and "\n" not in about, row.path
        for parameter in row.parameters or ():
            parameter.kind.read(parameter.example)
