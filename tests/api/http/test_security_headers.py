"""Every answer says what a browser must not do with it, also an error and a stream."""

from collections.abc import Mapping

import pytest

from pgstrike.api.security_headers import SECURITY_HEADERS
from tests.api.conftest import KEY, Client, Serve
from tests.support.api_process import connected
from tests.support.frozen import address_of

pytestmark = pytest.mark.one_engine

EXPECTED = {
    "Server": "pgstrike",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
}
AUTHORIZED = f"Authorization: Bearer {KEY}\r\n"


def expect_headers(headers: Mapping[str, str]) -> None:
    assert {name: headers.get(name) for name in EXPECTED} == EXPECTED


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/metrics", 200),
        ("/v1/stream", 200),
        ("/v1/stream?topic=x", 400),
        ("/nothing", 404),
        ("/static/pgstrike.js", 200),
        ("/static/nothing", 404),
        ("/session", 200),
        ("/live", 200),
        ("/ready", 200),
        ("/health", 200),
    ],
)
async def test_answer_has_them(client: Client, path: str, status: int) -> None:
    async with client.session.get(path) as answer:
        assert answer.status == status
        expect_headers(answer.headers)
        for name in EXPECTED:
            assert len(answer.headers.getall(name)) == 1


async def test_refusals_have_them(client: Client) -> None:
    async with client.session.put("/v1/stream") as answer:
        assert answer.status == 405
        expect_headers(answer.headers)
    async with client.session.get(
        "/v1/stream", headers={"Authorization": "Bearer x"}
    ) as answer:
        assert answer.status == 401
        expect_headers(answer.headers)
    async with client.session.post("/session", data=b"x" * 5000) as answer:
        assert answer.status == 413
        expect_headers(answer.headers)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("no request\r\n\r\n", 400),
        (f"GET /live HTTP/1.1\r\nHost: h\r\nExpect: x\r\n{AUTHORIZED}\r\n", 417),
        ("GET /live HTTP/1.1\r\n" + "X: " + "x" * 40_000, 431),
        ("GET /live HTTP/1.1\r\n", 408),
    ],
)
async def test_answer_to_what_is_no_whole_request_has_them(
    serve: Serve, sent: str, status: int
) -> None:
    async with serve(header_seconds=0.2) as client:
        url = address_of(client)
        async with connected(str(url.host), url.port or 0, sent.encode()) as wire:
            head = (await wire.reader.readuntil(b"\r\n\r\n")).decode()
    lines = head.split("\r\n")
    assert lines[0].split()[1] == str(status)
    expect_headers(dict(line.split(": ", 1) for line in lines[1:] if line))


def test_all_are_tried() -> None:
    assert SECURITY_HEADERS == EXPECTED
