"""One table on the screen, and the same figures as JSON in build/bench/."""

import json
from typing import NamedTuple

from pgstrike.db.paths import ROOT


class Figure(NamedTuple):
    """One line: what was measured of us and of whom else, and whether the goal holds.

    `ratio` is what the goal is about: a factor by which we are better, a share of the
    peer, or a plain count where nothing is compared.
    """

    what: str
    ours: float
    peer: float
    peer_name: str
    ratio: float
    goal: str
    holds: bool


def at_least(
    what: str, ours: float, peer: float, peer_name: str, ratio: float, goal: float
) -> Figure:
    return Figure(what, ours, peer, peer_name, ratio, f">= {goal:g}", ratio >= goal)


def at_most(
    what: str, ours: float, peer: float, peer_name: str, ratio: float, goal: float
) -> Figure:
    return Figure(what, ours, peer, peer_name, ratio, f"<= {goal:g}", ratio <= goal)


def report(name: str, figures: list[Figure]) -> bool:
    """Print the table and write build/bench/<name>.json; whether every goal holds."""
    width = max(len(figure.what) for figure in figures)
    print(f"{'':{width}}  {'ours':>12} {'peer':>12} {'ratio':>10}  goal      holds")
    for figure in figures:
        print(
            f"{figure.what:{width}}  {figure.ours:12.5g} {figure.peer:12.5g}"
            f" {figure.ratio:10.4g}  {figure.goal:8}  {'yes' if figure.holds else 'NO'}"
            f"   (peer: {figure.peer_name})"
        )
    path = ROOT / "build" / "bench" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(figure._asdict()) for figure in figures]
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n")
    print(f"written to {path.relative_to(ROOT)}")
    return all(figure.holds for figure in figures)
