"""Which origins may read answers: none, or those of the setting."""

from collections.abc import AsyncIterator, Mapping

import pytest
from aiohttp import ClientResponse

from tests.api.conftest import Client, Serve

pytestmark = pytest.mark.one_engine

ALLOWED, OTHER = "http://localhost:3000", "http://elsewhere.example"
METRICS, STREAM, MODULE = "/v1/metrics", "/v1/stream", "/static/pgstrike.js"


@pytest.fixture
async def opened(serve: Serve) -> AsyncIterator[Client]:
    async with serve(cors_origins=frozenset({ALLOWED})) as client:
        yield client


async def ask(
    client: Client, path: str, origin: str | None, method: str = "GET", **headers: str
) -> ClientResponse:
    sent = {} if origin is None else {"Origin": origin}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with client.session.request(method, path, headers=sent | named) as answer:
        return answer


async def preflight(
    client: Client, path: str, origin: str, method: str = "GET"
) -> ClientResponse:
    """What a browser asks before a request, without the key."""
    client.session.headers.pop("Authorization", None)
    return await ask(
        client, path, origin, "OPTIONS", Access_Control_Request_Method=method,
        Access_Control_Request_Headers="authorization,last-event-id",
    )  # fmt: skip


def allowed(headers: Mapping[str, str]) -> list[str]:
    """What of CORS an answer says."""
    return sorted(name for name in headers if name.startswith("Access-Control"))


@pytest.mark.parametrize("path", [STREAM, METRICS, "/fo/stream", "/session", MODULE])
async def test_preflight_of_an_allowed_origin_is_answered_without_a_key(
    opened: Client, path: str
) -> None:
    answer = await preflight(opened, path, ALLOWED)
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == ALLOWED
    assert "GET" in answer.headers["Access-Control-Allow-Methods"].split(", ")
    sent = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert {"authorization", "last-event-id"} <= set(sent)
    assert answer.headers["Vary"] == "Origin"
    assert answer.headers["Access-Control-Max-Age"] == "600"
    assert "Access-Control-Allow-Credentials" not in answer.headers


async def test_preflight_names_the_methods_of_the_path(opened: Client) -> None:
    for path, methods in (("/session", "DELETE, GET, POST"), (STREAM, "GET")):
        answer = await preflight(opened, path, ALLOWED, "POST")
        assert answer.headers["Access-Control-Allow-Methods"] == methods


@pytest.mark.parametrize("path", [STREAM, METRICS, "/nothing"])
async def test_preflight_of_another_origin_is_refused(
    opened: Client, path: str
) -> None:
    for origin in (OTHER, "null", ALLOWED + "1", ALLOWED.upper(), "*", ""):
        answer = await preflight(opened, path, origin)
        assert answer.status == 401
        assert allowed(answer.headers) == []
        assert answer.headers["Vary"] == "Origin"


async def test_only_a_preflight_is_answered_without_a_key(opened: Client) -> None:
    del opened.session.headers["Authorization"]
    asked = {"Access_Control_Request_Method": "GET"}
    assert (await ask(opened, STREAM, ALLOWED, "OPTIONS")).status == 401
    assert (await ask(opened, METRICS, ALLOWED, "GET", **asked)).status == 401
    assert (await ask(opened, METRICS, ALLOWED, "PUT", **asked)).status == 401
    assert (await ask(opened, STREAM, None, "OPTIONS", **asked)).status == 401
    assert (await ask(opened, "/nothing", ALLOWED, "OPTIONS", **asked)).status == 401


@pytest.mark.parametrize(
    ("path", "status"),
    [(METRICS, 200), (MODULE, 200), ("/health", 200), ("/nothing", 404)],
)
async def test_answer_names_the_allowed_origin_alone(
    opened: Client, path: str, status: int
) -> None:
    answer = await ask(opened, path, ALLOWED)
    assert answer.status == status
    assert answer.headers["Access-Control-Allow-Origin"] == ALLOWED
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers
    for origin in (OTHER, "null", None):
        answer = await ask(opened, path, origin)
        assert answer.status == status
        assert allowed(answer.headers) == []
        assert answer.headers["Vary"].endswith("Origin")


async def test_refusal_can_be_read_by_the_allowed_origin(opened: Client) -> None:
    answer = await ask(opened, METRICS, ALLOWED, Authorization="Bearer x")
    assert answer.status == 401
    assert answer.headers["Access-Control-Allow-Origin"] == ALLOWED


async def test_stream_can_be_read_by_the_allowed_origin(opened: Client) -> None:
    headers = {"Origin": ALLOWED}
    async with opened.session.get(STREAM, headers=headers) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == ALLOWED
        assert answer.headers["Vary"] == "Accept-Encoding, Origin"


async def test_closed_by_default(client: Client) -> None:
    for path in (METRICS, MODULE):
        answer = await ask(client, path, ALLOWED)
        assert answer.status == 200
        assert allowed(answer.headers) == []
        assert "Origin" not in answer.headers.get("Vary", "")
    answer = await preflight(client, STREAM, ALLOWED)
    assert answer.status == 401 and allowed(answer.headers) == []
