"""Compressed answers: which coding, of which answers, and what an ETag is of."""

import asyncio
import gzip
import json
from collections.abc import Callable
from typing import Any

import aiohttp
import brotli
import psycopg
import pytest

from pgstrike.api.http import encoding
from pgstrike.api.http.encoding import LEAST_BYTES, OFFERED, Coding, encode, zstd
from tests.api.conftest import KEY, Client
from tests.conftest import Stock
from tests.support.live_market import one_snapshot

pytestmark = pytest.mark.one_engine

LONG, SHORT = "/v1/metrics", "/live"
DECODE: dict[str, Callable[[bytes], bytes]] = {
    "zstd": zstd.decompress,
    "br": brotli.decompress,
    "gzip": gzip.decompress,
    "identity": bytes,
}


@pytest.fixture
def stock() -> Stock:
    return one_snapshot


async def raw(
    client: Client, path: str, accepted: str | None, method: str = "GET", **more: str
) -> tuple[int, Any, bytes]:
    """An answer as it travels: status, headers and the bytes of the body."""
    headers = {"Authorization": f"Bearer {KEY}", **more}
    if accepted is not None:
        headers["Accept-Encoding"] = accepted
    async with (
        aiohttp.ClientSession(
            client.address, auto_decompress=False, skip_auto_headers=["Accept-Encoding"]
        ) as session,
        session.request(method, path, headers=headers) as answer,
    ):
        return answer.status, answer.headers, await answer.read()


ACCEPTED = (
    (None, None), ("", None), ("identity", None), ("zstd", "zstd"), ("br", "br"),
    ("gzip", "gzip"), ("gzip, deflate, br, zstd", "zstd"), ("gzip, br", "br"),
    ("br;q=0.5, gzip;q=0.9", "gzip"), ("gzip;q=0.5, identity", None), ("*", "zstd"),
    ("zstd;q=0, *", "br"), ("gzip;q=0", None), ("deflate", None),
    ("identity;q=0, gzip;q=0.1", "gzip"), ("*;q=0, gzip", "gzip"),
)  # fmt: skip


async def test_long_answer_is_in_the_accepted_coding(client: Client) -> None:
    _, _, plain = await raw(client, LONG, None)
    for accepted, coding in ACCEPTED:
        status, headers, body = await raw(client, LONG, accepted)
        assert (status, headers.get("Content-Encoding")) == (200, coding), accepted
        assert "Accept-Encoding" in headers["Vary"]
        assert DECODE[coding or "identity"](body) == plain
        assert int(headers["Content-Length"]) == len(body)
        assert coding is None or len(body) < len(plain) / 2
        status, head, nothing = await raw(client, LONG, accepted, "HEAD")
        assert (status, nothing) == (200, b"")
        same = ("Content-Encoding", "Content-Length", "Content-Type", "Vary")
        assert [head.get(x) for x in same] == [headers.get(x) for x in same]


async def test_short_answer_is_compressed_only_where_plain_is_refused(
    client: Client,
) -> None:
    _, headers, body = await raw(client, SHORT, "gzip")
    assert "Content-Encoding" not in headers and len(body) < LEAST_BYTES
    _, headers, body = await raw(client, SHORT, "gzip, identity;q=0")
    assert headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(body)) == {"status": "ok"}


async def test_refusing_every_coding_is_refused(client: Client) -> None:
    for accepted in ("*;q=0", "identity;q=0", "deflate, *;q=0"):
        for path in (LONG, "/v1/stream", "/nothing"):
            status, _, body = await raw(client, path, accepted)
            error = json.loads(body)["error"]
            assert (status, error["code"]) == (406, "no_coding"), (path, accepted)
            assert error["field"] == "Accept-Encoding"
            assert error["hint"].startswith("Send one of ")


async def test_errors_are_compressed_too(client: Client) -> None:
    status, headers, body = await raw(client, "/nothing", "br, *;q=0")
    assert (status, headers["Content-Encoding"]) == (404, "br")
    assert json.loads(brotli.decompress(body))["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    "path", ["/v1/bootstrap", "/v1/chain?symbol=NIFTY", "/openapi.json"]
)
async def test_each_coding_has_an_etag_of_its_own(
    client: Client, market: psycopg.Connection, path: str
) -> None:
    etags = {
        coding: (await raw(client, path, coding))[1]["ETag"]
        for coding in ("identity", *OFFERED)
    }
    assert len({*etags.values()}) == len(etags)
    for asked in OFFERED:
        for coding, etag in etags.items():
            status, headers, body = await raw(
                client, path, asked, **{"If-None-Match": f'"x", {etag}'}
            )
            if coding in (asked, "identity"):  # who has it plain needs no other
                assert (status, body, headers["ETag"]) == (304, b"", etag)
                assert "Accept-Encoding" in headers["Vary"]
            else:
                assert (status, headers["ETag"]) == (200, etags[asked])


@pytest.mark.parametrize(
    "path",
    [
        "/v1/bootstrap",
        "/v1/chain?symbol=NIFTY",
        "/v1/chain?symbol=NIFTY&format=csv",
        "/openapi.json",
        "/static/pgstrike.js",
    ],
)
@pytest.mark.parametrize("coding", ["identity", "zstd"])
async def test_star_is_any_etag(
    client: Client, market: psycopg.Connection, path: str, coding: str
) -> None:
    status, headers, body = await raw(client, path, coding, **{"If-None-Match": "*"})
    assert (status, body) == (304, b"") and headers["ETag"]


@pytest.mark.parametrize("coding", OFFERED)
def test_encoding_is_the_same_each_time(coding: Coding) -> None:
    body = json.dumps([*range(10_000)]).encode()
    assert DECODE[coding](encode(body, coding)) == body
    assert encode(body, coding) == encode(body, coding)


async def test_long_answer_is_encoded_beside_the_loop(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others are answered while it is encoded: it waits here until one was."""
    loop, answered = asyncio.get_running_loop(), asyncio.Event()

    def slow(body: bytes, coding: Coding) -> bytes:
        asyncio.run_coroutine_threadsafe(answered.wait(), loop).result(30)
        return encode(body, coding)

    monkeypatch.setattr(encoding, "encode", slow)
    long = asyncio.ensure_future(raw(client, LONG, "gzip"))
    while not long.done():
        assert (await raw(client, SHORT, None))[0] == 200
        answered.set()
        await asyncio.sleep(0)
    assert (await long)[0] == 200
