"""How often each may ask: so many times a second, and a burst of more."""

from time import monotonic

# So many are remembered; then the one that came longest ago is forgotten.
MOST_NAMES = 10_000


class RateLimits:
    """A bucket per name, filled at the rate."""

    def __init__(self, per_second: float, burst: float | None = None) -> None:
        self.per_second = per_second
        # Below one, no bucket would ever hold what a request takes.
        self.burst = max(1.0, 2 * per_second if burst is None else burst)
        self._buckets: dict[str, tuple[float, float]] = {}  # tokens, and when

    def take(self, name: str) -> float:
        """Take a token. Returns 0, or in how many seconds there will be one."""
        now = monotonic()
        tokens, since = self._buckets.pop(name, (self.burst, now))
        tokens = min(self.burst, tokens + (now - since) * self.per_second)
        wait = 0.0 if tokens >= 1 else (1 - tokens) / self.per_second
        self._buckets[name] = (tokens if wait else tokens - 1), now
        if len(self._buckets) > MOST_NAMES:
            del self._buckets[next(iter(self._buckets))]
        return wait
