"""The failures of a wire, as errors of ours.

RefusedError for 401 and 403; FeedError where it helps nothing to ask again as before (another
4xx, a redirection, an answer or message that is too large); OSError for all that may pass: no
connection, silence, 408, 429, 5xx.
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import WSServerHandshakeError

from pgstrike.db.errors import FeedError
from pgstrike.jobs.live.plugin import RefusedError

REFUSED = (401, 403)
MAY_PASS = (408, 429)  # and 5xx
MOST_SHOWN = 200  # characters of a body, in an error
BROKE_OFF = "the connection broke off"


class FailedAnswer(Exception):
    """Carries an error past the client, which would wrap an OSError in one of its own."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


def failure(response: aiohttp.ClientResponse, shown: str, body: str) -> Exception:
    """The error that an answer's status stands for."""
    status = response.status
    said = f"{shown} answered {status}" + (f": {body}" if body else "")
    if status in REFUSED:
        return RefusedError(f"{said}; check the key or token, and renew it")
    if status < 400:
        return FeedError(f"{said}: it leads elsewhere; set the new address")
    if status in MAY_PASS or status >= 500:
        later = response.headers.get("Retry-After", "")
        wait = f" (again in {later} s)" if later.isdigit() else ""
        return ConnectionError(said + wait)
    return FeedError(said)


@asynccontextmanager
async def errors_of(shown: str) -> AsyncIterator[None]:
    """Errors of the client as ours. Theirs would show the query; so none is the cause."""
    try:
        yield
    except FailedAnswer as failed:
        raise failed.error from None
    except aiohttp.ClientConnectorCertificateError as error:
        fault = error.certificate_error
        why = getattr(fault, "verify_message", "") or type(fault).__name__
        raise broken(shown, f"its certificate cannot be verified: {why}") from None
    except aiohttp.ClientConnectorError as error:
        raise broken(shown, error.strerror or type(error.os_error).__name__) from None
    except WSServerHandshakeError as error:
        raise FeedError(
            f"{shown} is no WebSocket (it answered {error.status})"
        ) from None
    except TimeoutError:
        raise broken(shown, "no answer in time") from None
    except (aiohttp.InvalidURL, ValueError):
        raise FeedError(f"{shown} is no address, or a header is wrong") from None
    except (
        aiohttp.ServerDisconnectedError,
        aiohttp.ClientPayloadError,
        aiohttp.ClientOSError,
    ):
        raise broken(shown, BROKE_OFF) from None
    except (aiohttp.ClientError, ssl.SSLError) as error:
        raise broken(shown, type(error).__name__) from None


def broken(shown: str, why: str) -> ConnectionError:
    return ConnectionError(f"{shown}: {why}")


def short(text: str) -> str:
    """The begin of a text, in one line."""
    words = " ".join(text.split())
    return words if len(words) <= MOST_SHOWN else words[:MOST_SHOWN] + " ..."
