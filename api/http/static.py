"""The files that browsers get."""

from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parents[1] / "static"
FILES = frozenset(path.name for path in FOLDER.iterdir())


async def static_file(request: web.Request) -> web.FileResponse:
    """One of the files that there are: no other path reaches the disk."""
    name = request.match_info["filename"]
    if name not in FILES:
        raise web.HTTPNotFound
    return web.FileResponse(FOLDER / name)
