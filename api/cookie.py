"""A cookie in place of a key, for browsers: their EventSource sends no header.

It says whose key it was got with, and until when it holds, signed with that key's hash: so it
ends with the key, and no worker has to remember it.
"""

import hmac
import re
from time import time

from aiohttp import web

from api.access import Key, Keys

NAME = "pgstrike"
SECONDS = 12 * 3600
FORM = re.compile(r"([^|]{1,64})\|([0-9]{1,12})\|([0-9a-f]{64})")


def give_cookie(response: web.Response, key: Key, *, secure: bool) -> None:
    until = str(int(time()) + SECONDS)
    response.set_cookie(
        NAME,
        "|".join((key.name, until, signature(key, until))),
        max_age=SECONDS,
        httponly=True,
        secure=secure,
        samesite="Strict",
    )


def read_cookie(sent: str, keys: Keys) -> Key | None:
    """The key it was got with, if that is in force and the cookie is."""
    form = FORM.fullmatch(sent)
    if form is None or int(form[2]) < time():
        return None
    key = keys.named(form[1])
    if key is None or not hmac.compare_digest(signature(key, form[2]), form[3]):
        return None
    return key


def signature(key: Key, until: str) -> str:
    return hmac.new(key.key_hash, f"{key.name}|{until}".encode(), "sha256").hexdigest()
