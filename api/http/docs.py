"""GET /docs: the description of the api as a page, whose script reads /openapi.json."""

from aiohttp import hdrs, web

from pgstrike.api.http.static import FOLDER, File

# Script and style of this origin alone, none of it made from text.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)


async def docs(request: web.Request) -> web.FileResponse:
    """The page: a frame without any figure, which needs no key."""
    return File(
        FOLDER / "docs.html",
        headers={hdrs.CACHE_CONTROL: "no-cache", "Content-Security-Policy": POLICY},
    )
