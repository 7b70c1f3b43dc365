"""Headers that every answer has: what a browser must not do with it, and from whom it is."""

from aiohttp import hdrs, web

SERVER = "pgstrike"
SECURITY_HEADERS = {
    hdrs.SERVER: SERVER,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # JSON and events load nothing and are shown in no frame; a page brings its own policy.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    # CORS is asked instead where a page reads an answer by script.
    "Cross-Origin-Resource-Policy": "same-origin",
}


async def add_security_headers(
    request: web.Request, response: web.StreamResponse
) -> None:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    # aiohttp has named itself and Python, with their versions.
    response.headers[hdrs.SERVER] = SERVER
