"""The verdict on one reader: what it was told, held against what the database holds."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from tests.soak.journal import STANDS, Journal, Stretch, Told
from tests.soak.wishes import Logged

# A reader that was frozen is too slow. Nothing else that is done to it excuses a hole.
REASONS: Set[str] = frozenset({"too_slow", "kept"})
Chains = Mapping[tuple[str, str], Mapping[float, Mapping[str, Any]]]


@dataclass
class Tally:
    """What was wrong, and the first of it in words."""

    lost: int = 0
    twice: int = 0
    disordered: int = 0
    wrong: int = 0  # of another content than the log's, not wanted, or never committed
    words: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.lost or self.twice or self.disordered or self.wrong)

    def count(self, name: str, words: str) -> None:
        setattr(self, name, getattr(self, name) + 1)
        self.words.append(words)

    def add(self, other: "Tally", who: str) -> None:
        for name in ("lost", "twice", "disordered", "wrong"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.words += [f"{who}: {words}" for words in other.words]


Wants = Callable[[Logged], bool]


def judge(
    journal: Journal,
    log: Mapping[int, Logged],
    epochs: Set[str],
    wants: Wants,
    reasons: Set[str] = REASONS,
) -> Tally:
    """Hold a journal against the log, which has had these epochs."""
    tally = Tally()
    for other in journal.epochs - {*epochs, ""}:
        known = ", ".join(sorted(epochs))
        tally.count("wrong", f"was told of epoch {other}, and the log is of {known}")
    for reason in journal.resets:
        if reason not in reasons:
            tally.count("wrong", f"was reset ({reason}), and there was no reason to")
    before: Stretch | None = None
    for stretch in journal.stretches:
        if before is not None and stretch.after < before.upto:
            tally.count(
                "disordered",
                f"a reset says to go on after {stretch.after}, and {before.upto} was told",
            )
        judge_stretch(stretch, log, wants, tally)
        before = stretch
    return tally


def judge_stretch(
    stretch: Stretch, log: Mapping[int, Logged], wants: Wants, tally: Tally
) -> None:
    at, had = stretch.after, set[int]()
    for told in stretch.told:
        if told.id in had and told.type != STANDS:
            tally.count("twice", f"event {told.id} came twice")
        else:
            judge_place(told, at, tally)
            if told.type != STANDS:
                had.add(told.id)
                judge_event(told, log.get(told.id), wants, tally)
        at = max(at, told.id)
    for id in range(stretch.after + 1, stretch.upto + 1):
        if id not in had and id in log and wants(log[id]):
            tally.count(
                "lost",
                f"event {id} ({log[id].topic}) never came between {stretch.after} and "
                f"{stretch.upto}",
            )


def judge_place(told: Told, at: int, tally: Tally) -> None:
    """An event comes after all that was told; an id without one may say it again."""
    if told.type == STANDS and told.id < at:
        tally.count("disordered", f"the stream stood at {told.id} after {at}")
    elif told.type != STANDS and told.id <= at:
        words = f"event {told.id} came when the stream stood at {at}"
        tally.count("disordered", words)


def judge_event(told: Told, logged: Logged | None, wants: Wants, tally: Tally) -> None:
    if logged is None:
        tally.count("wrong", f"event {told.id} is not in fo.event: {told.data[:80]}")
    elif not wants(logged):
        tally.count("wrong", f"event {told.id} was not asked for: {told.data[:80]}")
    elif (told.type, told.data) != (logged.topic, logged.payload):
        tally.count(
            "wrong",
            f"event {told.id} is {difference(told.data, logged.payload)}",
        )


def difference(told: str, logged: str) -> str:
    """Where two texts part."""
    pairs = enumerate(zip(told, logged, strict=False))
    at = next((place for place, (a, b) in pairs if a != b), min(len(told), len(logged)))
    return f"...{told[at : at + 30]!r} and in fo.event ...{logged[at : at + 30]!r}"


def judge_panel(held: Chains, expected: Chains) -> Tally:
    """Hold what a panel's frames add up to against what SQL says."""
    tally = Tally()
    for key in {**held, **expected}:
        if key not in held or key not in expected:
            who = "SQL" if key not in held else "the panel"
            tally.count("wrong", f"only {who} has the chain {' '.join(key)}")
            continue
        judge_chain(" ".join(key), held[key], expected[key], tally)
    return tally


def judge_chain(
    name: str,
    held: Mapping[float, Mapping[str, Any]],
    expected: Mapping[float, Mapping[str, Any]],
    tally: Tally,
) -> None:
    for strike in sorted({**held, **expected}):
        mine, own = held.get(strike), expected.get(strike)
        if mine != own:
            words = f"{name} {strike:g} is {mine} in the panel, and {own} in SQL"
            tally.count("wrong", words)


def judge_log(log: Sequence[Logged], kept: Mapping[str, tuple[int, int]]) -> Tally:
    """The log's own ids, and what is left of each mutation: so many, of so many."""
    tally = Tally()
    for place, event in enumerate(log, 1):
        if event.id != place:
            tally.count("wrong", f"event {place} is missing in fo.event")
            break
    for name, (found, whole) in kept.items():
        if found < whole:
            tally.count(
                "lost", f"{name}: of {whole} that were committed {found} are there"
            )
        elif found > whole:
            tally.count(
                "twice", f"{name}: {found} are there, and {whole} were committed"
            )
    return tally
