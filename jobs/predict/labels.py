"""What a model predicts of the underlying over a horizon: its direction, or a move's size."""

import re
from datetime import timedelta
from typing import NamedTuple

from pgstrike.db.errors import PgstrikeError

LABELS = ("direction", "size")
HORIZON = r"[0-9]{1,4} ?(m|min|h)"
UNITS = {"m": 60, "min": 60, "h": 3600}
LONGEST = timedelta(hours=24)  # a horizon ends in its session


class Label(NamedTuple):
    """`threshold` is the move that counts for `size`, as a share of the underlying."""

    name: str
    horizon: timedelta
    threshold: float | None = None


def label_of(name: str, horizon: str, threshold: float | None) -> Label:
    """The label, or a PgstrikeError that says what to give."""
    if name not in LABELS:
        raise PgstrikeError(f"there is no label {name}; give {' or '.join(LABELS)}")
    if name == "size" and threshold is None:
        raise PgstrikeError("label size needs a threshold; give one, such as 0.003")
    if name == "direction" and threshold is not None:
        raise PgstrikeError("label direction has no threshold; leave it out")
    if threshold is not None and not 0 < threshold < 1:
        raise PgstrikeError(
            f"threshold {threshold} is no share of the underlying; give one such as 0.003"
        )
    return Label(name, horizon_of(horizon), threshold)


def horizon_of(text: str) -> timedelta:
    """`15m`, `15min` or `1h` as a time; a PgstrikeError where it is none, or too long."""
    found = re.fullmatch(HORIZON, text)
    if found:
        unit = found[1]
        horizon = timedelta(seconds=int(text.removesuffix(unit)) * UNITS[unit])
        if timedelta(0) < horizon <= LONGEST:
            return horizon
    raise PgstrikeError(f"{text!r} is no horizon; give minutes or hours, such as 15m")
