"""Counts of a feed's rows by outcome."""

from collections import Counter

from pgstrike.jobs.ingest.store import Stored
from pgstrike.jobs.quote import QuoteBatch, Reject

COUNTS = {
    "stored": "stored",
    "corrected": "corrected",
    "unchanged": "unchanged",
    "late": "late",
    "outside_session": "outside the session",
    "dropouts": "drop-outs",
    "volumes_doubted": "volumes doubted",
    "taken_in": "waited, taken in",
}
SELDOM = ("taken_in",)  # is said where there are any


class Tally:
    """Counts of the rows that were read, by outcome."""

    def __init__(self) -> None:
        self.read = 0  # and stored, as far as it is right
        self.counts: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()
        self.of_other_source: Counter[str | None] = Counter()  # by symbol

    def add(self, batch: QuoteBatch, stored: Stored, rejects: list[Reject]) -> None:
        """Count a batch that was stored."""
        self.read += len(batch.rows) + len(batch.rejects)
        self.counts.update({name: getattr(stored, name) for name in COUNTS})
        self.rejected.update(reject.reason for reject in rejects)
        self.of_other_source.update(
            reject.symbol for reject in rejects if reject.reason == "other_source"
        )

    def summary(self, unstored: int = 0) -> str:
        """A line for each count, and one for each reason of a reject.

        unstored is how many rows were read and not stored, because the run ended.
        """
        lines = [("rows read", self.read)]
        lines += [
            (label, self.counts[name])
            for name, label in COUNTS.items()
            if self.counts[name] or name not in SELDOM
        ]
        lines += [("rejected", self.rejected.total())]
        for reason, n in sorted(self.rejected.items()):
            lines.append((f"  {reason}", n))
            if reason == "other_source":
                mixed = sorted(self.of_other_source.items(), key=str)
                lines += [(f"    {symbol}", n) for symbol, n in mixed]
        lines += [("read, not stored", unstored)] if unstored else []
        return "\n".join(f"{label:20}{number:>12,}" for label, number in lines)
