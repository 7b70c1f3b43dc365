"""How long things take, as plain numbers until somebody asks (see api/http/prometheus.py)."""

import contextlib
import logging
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from datetime import UTC, datetime
from time import perf_counter
from typing import NamedTuple

import psycopg

logger = logging.getLogger(__name__)

# Upper bounds in seconds: of a statement, of an answer, of a delivery.
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
SLOW_SECONDS = 1.0
KEPT = 20  # slow statements


class Durations:
    """Counts by BOUNDS, the sum and the longest."""

    __slots__ = ("counts", "longest", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)  # the last one: above every bound
        self.total = self.longest = 0.0

    def note(self, seconds: float) -> None:
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds
        self.longest = max(self.longest, seconds)

    @property
    def count(self) -> int:
        return sum(self.counts)


class Slow(NamedTuple):
    """A statement that took long, without its parameters."""

    name: str
    seconds: float
    at: datetime


class Statements:
    """The statements of sql/queries that this process has asked, by name."""

    def __init__(self) -> None:
        self.durations: dict[str, Durations] = defaultdict(Durations)
        self.failures: Counter[str] = Counter()
        self.slow: deque[Slow] = deque(maxlen=KEPT)

    @contextlib.contextmanager
    def timed(self, name: str) -> Iterator[None]:
        began = perf_counter()
        try:
            yield
        except psycopg.errors.InvalidParameterValue:
            raise  # our SQL has refused an argument
        except Exception:  # not where the reader has gone
            self.failures[name] += 1
            raise
        finally:
            self.note(name, perf_counter() - began)

    def note(self, name: str, seconds: float) -> None:
        self.durations[name].note(seconds)
        if seconds > SLOW_SECONDS:
            self.slow.append(Slow(name, seconds, datetime.now(UTC)))
            # A logger of its own: the api logs one line per logger, place and minute.
            logger.getChild(name).warning(
                "slow_query name=%s took=%.2fs", name, seconds
            )


STATEMENTS = Statements()
