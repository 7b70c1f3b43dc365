"""The settings of the api, read once from the environment and the command line."""

import ipaddress
from collections.abc import Mapping
from typing import NamedTuple

from pgstrike.api.addresses import TrustedProxies
from pgstrike.api.origins import parse_origins
from pgstrike.api.relay.address import RedisSettings
from pgstrike.db.errors import SettingError
from pgstrike.db.settings import DatabaseSettings, number, whole
from pgstrike.db.shards import Shard, shards

MOST_INTERVAL_MS = 60_000
MEGABYTE = 1_000_000
MOST = 1_000_000  # of anything that is counted: more is a slip of the hand
LEAST_RATE = 0.01  # of requests a second: below it no useful Retry-After can be given
SOURCES = ("listen", "standby", "edge", "redis")  # of events; api/sources.py opens each
LISTENING = ("listen", "edge")  # those by LISTEN, which the workers of a host share
NO_KEY = (
    "nobody has a key; make one with `pgstrike key create NAME`, or set "
    "PGSTRIKE_API_KEY, or start with --insecure, on a loopback address only"
)


class ApiSettings(NamedTuple):
    """Settings of `pgstrike serve`."""

    database: DatabaseSettings
    host: str
    port: int  # 0: any that is free
    key: str | None  # one that may have everything, besides those of the database
    insecure: bool  # everyone who reaches the loopback address may read everything
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
    cors_origins: frozenset[str]  # whose pages may read answers
    late_seconds: float  # a change may wait for a refresh before /health says so
    metrics_address: tuple[str, int] | None  # where /metrics needs no key
    cache_bytes: int  # of answers that are kept; 0: none is
    source: str = "listen"  # one of SOURCES
    # The database for writes; None: the one that is read.
    primary_dsn: str | None = None
    after_seconds: float = 2  # that a request waits for an event that it names
    lag_seconds: float = 10  # that a copy may be behind its primary
    redis: RedisSettings | None = None  # of source redis
    shards: tuple[Shard, ...] = ()  # servers besides that of the DSN

    def __repr__(self) -> str:
        return "<the settings of the api>"  # the key and the DSN are for no log

    @classmethod
    def from_env(cls, environ: Mapping[str, str], *, insecure: bool) -> "ApiSettings":
        host = api_host(environ)
        key = environ.get("PGSTRIKE_API_KEY") or None
        refuse_open_door(host, key, insecure)
        return cls(
            database=DatabaseSettings.from_env(environ),
            host=host,
            port=port(environ),
            key=key,
            insecure=insecure and key is None,
            heartbeat_seconds=number(
                environ, "PGSTRIKE_HEARTBEAT_SECONDS", 15, least=0.05, most=3600
            ),
            probe_seconds=probe_seconds(environ),
            poll_seconds=poll_seconds(environ),
            queue_events=whole(
                environ, "PGSTRIKE_QUEUE_EVENTS", 1000, least=1, most=MOST
            ),
            streams=whole(environ, "PGSTRIKE_MAX_STREAMS", 0, least=0, most=MOST)
            or None,
            key_streams=whole(
                environ, "PGSTRIKE_MAX_STREAMS_PER_KEY", 1000, least=0, most=MOST
            ),
            key_subscriptions=whole(
                environ, "PGSTRIKE_MAX_SUBSCRIPTIONS_PER_KEY", 100, least=1, most=MOST
            ),
            requests_per_second=requests_per_second(environ),
            interval_least_ms=interval_least_ms(environ),
            listeners=whole(
                environ, "PGSTRIKE_MAX_LISTENERS", 16, least=1, most=10_000
            ),
            connections=whole(
                environ, "PGSTRIKE_MAX_CONNECTIONS", 0, least=0, most=MOST
            )
            or None,
            address_connections=whole(
                environ, "PGSTRIKE_MAX_CONNECTIONS_PER_ADDRESS", 64, least=0, most=MOST
            ),
            header_seconds=number(
                environ, "PGSTRIKE_HEADER_SECONDS", 10, least=0.05, most=3600
            ),
            idle_seconds=number(
                environ, "PGSTRIKE_IDLE_SECONDS", 75, least=0.05, most=86_400
            ),
            trusted_proxies=TrustedProxies.from_text(
                environ.get("PGSTRIKE_TRUSTED_PROXIES", "")
            ),
            cors_origins=parse_origins(environ.get("PGSTRIKE_CORS_ORIGINS", "")),
            late_seconds=late_seconds(environ),
            metrics_address=metrics_address(environ),
            cache_bytes=MEGABYTE
            * whole(environ, "PGSTRIKE_CACHE_MB", 100, least=0, most=MOST),
            source=source(environ),
            redis=(
                RedisSettings.from_env(environ) if source(environ) == "redis" else None
            ),
            primary_dsn=environ.get("PGSTRIKE_PRIMARY_DSN") or None,
            after_seconds=number(
                environ, "PGSTRIKE_AFTER_SECONDS", 2, least=0.05, most=60
            ),
            lag_seconds=number(
                environ, "PGSTRIKE_MAX_LAG_SECONDS", 10, least=0.1, most=86_400
            ),
            shards=shards(environ),
        )


