"""Waiting longer and longer between attempts."""

import random
from collections.abc import Iterator


def backoff(first: float = 0.1, most: float = 0.5) -> Iterator[float]:
    """Seconds to wait before each new attempt: doubling, spread by half."""
    delay = first
    while True:
        yield delay * random.uniform(0.5, 1.5)
        delay = min(delay * 2, most)
