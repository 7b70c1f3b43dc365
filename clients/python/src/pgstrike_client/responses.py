"""Which error an HTTP response stands for, if any."""

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from pgstrike_client.errors import PgstrikeError, RequestError, UnavailableError

# The request is right, and the server (or a proxy) cannot serve it now.
TRY_LATER = frozenset({408, 425, 429})
MOST_ERROR_BYTES = 65_536
LOST = (aiohttp.ClientError, TimeoutError, ConnectionError)


async def error_of(response: aiohttp.ClientResponse) -> PgstrikeError | None:
    """The error of a response with a status of 400 or more."""
    status = response.status
    if status < 400:
        return None
    text = (await response.content.read(MOST_ERROR_BYTES)).decode(errors="replace")
    code, message = code_and_message(status, text)
    if status in TRY_LATER or status >= 500:
        retry_after = seconds_of(response.headers.get("Retry-After"))
        return UnavailableError(code, message, status=status, retry_after=retry_after)
    return RequestError(status, code, message)


def code_and_message(status: int, text: str) -> tuple[str, str]:
    """Those of a pgstrike server; of anything else the status and the text's beginning."""
    try:
        error: Any = json.loads(text)["error"]
        return str(error["code"]), str(error["message"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return f"http_{status}", text[:200] or f"the server answered {status}"


def seconds_of(retry_after: str | None) -> float | None:
    """Retry-After is seconds or a date."""
    if retry_after is None:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    try:
        date = parsedate_to_datetime(retry_after)
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        return max(0.0, (date - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return None


def lost(cause: BaseException) -> UnavailableError:
    """The error for a connection that failed or fell silent."""
    text = str(cause) or type(cause).__name__
    return UnavailableError("connection_lost", f"the connection was lost: {text}")
