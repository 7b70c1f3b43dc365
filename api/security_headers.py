"""Headers that every answer has: what a browser must not do with it."""

from aiohttp import web

SECURITY_HEADERS = {
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
