"""When a source was heard, and how often it usually is."""

from collections.abc import Mapping

import numpy as np

from pgstrike.jobs.feed.times import SECOND
from pgstrike.jobs.live.book import Standing
from pgstrike.jobs.quote import LEGS, UNKNOWN, QuoteBatch

LONGEST_GAP = 10.0  # seconds that count: a night is no usual gap
WEIGHT = 0.1  # of the newest gap in the usual one


class Heard:
    """When one source was heard last, by a clock that does not jump."""

    def __init__(self) -> None:
        self.at: float | None = None
        self.gap = 0.0  # the usual one, in seconds

    def note(self, now: float) -> None:
        if self.at is not None:
            newest = min(now - self.at, LONGEST_GAP)
            self.gap += WEIGHT * (newest - self.gap)
        self.at = now


class SymbolsHeard:
    """When the newest message of each symbol came, by a clock that does not jump.

    It is found by looking at each symbol's newest read_at now and then. A read_at that differs
    from that of the last look came since then. So a recording, and a source that delays its
    chains, are not silent, although their read_at is old.
    """

    def __init__(self, began: float) -> None:
        self._looked_at = began
        self._seen: dict[str, tuple[int, float]] = {}

    def silent(
        self, newest: Mapping[str, int], wall: int, now: float
    ) -> dict[str, float]:
        """For how many seconds each symbol is silent."""
        for symbol, read_at in newest.items():
            if self._seen.get(symbol, (None,))[0] != read_at:
                came_at = max(now - past(wall, read_at), self._looked_at)
                self._seen[symbol] = read_at, came_at
        self._looked_at = now
        return {symbol: now - self._seen[symbol][1] for symbol in newest}


def past(wall: int, read_at: int) -> float:
    return max(wall - read_at, 0) / SECOND


class ChainsHeard:
    """How a source of whole chains stands with its symbols."""

    def __init__(self) -> None:
        self._chains: dict[tuple[str, int], int | None] = {}
        self._read_at: dict[str, int] = {}

    def note(self, batch: QuoteBatch) -> None:
        for code in np.unique(batch.rows["symbol"]).tolist():
            symbol = batch.symbols[code]
            rows = batch.rows[batch.rows["symbol"] == code]
            self._read_at[symbol] = int(rows["quote_time"].max())
            for expiry in np.unique(rows["expiry"]).tolist():
                of = rows[rows["expiry"] == expiry]
                of = of[of["quote_time"] == of["quote_time"].max()]
                volumes = np.concatenate([of[f"{leg}_volume"] for leg in LEGS])
                known = volumes[volumes != UNKNOWN]
                total = (
                    int(known.sum())
                    if len(known) and batch.kinds.volume != "other"
                    else None
                )
                self._chains[symbol, expiry] = total

    def standings(self) -> dict[str, Standing]:
        """Of each symbol that was heard."""
        found = {}
        for symbol, read_at in self._read_at.items():
            volumes = [v for (of, _), v in self._chains.items() if of == symbol]
            known = [each for each in volumes if each is not None]
            found[symbol] = Standing(read_at, sum(known) if known else None)
        return found
