"""api.settings."""

import pytest

from pgstrike.api.settings import ApiSettings
from pgstrike.db.errors import SettingError

KEY = {"PGSTRIKE_API_KEY": "k"}


def test_defaults() -> None:
    made = ApiSettings.from_env(KEY, insecure=False)
    assert (made.host, made.port, made.key) == ("127.0.0.1", 8765, "k")
    assert (made.heartbeat_seconds, made.probe_seconds) == (15, 3)
    assert made.queue_events == 1000
    assert made.cors_origins == frozenset()
    assert made.metrics_address is None
    assert (made.source, made.primary_dsn) == ("listen", None)
    there = {**KEY, "PGSTRIKE_METRICS_LISTEN": "[::1]:9187"}
    made = ApiSettings.from_env(there, insecure=False)
    assert made.metrics_address == ("::1", 9187)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_insecure_on_loopback(host: str) -> None:
    made = ApiSettings.from_env({"PGSTRIKE_API_HOST": host}, insecure=True)
    assert made.key is None and made.insecure


def test_key_is_asked_for_even_if_insecure() -> None:
    made = ApiSettings.from_env(KEY, insecure=True)
    assert made.key == "k" and not made.insecure


@pytest.mark.parametrize(
    ("environ", "insecure", "says"),
    [
        ({"PGSTRIKE_API_HOST": "0.0.0.0"}, True, "loopback"),
        ({"PGSTRIKE_API_HOST": "example.org"}, True, "loopback"),
        ({"PGSTRIKE_API_KEY": "a key"}, False, "cannot be sent"),
        ({"PGSTRIKE_API_KEY": "a\nkey"}, False, "cannot be sent"),
        ({**KEY, "PGSTRIKE_API_PORT": "70000"}, False, "65535"),
        ({**KEY, "PGSTRIKE_API_PORT": "-1"}, False, "PGSTRIKE_API_PORT"),
        (
            {**KEY, "PGSTRIKE_HEARTBEAT_SECONDS": "0"},
            False,
            "PGSTRIKE_HEARTBEAT_SECONDS",
        ),
        (
            {**KEY, "PGSTRIKE_MAX_STREAMS_PER_KEY": "-1"},
            False,
            "PGSTRIKE_MAX_STREAMS_PER_KEY",
        ),
        ({**KEY, "PGSTRIKE_REQUESTS_PER_SECOND": "x"}, False, "REQUESTS_PER_SECOND"),
        ({**KEY, "PGSTRIKE_QUEUE_EVENTS": "x"}, False, "PGSTRIKE_QUEUE_EVENTS"),
        ({**KEY, "PGSTRIKE_REQUESTS_PER_SECOND": "0.009"}, False, "at least 0.01"),
        ({**KEY, "PGSTRIKE_CORS_ORIGINS": "*"}, False, "PGSTRIKE_CORS_ORIGINS"),
        ({**KEY, "PGSTRIKE_SOURCE": "rumour"}, False, "set it to listen"),
        ({**KEY, "PGSTRIKE_METRICS_LISTEN": "9187"}, False, "set it to HOST:PORT"),
        ({**KEY, "PGSTRIKE_METRICS_LISTEN": "::1:0"}, False, "set it to HOST:PORT"),
        ({**KEY, "PGSTRIKE_METRICS_LISTEN": "x:70000"}, False, "set it to HOST:PORT"),
    ],
)
def test_unusable_setting_is_refused(
    environ: dict[str, str], insecure: bool, says: str
) -> None:
    with pytest.raises(SettingError, match=says):
        ApiSettings.from_env(environ, insecure=insecure)
