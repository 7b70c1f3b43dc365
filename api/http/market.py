"""What the market has: the symbols, and what may be asked about each."""

from importlib import metadata

from aiohttp import web

from pgstrike.api.http.auth import key_of
from pgstrike.api.http.rest import answer

VERSION = metadata.version("pgstrike")


async def bootstrap(request: web.Request) -> web.Response:
    """All that a page needs to know before it asks for figures."""
    key = key_of(request)
    symbols, topics = key.rights.symbols, key.rights.topics
    return await answer(
        request,
        "bootstrap",
        {
            "version": VERSION,
            "name": key.name,
            "symbols": None if symbols is None else sorted(symbols),
            "topics": None if topics is None else sorted(topics),
            "is_admin": key.is_admin,
        },
    )
