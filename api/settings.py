"""What the api can be told, read from the environment and the command line once."""

import ipaddress
from collections.abc import Mapping
from typing import NamedTuple

from api.addresses import TrustedProxies
from api.subscription import MOST_INTERVAL_MS
from db.errors import SettingError
from db.settings import DatabaseSettings, number, whole

NO_KEY = (
    "nobody has a key; make one with `python -m api key create NAME`, or set "
    "PGSTRIKE_API_KEY, or start with --insecure, on a loopback address only"
)


class ApiSettings(NamedTuple):
    """Settings of `python -m api`."""

    database: DatabaseSettings
    host: str
    port: int  # 0: any that is free
    key: str | None  # one that may have everything, besides those of the database
    insecure: bool  # whoever reaches the loopback address may have everything
    heartbeat_seconds: float
    probe_seconds: float
    poll_seconds: float  # how often the log is asked whether a notification was missed
    queue_events: int  # a reader that is further behind is sent a reset
    streams: int | None  # at once; None: as many as files may be open
    key_streams: int  # at once with one key, where the key does not say
    key_subscriptions: int  # different ones, with one key
    requests_per_second: float  # with one key; 0: any number
    interval_least_ms: int  # that a panel of an ordinary key may ask for
    listeners: int  # of one database, by all processes
    connections: int | None  # at once; None: as many as files may be open
    address_connections: int  # of one address, without a right key; 0: any number
    header_seconds: float  # for a whole head, and for a body
    idle_seconds: float  # between two requests of a connection
    trusted_proxies: TrustedProxies

    @classmethod
    def from_env(cls, environ: Mapping[str, str], *, insecure: bool) -> "ApiSettings":
        host = environ.get("PGSTRIKE_API_HOST") or "127.0.0.1"
        key = environ.get("PGSTRIKE_API_KEY") or None
        refuse_open_door(host, key, insecure)
        return cls(
            database=DatabaseSettings.from_env(environ),
            host=host,
            port=port(environ),
            key=key,
            insecure=insecure and key is None,
            heartbeat_seconds=number(
                environ, "PGSTRIKE_HEARTBEAT_SECONDS", 15, least=0.05
            ),
            probe_seconds=number(environ, "PGSTRIKE_PROBE_SECONDS", 3, least=0.05),
            poll_seconds=number(environ, "PGSTRIKE_POLL_SECONDS", 5, least=0.05),
            queue_events=whole(environ, "PGSTRIKE_QUEUE_EVENTS", 1000, least=1),
            streams=whole(environ, "PGSTRIKE_STREAMS", 0, least=0) or None,
            key_streams=whole(environ, "PGSTRIKE_KEY_STREAMS", 1000, least=0),
            key_subscriptions=whole(
                environ, "PGSTRIKE_MAX_SUBSCRIPTIONS_PER_KEY", 100, least=1
            ),
            requests_per_second=number(
                environ, "PGSTRIKE_REQUESTS_PER_SECOND", 50, least=0
            ),
            interval_least_ms=interval_least_ms(environ),
            listeners=whole(environ, "PGSTRIKE_LISTENERS", 16, least=1),
            connections=whole(environ, "PGSTRIKE_MAX_CONNECTIONS", 0, least=0) or None,
            address_connections=whole(
                environ, "PGSTRIKE_MAX_CONNECTIONS_PER_ADDRESS", 64, least=0
            ),
            header_seconds=number(environ, "PGSTRIKE_HEADER_SECONDS", 10, least=0.05),
            idle_seconds=number(environ, "PGSTRIKE_IDLE_SECONDS", 75, least=0.05),
            trusted_proxies=TrustedProxies.from_text(
                environ.get("PGSTRIKE_TRUSTED_PROXIES", "")
            ),
        )


def refuse_open_door(host: str, key: str | None, insecure: bool) -> None:
    if insecure and key is None and not is_loopback(host):
        raise SettingError(
            f"--insecure is for a loopback address, and PGSTRIKE_API_HOST is {host}; "
            "set PGSTRIKE_API_KEY, or PGSTRIKE_API_HOST=127.0.0.1"
        )
    if key is not None and not (key.isascii() and key.isprintable() and " " not in key):
        raise SettingError(
            "PGSTRIKE_API_KEY cannot be sent in a header; "
            "set it to ASCII letters, digits and signs without a space"
        )


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def port(environ: Mapping[str, str]) -> int:
    value = whole(environ, "PGSTRIKE_API_PORT", 8765, least=0)
    if value > 65535:
        raise SettingError(f"PGSTRIKE_API_PORT is {value}; set it to 65535 or less")
    return value


def interval_least_ms(environ: Mapping[str, str]) -> int:
    value = whole(environ, "PGSTRIKE_INTERVAL_LEAST_MS", 100, least=0)
    if value > MOST_INTERVAL_MS:
        raise SettingError(
            f"PGSTRIKE_INTERVAL_LEAST_MS is {value}; set it to {MOST_INTERVAL_MS} or less"
        )
    return value
