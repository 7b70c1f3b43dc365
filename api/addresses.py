"""The proxies whose connections carry other people's requests: PGSTRIKE_TRUSTED_PROXIES."""

import ipaddress
from dataclasses import dataclass
from typing import TypeAlias

from db.errors import SettingError

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
