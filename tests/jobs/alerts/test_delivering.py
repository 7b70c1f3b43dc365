"""Sinks get each firing once, signed and in order, also after they were down."""

import hashlib
import hmac
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pgstrike.db.errors import SettingError
from pgstrike.jobs.alerts.delivering import deliver
from pgstrike.jobs.alerts.looking import look_at_alerts
from pgstrike.jobs.sink_settings import SinkSettings
from tests.conftest import Stock
from tests.support.alerts import firings, set_alert
from tests.support.live_market import append, one_snapshot

SECRET, TOKEN = "a-secret-of-webhooks", "12345:a-token"


class Receiver(ThreadingHTTPServer):
    """A webhook that keeps what it gets, and answers with a status."""

    status = 200

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def bodies(self) -> list[Any]:
        return [json.loads(body) for _, _, body in self.got]


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def stock() -> Stock:
    return one_snapshot


@pytest.fixture
def market(stock: Stock, connection: psycopg.Connection) -> psycopg.Connection:
    return connection


def settings(receiver: Receiver, **environ: str) -> SinkSettings:
    return SinkSettings.from_env(
        {
            "PGSTRIKE_ALERT_SINKS": f"desk={receiver.url}/hook phone=telegram:-42",
            "PGSTRIKE_WEBHOOK_SECRET": SECRET,
            "PGSTRIKE_TELEGRAM_TOKEN": TOKEN,
            "PGSTRIKE_TELEGRAM_URL": receiver.url,
            **environ,
        }
    )


def fire(connection: psycopg.Connection, name: str, *sinks: str) -> int:
    """Have an alert fire once; the id of its firing."""
    set_alert(connection, name, "SELECT 'x' AS said", sinks=list(sinks))
    append(connection, 1)
    assert look_at_alerts(connection) == 1
    return int(firings(connection, name)[0]["id"])


def try_again(connection: psycopg.Connection) -> None:
    """Let every next attempt be due."""
    connection.execute("UPDATE job.alert_delivery SET due_at = clock_timestamp()")


def test_webhook_gets_a_signed_body(
    market: psycopg.Connection, receiver: Receiver
) -> None:
    id = fire(market, "a", "desk")
    assert deliver(settings(receiver), market) == 1
    assert deliver(settings(receiver), market) == 0
    [(path, headers, body)] = receiver.got
    assert path == "/hook"
    signed = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Pgstrike-Signature"] == f"sha256={signed}"
    assert headers["Idempotency-Key"] == f"firing-{id}"
    said = json.loads(body)
    assert (said["alert"], said["symbol"], said["firing"]) == ("a", "NIFTY", id)
    assert said["rows"] == [{"said": "x"}]
    [delivery] = firings(market, "a")[0]["deliveries"]
    assert (delivery["state"], delivery["attempts"]) == ("delivered", 1)


def test_telegram_gets_a_message(
    market: psycopg.Connection, receiver: Receiver
) -> None:
    fire(market, "a", "phone")
    assert deliver(settings(receiver), market) == 1
    [(path, _, body)] = receiver.got
    assert path == f"/bot{TOKEN}/sendMessage"
    assert json.loads(body)["chat_id"] == "-42"
    assert json.loads(body)["text"].startswith("a: NIFTY at 2025-08-29")


@pytest.mark.parametrize("status", [500, 404, 302])
def test_sink_that_was_down_gets_all_in_order_once(
    market: psycopg.Connection, receiver: Receiver, status: int
) -> None:
    ids = [fire(market, name, "desk", "phone") for name in ("a", "b", "c")]
    receiver.status = status
    assert deliver(settings(receiver), market) == 0
    # One attempt for each sink: those behind the first wait for it.
    assert len(receiver.got) == 2
    assert deliver(settings(receiver), market) == 0
    assert len(receiver.got) == 2
    receiver.status = 200
    receiver.got.clear()
    try_again(market)
    assert deliver(settings(receiver), market) == 6
    hooks = [json.loads(body) for path, _, body in receiver.got if path == "/hook"]
    assert [said["firing"] for said in hooks] == ids


def test_error_names_no_address_and_no_secret(
    market: psycopg.Connection, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fire(market, "a", "desk", "phone", "unknown")
    sinks = settings(receiver)
    receiver.shutdown()
    receiver.server_close()
    assert deliver(sinks, market) == 0
    shown = caplog.text + str(firings(market, "a")) + repr(sinks)
    for hidden in (SECRET, TOKEN, "/hook"):
        assert hidden not in shown
    errors = {
        each["sink"]: each["error"] for each in firings(market, "a")[0]["deliveries"]
    }
    assert errors["desk"] == "it cannot be reached (ConnectionRefusedError)"
    assert "no sink unknown" in errors["unknown"]


def test_firing_is_given_up_after_a_day(
    market: psycopg.Connection, receiver: Receiver
) -> None:
    fire(market, "a", "desk")
    receiver.status = 500
    for hours, state in ((23, "pending"), (25, "given_up")):
        try_again(market)
        market.execute(
            "UPDATE job.alert_firing SET noted_at = clock_timestamp()"
            " - make_interval(hours => %s)",
            [hours],
        )
        deliver(settings(receiver), market)
        [delivery] = firings(market, "a")[0]["deliveries"]
        assert delivery["state"] == state
    try_again(market)
    receiver.got.clear()
    assert deliver(settings(receiver), market) == 0 and not receiver.got


@pytest.mark.one_engine
@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"PGSTRIKE_ALERT_SINKS": "desk=http://10.0.0.1/x"}, "not https"),
        ({"PGSTRIKE_ALERT_SINKS": "desk=http://example.org/x"}, "not https"),
        ({"PGSTRIKE_ALERT_SINKS": "desk=ftp://example.org/x"}, "not https"),
        ({"PGSTRIKE_ALERT_SINKS": "desk=https://me:pw@example.org/x"}, "user's name"),
        ({"PGSTRIKE_ALERT_SINKS": "desk"}, "NAME=ADDRESS"),
        ({"PGSTRIKE_ALERT_SINKS": "a=https://x/ a=https://y/"}, "came before"),
        ({"PGSTRIKE_ALERT_SINKS": "a=https://[x"}, "no address"),
        ({"PGSTRIKE_ALERT_SINKS": "a=telegram:1"}, "PGSTRIKE_TELEGRAM_TOKEN"),
        ({"PGSTRIKE_TELEGRAM_URL": "http://example.org"}, "not https"),
        ({"PGSTRIKE_WEBHOOK_SECRET_FILE": "/nosuch"}, "cannot be read"),
        (
            {"PGSTRIKE_WEBHOOK_SECRET_FILE": "/x", "PGSTRIKE_WEBHOOK_SECRET": "x"},
            "both set",
        ),
    ],
)
def test_bad_setting_is_refused(environ: dict[str, str], says: str) -> None:
    with pytest.raises(SettingError, match=says) as error:
        SinkSettings.from_env(environ)
    assert "pw@" not in str(error.value)


def test_secret_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("of a file\n")
    found = SinkSettings.from_env(
        {"PGSTRIKE_WEBHOOK_SECRET_FILE": str(tmp_path / "secret")}
    )
    assert found.webhook_secret == "of a file"
