"""The files that browsers get: the client library, and the dashboard that `make web` builds.

A browser that accepts .br or .gz gets that file. The name of a file in the dashboard's folder
holds a hash of its content, so a browser asks for it once.
"""

import asyncio
from pathlib import Path

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter

FOLDER = Path(__file__).parents[1] / "static"
DASHBOARD = FOLDER / "dashboard"
COMPRESSED = {".br", ".gz"}
PAGES = {"index.html", "licences.txt"}  # at paths of their own
FILES = frozenset(
    path.relative_to(FOLDER).as_posix()
    for path in FOLDER.glob("**/*")
    if path.is_file() and path.suffix not in COMPRESSED and path.name not in PAGES
)
FOREVER = "public, max-age=31536000, immutable"
# Script of this origin alone, none of it made from text: lit-html names its own policy.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types lit-html"
)


class File(web.FileResponse):
    """A file that is closed also where its reader leaves while it is opened."""

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        return await asyncio.shield(super().prepare(request))


async def static_file(request: web.Request) -> web.FileResponse:
    """One of the files that there are: no other path reaches the disk."""
    name = request.match_info["filename"]
    if name not in FILES:
        raise web.HTTPNotFound
    is_hashed = name.startswith(f"{DASHBOARD.name}/")
    headers = {hdrs.CACHE_CONTROL: FOREVER} if is_hashed else {}
    return File(FOLDER / name, headers=headers)


async def dashboard(request: web.Request) -> web.FileResponse:
    """The page. It has no figures: its script asks for them, with the cookie."""
    return File(
        DASHBOARD / "index.html",
        headers={
            hdrs.CACHE_CONTROL: "no-cache",
            "Content-Security-Policy": PAGE_POLICY,
            "Cross-Origin-Opener-Policy": "same-origin",
        },
    )


async def licences(request: web.Request) -> web.FileResponse:
    """The licence texts of the packages in the dashboard."""
    return File(DASHBOARD / "licences.txt", headers={hdrs.CACHE_CONTROL: "no-cache"})
