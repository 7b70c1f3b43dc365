"""How many files a process may have open, and what they are for."""

import contextlib
import resource
from typing import NamedTuple

NO_LIMIT = 1_000_000  # taken for "any number"
OTHERS = 96  # that are neither connections of readers nor of the pool
LEAST = 16
# Connections besides streams: requests, and those that have not asked for anything yet.
REQUESTS = 192


class Room(NamedTuple):
    """How many there may be at once."""

    connections: int
    streams: int


def room(open_files: int, pool_size: int) -> Room:
    """What that many open files leave room for."""
    connections = max(open_files - OTHERS - pool_size, LEAST)
    return Room(connections, max(connections - REQUESTS, connections // 2))


def raise_open_files() -> int:
    """Let as many files be open as may be; each connection is one. Returns how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = NO_LIMIT if hard == resource.RLIM_INFINITY else hard
    if soft == resource.RLIM_INFINITY:
        return NO_LIMIT
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
        return max(soft, most)
    return soft


def room_for(pool_size: int) -> Room:
    """What this process has room for, with as many open files as it may have."""
    return room(raise_open_files(), pool_size)
