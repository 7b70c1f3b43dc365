"""Chromium on a page of a test's own, which reports its observations."""

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

from pgstrike.api.http.route import Caller, Route
from pgstrike.api.http.routes import ROUTES
from pgstrike.api.http_server import serving
from tests.api.conftest import settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 120
PAGE_POLICY = "default-src 'self' 'unsafe-inline'"  # instead of that of JSON answers
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no Chromium on this machine"
)


@contextlib.asynccontextmanager
async def browsing(
    page: str, dsn: str, folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: Any
) -> AsyncIterator["asyncio.Queue[str]"]:
    """A page of the server's own, and what it sends to /told?."""
    told: asyncio.Queue[str] = asyncio.Queue()

    async def show(request: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": PAGE_POLICY}
        return web.Response(text=page, content_type="text/html", headers=headers)

    async def tell(request: web.Request) -> web.Response:
        told.put_nowait(unquote(request.query_string))
        return web.Response()

    rows = (
        Route("GET", "/page", show, Caller.ANYONE, "The page."),
        Route("GET", "/told", tell, Caller.ANYONE, "What it sees."),
    )
    monkeypatch.setattr("pgstrike.api.app.ROUTES", (*ROUTES, *rows))
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
