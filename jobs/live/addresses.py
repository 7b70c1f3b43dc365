"""Addresses of sources: which of them secrets may be sent to, and how they are shown."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from pgstrike.db.errors import FeedError
from pgstrike.jobs.sink_settings import LOOPBACK

SECURE, PLAIN = ("https", "wss"), ("http", "ws")


def check_address(
    url: str, params: Mapping[str, str] | None, headers: Mapping[str, str] | None
) -> None:
    """Raise FeedError for an address that secrets may not be sent to."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in SECURE + PLAIN:
        raise FeedError("the address is none; write https://... or wss://...")
    if parts.username is not None or parts.password is not None:
        raise FeedError(
            f"{shown_address(url)}: leave the user's name out of an address"
        )
    is_bare = not (params or headers or parts.query)
    if parts.scheme in PLAIN and host not in LOOPBACK and not is_bare:
        raise FeedError(
            f"{shown_address(url)} is not encrypted, and a secret could be read on the way; "
            "write https://... or wss://..."
        )


def check_socket_address(url: str, headers: Mapping[str, str] | None = None) -> None:
    """The same, of a WebSocket that a user names."""
    if not url.startswith(("ws://", "wss://")):
        raise FeedError(f"url is {url[:80]!r}; write url=wss://HOST/PATH")
    check_address(url, None, headers)


def shown_address(url: str) -> str:
    """An address without its query, its fragment and its user."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
