"""jobs.live.rest: answers, refusals without a secret in them, and secrets of files."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from pgstrike.db.errors import FeedError
from pgstrike.jobs.live.plugin import RefusedError
from pgstrike.jobs.live.rest import open_rest, secret

SENT = {
    "params": {"access_token": "the-secret"},
    "headers": {"Authorization": "the-secret"},
}


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    """It answers with the status that its path names, or says nothing."""

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/broken":
            assert request.transport is not None
            request.transport.abort()
        body = f"{request.query.get('access_token')} {request.headers['Authorization']}"
        status = request.path.strip("/")
        return web.Response(
            status=int(status), text=body if status == "200" else "Sorry"
        )

    app = web.Application()
    app.router.add_get("/{path}", answer)
    async with TestServer(app) as started:
        yield started


async def test_answer_is_the_body_and_when_it_came(server: TestServer) -> None:
    async with open_rest() as rest:
        frame = await rest.get(str(server.make_url("/200")), **SENT)
    assert frame.data == b"the-secret the-secret"
    assert frame.read_at > 0


@pytest.mark.parametrize(
    ("path", "error", "says"),
    [
        ("/401", RefusedError, r"^127\.0\.0\.1:\d+ answers 401$"),
        ("/403", RefusedError, r"answers 403$"),
        ("/429", FeedError, r"answers 429: b'Sorry'$"),
        ("/500", FeedError, r"answers 500: b'Sorry'$"),
        ("/broken", OSError, r"^127\.0\.0\.1:\d+: ServerDisconnectedError$"),
    ],
)
async def test_failure_is_told_without_the_secret(
    server: TestServer, path: str, error: type[Exception], says: str
) -> None:
    async with open_rest() as rest:
        with pytest.raises(error, match=says) as raised:
            await rest.get(str(server.make_url(path)), **SENT)
    assert "the-secret" not in repr(raised.value)


async def test_address_without_a_server_is_an_error(unused_tcp_port: int) -> None:
    async with open_rest() as rest:
        with pytest.raises(OSError, match="ClientConnectorError"):
            await rest.get(f"http://127.0.0.1:{unused_tcp_port}/", **SENT)


def test_secret_is_of_the_environment_or_of_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SOME_TOKEN", "one")
    assert secret("SOME_TOKEN") == "one"
    path = tmp_path / "token"
    monkeypatch.setenv("SOME_TOKEN_FILE", str(path))
    with pytest.raises(FeedError, match="cannot read SOME_TOKEN_FILE: No such file"):
        secret("SOME_TOKEN")
    for text in ("two", "three"):
        path.write_text(f"{text}\n")
        assert secret("SOME_TOKEN") == text
    monkeypatch.delenv("SOME_TOKEN_FILE")
    monkeypatch.delenv("SOME_TOKEN")
    with pytest.raises(
        FeedError, match="SOME_TOKEN is not set; set it, or SOME_TOKEN_FILE"
    ):
        secret("SOME_TOKEN")
