"""Counts of a feed's rows by outcome."""

from collections import Counter
from collections.abc import Iterable

from pgstrike.jobs.ingest.side_by_side import Done
from pgstrike.jobs.ingest.store import Stored
from pgstrike.jobs.quote import QuoteBatch, Reject, has_figures

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


# What was passed over, in rows, or made unknown, in legs (jobs/feed/check.py).
FORGOTTEN = {
    "impossible_greeks": "impossible Greeks",
    "impossible_iv": "impossible IV",
    "no_option": "no option",
    "no_strike": "no strike",
}


class Outcome:
    """What became of the rows of one source."""

    def __init__(self) -> None:
        self.kept = 0
        self.rejects: Counter[str] = Counter()
        self.detail: dict[str, str] = {}  # by reason, of the first

    def add(self, batch: QuoteBatch, rejects: list[Reject]) -> None:
        self.kept += len(batch.rows) + len(batch.rejects) - len(rejects)
        self.rejects.update(reject.reason for reject in rejects)
        for reject in rejects:
            self.detail.setdefault(reject.reason, reject.detail)


class Tally:
    """Counts of the rows that were read, by outcome."""

    def __init__(self) -> None:
        self.read = 0  # and stored, as far as it is right
        self.counts: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()
        self.of_other_source: Counter[str | None] = Counter()  # by symbol
        self.forgotten: Counter[str] = Counter()
        self.sources: dict[str, Outcome] = {}
        self.has_figures = False  # of a leg

    def add(self, done: Iterable[Done]) -> None:
        """Count batches that were stored, or parts of them."""
        for each in done:
            self._add(*each)

    def _add(self, batch: QuoteBatch, stored: Stored, rejects: list[Reject]) -> None:
        self.read += len(batch.rows) + len(batch.rejects)
        self.counts.update({name: getattr(stored, name) for name in COUNTS})
        self.rejected.update(reject.reason for reject in rejects)
        self.forgotten.update(batch.forgotten)
        self.has_figures = self.has_figures or has_figures(batch.rows)
        self.sources.setdefault(batch.source, Outcome()).add(batch, rejects)
        self.of_other_source.update(
            reject.symbol for reject in rejects if reject.reason == "other_source"
        )

    def useless(self) -> str:
        """What to say of the first source of which nothing could be stored; empty: none."""
        for source, outcome in self.sources.items():
            if outcome.rejects and not outcome.kept:
                [(reason, _)] = outcome.rejects.most_common(1)
                said = outcome.detail[reason]
                name = "standard input" if source in ("", "-") else source
                if reason == "ahead_of_market":
                    return (
                        f"{name}: nothing could be stored yet; "
                        f"{outcome.rejects[reason]:,} rows are {said} and wait in "
                        "fo.waiting_quote; --accept-ahead takes them at once"
                    )
                return (
                    f"{name}: nothing could be stored; "
                    f"{outcome.rejects.total():,} rows were rejected, most as {reason} "
                    f"({said}); see fo.quote_reject"
                )
        return ""

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
        lines += [
            (FORGOTTEN.get(name, name), n) for name, n in sorted(self.forgotten.items())
        ]
        lines += [("read, not stored", unstored)] if unstored else []
        return "\n".join(f"{label:20}{number:>12,}" for label, number in lines)
