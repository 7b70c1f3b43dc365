"""Linear models as text: JSON of numbers, which is data and is never run.

    {"link": "logit", "intercept": 0.1,
     "coefficients": {"pcr_oi": -0.4, "atm_iv": 2.0}, "missing": {"pcr_oi": 1.0}}

The probability is 1 / (1 + exp(-z)), z = intercept + the sum of coefficient times figure.
`missing` has what stands for an unknown figure.
"""

import json
import math
import re
from typing import Any

from pgstrike.db.errors import PgstrikeError

MEMBERS = {"link", "intercept", "coefficients", "missing"}
LINK = "logit"
NAME = re.compile(r"[a-z0-9_]{1,63}")


def features_of_linear(text: str) -> tuple[str, ...]:
    """The features of a whole text; a PgstrikeError says what is wrong with it."""
    try:
        model = json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError):
        raise PgstrikeError(
            "the linear model is no JSON; is the file truncated?"
        ) from None
    if not isinstance(model, dict) or not model.keys() <= MEMBERS:
        raise PgstrikeError(
            f"the linear model is no JSON object of {', '.join(sorted(MEMBERS))}"
        )
    if model.get("link") != LINK:
        raise PgstrikeError(f'the linear model needs "link": "{LINK}"')
    require_number(model.get("intercept"), "the intercept")
    features = names_of(model, "coefficients")
    if odd := set(names_of(model, "missing")) - set(features):
        raise PgstrikeError(f"missing has {min(odd)}, which has no coefficient")
    if not features:
        raise PgstrikeError("the linear model has no coefficients")
    return features


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a name that comes twice is no JSON for us."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name comes twice")
    return found


def names_of(model: dict[str, Any], member: str) -> tuple[str, ...]:
    """The names of an object of finite numbers."""
    found = model.get(member, {})
    if not isinstance(found, dict):
        raise PgstrikeError(f"{member} of the linear model is no object")
    for name, value in found.items():
        if not NAME.fullmatch(name):
            raise PgstrikeError(f"{member} of the linear model has a wrong name")
        require_number(value, f"{member} of {name}")
    return tuple(found)


def require_number(value: Any, what: str) -> None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    try:
        if is_number and math.isfinite(value):
            return
    except OverflowError:
        pass
    raise PgstrikeError(f"{what} of the linear model is no finite number")
