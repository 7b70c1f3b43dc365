"""Which coding an answer has, by the header Accept-Encoding (RFC 9110, 12.5.3)."""

from collections.abc import Sequence
from typing import Literal, TypeVar

ANY = "*"
IDENTITY: Literal["identity"] = "identity"
C = TypeVar("C", bound=str)


def coding_for(
    accepted: str | None, offered: Sequence[C]
) -> C | Literal["identity"] | None:
    """The coding with the greatest weight, of equal ones the first that is offered.

    identity is last where the header does not name it. None: the header refuses them all.
    """
    if accepted is None:
        return IDENTITY
    weights = dict(map(weigh, accepted.lower().split(",")))
    best = max(offered, key=lambda coding: weight_of(coding, weights))
    weight = weight_of(best, weights)
    plain = weights.get(IDENTITY, weights.get(ANY))
    if weight > 0 and weight >= weights.get(IDENTITY, 0):
        return best
    return None if plain == 0 else IDENTITY


def weight_of(coding: str, weights: dict[str, float]) -> float:
    return weights.get(coding, weights.get(ANY, 0))


def weigh(part: str) -> tuple[str, float]:
    """A coding and its weight, from 0 to 1; 0 where that is written wrongly."""
    name, _, parameter = part.partition(";")
    _, _, text = parameter.partition("=")
    try:
        weight = float(text or 1) if text.isascii() else 0
    except ValueError:
        weight = 0
    return name.strip(), weight if 0 <= weight <= 1 else 0
