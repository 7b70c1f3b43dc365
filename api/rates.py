"""How often each key may ask: so many requests a second, and a burst of twice as many."""

from time import monotonic


class Rates:
    """A bucket per key, filled at the rate."""

    def __init__(self, per_second: float) -> None:
        self.per_second = per_second
        self._buckets: dict[str, tuple[float, float]] = {}  # tokens, and when

    def take(self, name: str) -> float:
        """Take a token. Returns 0, or in how many seconds there will be one."""
        now = monotonic()
        most = 2 * self.per_second
        tokens, since = self._buckets.get(name, (most, now))
        tokens = min(most, tokens + (now - since) * self.per_second)
        if tokens < 1:
            self._buckets[name] = tokens, now
            return (1 - tokens) / self.per_second
        self._buckets[name] = tokens - 1, now
        return 0