def api_host(environ: Mapping[str, str]) -> str:
    host = environ.get("PGSTRIKE_API_HOST") or "127.0.0.1"
    try:
        host.encode(
            "idna"
        )  # as it is looked up; what cannot be raises no OSError there
    except UnicodeError:
        raise SettingError(
            f"PGSTRIKE_API_HOST is {host[:80]!r}; set it to an address or a host name"
        ) from None
    return host


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
    return whole(environ, "PGSTRIKE_API_PORT", 8765, least=0, most=65_535)


def own_address(environ: Mapping[str, str]) -> str:
    """The api's address, as a browser on this machine reaches it."""
    host = api_host(environ)
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://{f'[{host}]' if ':' in host else host}:{port(environ)}"


def probe_seconds(environ: Mapping[str, str]) -> float:
    return number(environ, "PGSTRIKE_PROBE_SECONDS", 3, least=0.05, most=60)


def poll_seconds(environ: Mapping[str, str]) -> float:
    return number(environ, "PGSTRIKE_POLL_SECONDS", 5, least=0.05, most=3600)


def requests_per_second(environ: Mapping[str, str]) -> float:
    name = "PGSTRIKE_REQUESTS_PER_SECOND"
    value = number(environ, name, 50, least=0, most=MOST)
    if 0 < value < LEAST_RATE:
        raise SettingError(f"{name} is {value}; set it to 0 or at least {LEAST_RATE}")
    return value


def interval_least_ms(environ: Mapping[str, str]) -> int:
    name = "PGSTRIKE_MIN_INTERVAL_MS"
    return whole(environ, name, 100, least=0, most=MOST_INTERVAL_MS)


def source(environ: Mapping[str, str]) -> str:
    name = environ.get("PGSTRIKE_SOURCE") or SOURCES[0]
    if name not in SOURCES:
        raise SettingError(
            f"PGSTRIKE_SOURCE is {name[:80]!r}; set it to {' or '.join(SOURCES)}"
        )
    return name


def late_seconds(environ: Mapping[str, str]) -> float:
    return number(environ, "PGSTRIKE_LATE_SECONDS", 30, least=1, most=86_400)


def metrics_address(environ: Mapping[str, str]) -> tuple[str, int] | None:
    text = environ.get("PGSTRIKE_METRICS_LISTEN")
    if not text:
        return None
    host, _, port = text.rpartition(":")
    if not (host and port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise SettingError(
            f"PGSTRIKE_METRICS_LISTEN is {text[:80]!r}; set it to HOST:PORT, such as "
            "127.0.0.1:9187"
        )
    return host.strip("[]"), int(port)
