"""Sending one firing to one sink. No message says an address or a secret."""

import hashlib
import hmac
import http.client
import json
from collections.abc import Mapping

from pgstrike.db.errors import PgstrikeError
from pgstrike.jobs.sink_settings import Sink, SinkSettings, safe

SECONDS = 5.0  # for each step: connecting, sending, the answer
MOST_LETTERS = 4000  # of a message of Telegram
SIGNATURE = "X-Pgstrike-Signature"
IDEMPOTENCY_KEY = "Idempotency-Key"


class SinkError(PgstrikeError):
    """A sink did not take a firing."""


def post(settings: SinkSettings, name: str, firing: int, body: str) -> None:
    """Send a firing to the sink of that name. SinkError where it does not take it."""
    sink = settings.sinks.get(name)
    if sink is None:
        raise SinkError(
            f"this `pgstrike run` has no sink {name}; add it to PGSTRIKE_ALERT_SINKS"
        )
    if sink.chat:
        url = f"{settings.telegram_url}/bot{settings.telegram_token}/sendMessage"
        send(url, json.dumps(message(sink, body)).encode(), {})
    else:
        headers = {IDEMPOTENCY_KEY: f"firing-{firing}"}
        if settings.webhook_secret:
            headers[SIGNATURE] = signature(settings.webhook_secret, body.encode())
        send(sink.url, body.encode(), headers)


def signature(secret: str, body: bytes) -> str:
    """The HMAC of a body, as its receiver computes it too."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def message(sink: Sink, body: str) -> dict[str, str]:
    said = json.loads(body)
    rows = "\n".join(json.dumps(row, ensure_ascii=False) for row in said["rows"])
    text = f"{said['alert']}: {said['symbol']} at {said['fired_at']}\n{rows}"
    return {"chat_id": sink.chat, "text": text[:MOST_LETTERS]}


def send(url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """POST JSON. A redirection is a refusal: it could lead anywhere."""
    parts = safe("the address of the sink", url)
    is_https = parts.scheme == "https"
    kind = http.client.HTTPSConnection if is_https else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=SECONDS)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(
            "POST", path, body, {"Content-Type": "application/json", **headers}
        )
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise SinkError(f"it cannot be reached ({type(error).__name__})") from None
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise SinkError(f"it answered {status}")
