"""A cookie in place of a key, for browsers: their EventSource sends no header.

It is the random id of a session, signed with a secret of the database. A forged cookie is
refused without a query, and nobody can make a cookie from the rows of the database.
"""

import hashlib
import hmac
import re
import secrets

from aiohttp import web
from itsdangerous import BadSignature, Signer

NAME = "pgstrike"
FORM = re.compile(r"[\w-]{43}\.[\w-]{43}", re.ASCII)


class Cookies:
    """Signs the ids of sessions, and knows those that it signed."""

    def __init__(self, secret: str) -> None:
        self._signer = Signer(
            secret,
            salt="pgstrike session",
            key_derivation="hmac",
            digest_method=hashlib.sha256,
        )

    def value(self, session_id: str) -> str:
        return self._signer.sign(session_id).decode()

    def session_id(self, value: str) -> str | None:
        """The id in a cookie; None where it was not signed with the secret."""
        if FORM.fullmatch(value) is None:
            return None
        try:
            return self._signer.unsign(value).decode()
        except BadSignature:
            return None


def new_id() -> str:
    return secrets.token_urlsafe(32)


def hash_of_id(session_id: str) -> bytes:
    """The form in which the database stores a session's id."""
    return hashlib.sha256(session_id.encode()).digest()


def digest_of_key(session_id: str, key_hash: bytes) -> bytes:
    """Proves which key a session was signed in with; it takes the session's id to check it."""
    return hmac.digest(session_id.encode(), key_hash, "sha256")


def set_cookie(
    response: web.StreamResponse, value: str, seconds: float, *, secure: bool
) -> None:
    response.set_cookie(
        NAME,
        value,
        max_age=int(seconds),
        httponly=True,
        secure=secure,
        samesite="Strict",
    )
