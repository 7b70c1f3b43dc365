"""Where the database of a round is, how the api reaches it, and what can befall that."""

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from pgstrike.db.embedded.server import Server
from tests.support.network import Network

Fault = Callable[[random.Random], Awaitable[None]]


@dataclass
class Topology:
    """What a round has to know of it; faults of its own may change it meanwhile."""

    server: Server  # that is written to
    dsn: str  # that leads there
    near: str  # what the api reads
    environ: dict[str, str]  # of the api
    workers: int  # of the api; 0: one process
    network: Network | None = None  # before the database that the api reads
    listener: str = "pgstrike api listener"  # its session there
    says_lost: str = "listen_lost"  # what the api logs of a source that it lost
    epochs: set[str] = field(default_factory=set)  # that there were before
    reasons: frozenset[str] = frozenset()  # of resets, by faults of its own
    weights: Mapping[str, int] = field(default_factory=dict)  # of faults of its own
    faults: Mapping[str, Fault] = field(default_factory=dict)
