"""Browsers: clients that send no key, but the cookie that a server gave for one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from http.cookies import SimpleCookie
from typing import Any

import aiohttp

from pgstrike.api.access.cookie import NAME
from tests.api.conftest import Client, Serve

PATH = "/fo/metrics/pcr?symbol=NIFTY"
SENT = "key-of-nifty"
ENDS_SECONDS = 5


@asynccontextmanager
async def browsers(
    serve: Serve, count: int = 1, **changes: Any
) -> AsyncIterator[list[Client]]:
    """Servers of one database, and a client of each that sends no key of itself."""
    async with AsyncExitStack() as stack:
        clients = []
        for _ in range(count):
            client = await stack.enter_async_context(serve(**changes))
            del client.session.headers["Authorization"]
            client.session._cookie_jar = aiohttp.DummyCookieJar()
            clients.append(client)
        yield clients


async def sign_in(client: Client, key: str = SENT, **headers: str) -> Any:
    """The cookie that a server gives for a key, with its attributes."""
    sent = {"Authorization": f"Bearer {key}", **headers}
    async with client.session.post("/session", headers=sent) as answer:
        assert answer.status == 200, await answer.text()
        return SimpleCookie(answer.headers["Set-Cookie"])[NAME]


async def try_sign_in(client: Client) -> tuple[int, Any, dict[str, str]]:
    """Sign in, which writes a session. Returns status, answer and headers."""
    async with client.session.post("/session") as answer:
        return answer.status, await answer.json(), dict(answer.headers)


async def ask(client: Client, cookie: str, path: str = PATH) -> tuple[int, str | None]:
    """The status of an answer to who has a cookie, and the cookie that it sets."""
    headers = {"Cookie": f"{NAME}={cookie}"}
    async with client.session.get(path, headers=headers) as answer:
        return answer.status, answer.headers.get("Set-Cookie")


async def until_status(client: Client, cookie: str, status: int) -> None:
    async with asyncio.timeout(ENDS_SECONDS):
        while (await ask(client, cookie))[0] != status:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
