"""Where Redis is, from PGSTRIKE_REDIS_URL."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from pgstrike.db.errors import SettingError
from pgstrike.db.settings import whole

NO_URL = (
    "PGSTRIKE_REDIS_URL is no address of a Redis server; set it to one such as "
    "redis://user:password@127.0.0.1:6379/0 (rediss:// for TLS, unix:///path for a socket)"
)
MOST_ENTRIES = 1_000_000


class Address(NamedTuple):
    """A Redis server, and who we are there."""

    host: str
    port: int
    path: str | None  # of a Unix socket, instead of host and port
    is_tls: bool
    user: str | None
    password: str | None
    database: int

    def __repr__(self) -> str:
        return f"<{self.name}>"  # a password is for no log

    @property
    def name(self) -> str:
        return f"Redis at {self.path or f'{self.host}:{self.port}'}"

    @classmethod
    def parse(cls, url: str) -> "Address":
        try:
            parts = urlsplit(url)
            return address_of(parts)
        except ValueError:
            raise SettingError(NO_URL) from None


def address_of(parts: SplitResult) -> Address:
    """ValueError where it is none."""
    is_socket = parts.scheme == "unix"
    if parts.scheme not in ("redis", "rediss", "unix") or parts.query:
        raise ValueError
    if not (parts.path if is_socket else parts.hostname):
        raise ValueError
    return Address(
        host=parts.hostname or "",
        port=parts.port or 6379,
        path=unquote(parts.path) if is_socket else None,
        is_tls=parts.scheme == "rediss",
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        database=0 if is_socket else int(parts.path.strip("/") or 0),
    )


class RedisSettings(NamedTuple):
    """Which stream of which server events go through."""

    address: Address
    stream: str  # its key
    entries: int  # that it keeps, about

    @property
    def beats(self) -> str:
        """The key of the stream of heartbeats. In a cluster it is beside the other one."""
        return f"{{{self.stream}}}:beats"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "RedisSettings":
        return cls(
            address=Address.parse(environ.get("PGSTRIKE_REDIS_URL") or ""),
            stream=environ.get("PGSTRIKE_REDIS_STREAM") or "pgstrike:events",
            entries=whole(
                environ,
                "PGSTRIKE_REDIS_ENTRIES",
                10_000,
                least=100,
                most=MOST_ENTRIES,
            ),
        )
