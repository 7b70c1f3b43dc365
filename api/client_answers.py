"""What an answer tells a client: to go on, to wait, or to give up."""

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp


class RequestError(Exception):
    """The server refuses the request; sending the same again is of no use."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Later(Exception):
    """The server cannot answer now."""

    def __init__(self, seconds: float | None = None) -> None:
        super().__init__("the server cannot answer now")
        self.seconds = seconds  # None: it does not say when


class NoStream(Exception):
    """What answered is no stream: a proxy's page, say."""


def event_of(text: str) -> str:
    """The position of a REST answer. Later, where a proxy answered in its place."""
    try:
        position = json.loads(text)["event"]
    except (ValueError, KeyError, TypeError):
        raise Later from None
    if not isinstance(position, str):
        raise Later
    return position


async def refuse(response: aiohttp.ClientResponse) -> None:
    if response.status == 429 or response.status >= 500:
        raise Later(seconds_of(response.headers.get("Retry-After")))
    if response.status >= 400:
        raise RequestError(response.status, message_of(await response.text()))
    if response.status != 200:
        raise NoStream


def message_of(text: str) -> str:
    try:
        body: Any = json.loads(text)
        return str(body["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return text[:200]


def seconds_of(retry_after: str | None) -> float | None:
    """Retry-After is seconds or a date."""
    if retry_after is None:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    try:
        date = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (date - datetime.now(UTC)).total_seconds())
