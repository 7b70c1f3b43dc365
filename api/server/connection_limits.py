"""How many connections there may be: of one address, and of all together.

A connection is unknown until a request with a right key came. Of an address there are at most
so many unknown ones: for one more, the one goes that has waited longest for a request. It does
not go within a second, so that many who come at once can all ask; where there is no room for
any more, those of an address with too many go first.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from pgstrike.api.addresses import TrustedProxies, source

GRACE_SECONDS = 1.0


class Limits(NamedTuple):
    """What connections may do."""

    connections: int
    per_address: int  # without a right key; 0: any number
    header_seconds: float
    idle_seconds: float
    proxies: TrustedProxies  # which carry many people's requests


class Peer(Protocol):
    """A connection, as it is counted."""

    source: str
    since: float
    is_busy: bool

    def is_droppable(self) -> bool:
        """Whether it waits for a request."""

    def drop(self) -> None:
        """End it."""


class Connections:
    """All that are open."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.open: set[Peer] = set()
        self.waiting: dict[Peer, None] = {}  # for a request, the longest first
        self.unknown: dict[str, dict[Peer, None]] = defaultdict(dict)  # by source

    def add(self, peer: Peer) -> None:
        self.open.add(peer)
        self.waiting[peer] = None
        self.unknown[peer.source][peer] = None

    def remove(self, peer: Peer) -> None:
        self.open.discard(peer)
        self.waiting.pop(peer, None)
        self.know(peer)

    def take_up(self, peer: Peer) -> None:
        """A request of it has begun; each must come with a key."""
        self.waiting.pop(peer, None)
        self.unknown[peer.source][peer] = None

    def wait(self, peer: Peer) -> None:
        """A request of it has ended."""
        self.waiting[peer] = None
        unknown = self.unknown.get(peer.source, {})
        if peer in unknown:
            del unknown[peer]
            unknown[peer] = None  # the last of them

    def know(self, peer: Peer) -> None:
        """Its request has come with a right key."""
        unknown = self.unknown.get(peer.source)
        if unknown is not None:
            unknown.pop(peer, None)
            if not unknown:
                del self.unknown[peer.source]

    def make_room(self, address: str) -> bool:
        """Whether one more may come from an address; others that wait go for it."""
        own = self.unknown.get(source(address), {})
        has_too_many = self._counts(address) and len(own) >= self.limits.per_address
        if has_too_many and self._drop_first(own, GRACE_SECONDS):
            return True
        if len(self.open) < self.limits.connections:
            return True
        return self._drop_first(own if has_too_many else self.waiting, 0)

    def _counts(self, address: str) -> bool:
        return bool(self.limits.per_address) and not self.limits.proxies.includes(
            address
        )

    def is_crowded(self, peer: Peer) -> bool:
        """Whether too many of its address have requests without a key."""
        most = self.limits.per_address
        unknown = self.unknown.get(peer.source, {})
        return (
            len(unknown) > most
            and self._counts(peer.source.partition("/")[0])
            and sum(each.is_busy for each in unknown) > most
        )

    def shed(self, count: int) -> None:
        """Drop some of those that wait."""
        for _ in range(count):
            self._drop_first(self.waiting, 0)

    def _drop_first(self, peers: Iterable[Peer], least_seconds: float) -> bool:
        """Drop the one that has waited longest, if it has waited for so long."""
        before = asyncio.get_running_loop().time() - least_seconds
        peer = next((peer for peer in peers if peer.is_droppable()), None)
        if peer is None or peer.since > before:
            return False
        self.waiting.pop(peer, None)
        self.know(peer)
        peer.drop()
        return True
