"""--insecure is for this machine alone, and its browsers may be led here by any website.

A name of a website's own can be made to mean 127.0.0.1 (DNS rebinding); then the browser sends
that name as Host, and lets the website read the answer.
"""

import ipaddress
import re

from aiohttp import hdrs, web

from pgstrike.api.errors import ApiError, Handler
from pgstrike.api.http.app_keys import SETTINGS

HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^:\[\]]+)(?::[0-9]+)?")


@web.middleware
async def loopback_hosts(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Where everybody may have everything, refuse requests to another host's name."""
    sent = request.headers.getall(hdrs.HOST, [""])
    if request.app[SETTINGS].insecure and not all(map(names_loopback, sent)):
        raise ApiError(
            421,
            "wrong_host",
            "Without keys only requests to localhost, 127.0.0.1 or [::1] are answered; "
            "send such a Host, or start the api with a key.",
        )
    return await handler(request)


def names_loopback(host: str) -> bool:
    """Whether a Host header is a name or an address of this machine alone."""
    found = HOST.fullmatch(host)
    name = found[1].strip("[]").lower() if found else ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
