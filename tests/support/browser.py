"""Chromium on a page of a test's own, which tells what it sees."""

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from aiohttp import web

from pgstrike.api import app
from pgstrike.api.app import serving
from pgstrike.api.errors import Handler
from tests.api.conftest import settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 120
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no Chromium on this machine"
)


@contextlib.asynccontextmanager
async def browsing(
    page: str, dsn: str, folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: Any
) -> AsyncIterator["asyncio.Queue[str]"]:
    """A page of the server's own, and what it sends to /told?."""
    told: asyncio.Queue[str] = asyncio.Queue()

    @web.middleware
    async def of_the_test(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Before the product looks at a request, which knows neither of the two paths."""
        if request.path == "/page":
            return web.Response(text=page, content_type="text/html")
        if request.path == "/told":
            told.put_nowait(unquote(request.query_string))
            return web.Response()
        return await handler(request)

    def make_app(*arguments: Any) -> web.Application:
        made = app_of(*arguments)
        made.middlewares.insert(0, of_the_test)
        return made

    app_of = app.make_app
    monkeypatch.setattr("pgstrike.api.app.make_app", make_app)
    async with (
        asyncio.timeout(PATIENCE),
        serving(settings(**changes), dsn) as address,
        chromium(f"{address}/page", folder / "profile"),
    ):
        yield told


@contextlib.asynccontextmanager
async def chromium(url: str, profile: Path) -> AsyncIterator[None]:
    assert CHROMIUM is not None
    process = await asyncio.create_subprocess_exec(
        CHROMIUM,
        *("--headless", "--no-sandbox", "--disable-gpu"),
        *("--disable-background-networking", f"--user-data-dir={profile}", url),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
