"""Origins of other websites whose pages may read the api: PGSTRIKE_CORS_ORIGINS."""

import ipaddress
import re
from urllib.parse import urlsplit

from pgstrike.db.errors import SettingError

NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
OWN_PORTS = {"http": 80, "https": 443}  # which browsers leave out


def parse_origins(text: str) -> frozenset[str]:
    """From origins, separated by commas."""
    words = [word.strip() for word in text.split(",")]
    return frozenset(origin_of(word) for word in words if word)


def origin_of(word: str) -> str:
    """The origin as a browser sends it."""
    try:
        parts = urlsplit(word)
        host, port = host_of(parts.hostname or ""), parts.port
        if parts.scheme not in OWN_PORTS or parts.username is not None:
            raise ValueError
        if port == 0 or parts.path or set("?#") & set(word) or not word.isprintable():
            raise ValueError
    except ValueError:
        raise SettingError(
            f"PGSTRIKE_CORS_ORIGINS has {word[:80]!r}; set it to origins, such as"
            " https://desk.example.org,http://localhost:3000; an origin has no path and no *"
        ) from None
    is_own = port in (None, OWN_PORTS[parts.scheme])
    return f"{parts.scheme}://{host}" + ("" if is_own else f":{port}")


def host_of(name: str) -> str:
    """The host of an origin; ValueError where it is none."""
    if ":" in name:
        return f"[{ipaddress.IPv6Address(name)}]"
    if NAME.fullmatch(name) is None:
        raise ValueError
    return name
