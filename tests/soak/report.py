"""What a soak says: a line per round, a table at the end, and build/soak/report.json."""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any

from pgstrike.db.paths import ROOT
from tests.soak.round import Result

PATH = ROOT / "build" / "soak" / "report.json"
CAUGHT_UP_SECONDS = 2.0  # after Postgres accepts connections again


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def line(result: Result) -> str:
    kinds = " ".join(f"{kind} {count}" for kind, count in sorted(result.faults.items()))
    tally = result.tally
    return (
        f"seed {result.seed} {result.engine}: {result.faults.total()} faults ({kinds}), "
        f"{result.events} events, {result.deliveries} deliveries, {result.resets} resets, "
        f"lost/twice/out of order {tally.lost}/{tally.twice}/{tally.disordered}, "
        f"{result.seconds:.0f} s"
    )


class Report:
    """All rounds, and whether the goals were reached."""

    def __init__(self) -> None:
        self.results: list[Result] = []

    def add(self, result: Result) -> None:
        self.results.append(result)
        say(line(result))
        if result.tally:
            say(f"  failed: {result.tally.words[0]}")

    @property
    def faults(self) -> int:
        return sum(result.faults.total() for result in self.results)

    @property
    def caught_up(self) -> list[float]:
        return [*chain.from_iterable(result.caught_up for result in self.results)]

    def failed(self) -> Result | None:
        return next((result for result in self.results if result.tally), None)

    def goal_missed(self) -> bool:
        return max(self.caught_up, default=0) > CAUGHT_UP_SECONDS

    def rows(self) -> list[tuple[str, str]]:
        results, seconds = self.results, self.caught_up or [0.0]
        faults: Counter[str] = sum((result.faults for result in results), Counter())
        engines = Counter(result.engine for result in results)
        return [
            ("rounds", ", ".join(f"{n} on {name}" for name, n in engines.items())),
            ("subscribers x mutations", shape(results)),
            ("faults", f"{self.faults}"),
            *((f"  {kind}", str(count)) for kind, count in faults.most_common()),
            ("events", total(results, "events")),
            ("deliveries", total(results, "deliveries")),
            ("connections", total(results, "connections")),
            ("mutations cut and tried again", total(results, "retried")),
            ("resets", total(results, "resets")),
            ("  of readers that were never frozen", total(results, "unfrozen_resets")),
            *(
                (name.replace("disordered", "out of order"), str(self.tallied(name)))
                for name in ("lost", "twice", "disordered", "wrong")
            ),
            ("caught up with a restarted Postgres, s", f"p50 {median(seconds):.2f}, "
             f"max {max(seconds):.2f} (goal {CAUGHT_UP_SECONDS:g})"),
            ("seconds", f"{sum(result.seconds for result in results):.0f}"),
        ]  # fmt: skip

    def tallied(self, name: str) -> int:
        return sum(getattr(result.tally, name) for result in self.results)

    def end(self) -> int:
        """Print the table and write the file. Returns the exit code."""
        rows = self.rows()
        width = max(len(name) for name, _ in rows)
        say("\n".join(f"{name:{width}}  {value}" for name, value in rows))
        write(PATH, rows, self.results)
        failed = self.failed()
        if failed is not None:
            say(f"failed with --seed {failed.seed} --engine {failed.engine}:")
            say(failed.tally.words[0])
            say(
                f"all that is wrong, and the server's log, are in {PATH.relative_to(ROOT)}"
            )
        elif self.goal_missed():
            say("goal missed: caught up at most 2 s after Postgres was back")
        return int(failed is not None or self.goal_missed())


def shape(results: Sequence[Result]) -> str:
    shapes = {f"{each.subscribers} x {each.mutations}" for each in results}
    return ", ".join(sorted(shapes))


def total(results: Sequence[Result], name: str) -> str:
    return f"{sum(getattr(result, name) for result in results):,}"


def write(
    path: Path, rows: Sequence[tuple[str, str]], results: Sequence[Result]
) -> None:
    table: dict[str, Any] = {name.strip(): value for name, value in rows}
    rounds = [result.as_json() for result in results]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"table": table, "rounds": rounds}, indent=1) + "\n")
