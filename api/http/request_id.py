"""The id of a request: the client's, or one of ours; it is in the answer and in the log."""

import random
import re

from aiohttp import web

from pgstrike.db.log_form import REQUEST

HEADER = "X-Request-Id"
USABLE = re.compile(r"[0-9A-Za-z._-]{1,64}")
REQUEST_ID = web.RequestKey("request_id", str)
_chance = random.Random()


def new_id() -> str:
    """16 hexadecimal digits. They are no secret, so the system need not be asked for them."""
    return f"{_chance.getrandbits(64):016x}"


def identify(request: web.Request) -> None:
    """Give a request its id, and name it in the log from now on."""
    sent = request.headers.get(HEADER, "")
    found = sent if USABLE.fullmatch(sent) else new_id()
    request[REQUEST_ID] = found
    REQUEST.set(found)


async def add_request_id(request: web.Request, response: web.StreamResponse) -> None:
    if REQUEST_ID in request:  # not where aiohttp refuses it before we see it
        response.headers[HEADER] = request[REQUEST_ID]
