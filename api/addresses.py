"""Where requests come from, also through the proxies of PGSTRIKE_TRUSTED_PROXIES."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pgstrike.db.errors import SettingError

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class TrustedProxies:
    """Networks whose addresses are proxies of ours."""

    networks: tuple[Network, ...] = ()

    @classmethod
    def from_text(cls, text: str) -> "TrustedProxies":
        """From addresses and networks, separated by commas."""
        words = [word.strip() for word in text.split(",") if word.strip()]
        try:
            return cls(tuple(ipaddress.ip_network(word) for word in words))
        except ValueError as error:
            raise SettingError(
                f"PGSTRIKE_TRUSTED_PROXIES is {text!r} ({error}); "
                "set it to addresses and networks, such as 10.0.0.5,192.168.0.0/16"
            ) from None

    def includes(self, address: str) -> bool:
        found = parse_address(address)
        return found is not None and any(found in network for network in self.networks)


def parse_address(text: str) -> Address | None:
    """An address; an IPv4 one that is written as IPv6 is an IPv4 one."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if address.version == 6 else None
    return mapped or address


def origin(peer: str, forwarded: Sequence[str], proxies: TrustedProxies) -> str:
    """The address that a request came from, by its X-Forwarded-For headers.

    Each proxy appends whom it got the request from: so the last one that is no proxy of ours
    is right, and what stands before it may be made up.
    """
    passed = [hop.strip() for hop in ",".join(forwarded).split(",")]
    while passed and proxies.includes(peer):
        before = without_port(passed.pop())
        if parse_address(before) is None:
            break
        peer = before
    return peer


def without_port(hop: str) -> str:
    """The address in 192.0.2.1, 192.0.2.1:4711, 2001:db8::1 or [2001:db8::1]:4711."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def source(address: str) -> str:
    """What counts as one address: of IPv6, everybody has 2^64 of them."""
    found = parse_address(address)
    if found is None or found.version == 4:
        return str(found or address)
    return str(ipaddress.ip_network((found, 64), strict=False))
