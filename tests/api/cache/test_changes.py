"""Which events change which answers: what SQL reads, what the code says and the page says."""

import re
from collections.abc import Iterator
from functools import cache

import pytest

from pgstrike.api.cache.changes import (
    BARS,
    CHANGED_BY,
    OF_PREDICTIONS,
    OF_QUOTES,
    QUOTES,
)
from pgstrike.db.paths import ROOT

LOGIC = ROOT / "sql" / "logic"
NAMED = re.compile(r"CREATE FUNCTION ((?:ops|analytics)\.\w+)")
CALLED = re.compile(r"\b((?:ops|analytics)\.\w+)\(")
ROLLUP = re.compile(r"(?:FROM|JOIN)\s+fo\.(?:%|\w*(?:_bars|metrics)_?\w*)")
METRICS = {path.stem for path in (LOGIC / "46_analytics").glob("*.sql")}
PAGE = (ROOT / "docs" / "http.md").read_text()


@cache
def bodies() -> dict[str, str]:
    """The text of each function, without its comments."""
    found: dict[str, str] = {}
    for path in LOGIC.rglob("*.sql"):
        text = re.sub(r"--.*", "", path.read_text())
        found |= dict.fromkeys(NAMED.findall(text), text)
    return found


def reached(name: str, seen: set[str]) -> Iterator[str]:
    """The texts of a function and of all that it calls."""
    if name in seen or name not in bodies():
        return
    seen.add(name)
    yield bodies()[name]
    for called in CALLED.findall(bodies()[name]):
        yield from reached(called, seen)


def reads_rollups(metric: str) -> bool:
    return any(ROLLUP.search(text) for text in reached(f"analytics.{metric}", set()))


@pytest.mark.parametrize("metric", sorted(METRICS))
def test_metric_that_reads_rollups_changes_with_them(metric: str) -> None:
    assert not (metric in OF_QUOTES and reads_rollups(metric))


def test_rollups_are_found_where_they_are_read() -> None:
    read = {metric for metric in METRICS if reads_rollups(metric)}
    assert {"bar_chain", "iv_rank", "option_bars", "underlying_bars"} <= read
    assert set(OF_QUOTES) < METRICS
    assert set(CHANGED_BY) == {"bootstrap", *OF_QUOTES, *OF_PREDICTIONS}


def table() -> dict[str, list[str]]:
    rows = PAGE.split("| answer | changed by |")[1].split("\n\n")[0].splitlines()[2:]
    cells = [row.split("|")[1:3] for row in rows]
    return {
        name: kinds_of(kinds)
        for names, kinds in cells
        for name in re.findall(r"`(\w+)`", names) or ["every other"]
    }


def kinds_of(text: str) -> list[str]:
    """Of `ops` (stale_feed) the kind alone."""
    return re.findall(
        r"\w+", re.sub(r"`ops` \((\w+)\)", r"`\1`", text).split(" of ")[0]
    )


def test_page_says_what_the_code_does() -> None:
    said = {name: sorted(kinds) for name, kinds in table().items()}
    known = {name: sorted(kinds) for name, kinds in CHANGED_BY.items()}
    assert said == {**known, "every other": sorted(BARS)}
    assert set(QUOTES) < set(BARS)
