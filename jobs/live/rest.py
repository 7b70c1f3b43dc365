"""Requests of commands and tasks: they are neither recorded nor replayed."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit

import aiohttp

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.times import microseconds
from pgstrike.jobs.live.plugin import Frame, RefusedError

TIMEOUT = aiohttp.ClientTimeout(total=120, sock_connect=10)
REFUSED = (401, 403)


class Rest:
    """GET requests through one session."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Frame:
        """The body of an answer; RefusedError, FeedError or OSError without one."""
        host = urlsplit(url).netloc
        try:
            async with self._session.get(url, params=params, headers=headers) as answer:
                body = await answer.read()
        except TimeoutError:
            raise OSError(f"{host} does not answer") from None
        except aiohttp.ClientError as error:
            raise OSError(f"{host}: {type(error).__name__}") from None
        if answer.status in REFUSED:
            raise RefusedError(f"{host} answers {answer.status}")
        if answer.status >= 400:
            raise FeedError(f"{host} answers {answer.status}: {body[:200]!r}")
        return Frame(microseconds(datetime.now(UTC)), body)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@asynccontextmanager
async def open_rest() -> AsyncIterator[Rest]:
    async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
        yield Rest(session)


def secret(name: str) -> str:
    """A secret of the environment, or of the file that NAME_FILE names."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            with open(path) as file:
                return file.read().strip()
        except OSError as error:
            raise FeedError(f"cannot read {name}_FILE: {error.strerror}") from error
    if not (found := os.environ.get(name, "")):
        raise FeedError(f"{name} is not set; set it, or {name}_FILE to a file with it")
    return found
