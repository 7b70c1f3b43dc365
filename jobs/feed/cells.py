"""Reads the cells of a table, one column at a time."""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pgstrike.jobs.feed.batches import BadRow

Floats = npt.NDArray[np.float64]
Cells = Sequence[object] | npt.NDArray[np.generic]

BLANK = {"", "-", "--", "\u2013", "\u2014", "na", "n/a", "null", "none", "nan", "nil"}
# 1,234.5 as well as India's 12,34,567.
GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{2,3})+(\.\d*)?")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)


def text_of(cell: object) -> str:
    """A cell's text without the blanks around it, non-breaking ones included."""
    return "" if cell is None else str(cell).replace("\xa0", " ").strip()


def is_blank(cell: object) -> bool:
    return cell is None or cell != cell or text_of(cell).lower() in BLANK


def number(name: str, cell: object) -> float:
    """A cell's number; NaN where it is blank."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    text = text_of(cell)
    if text.lower() in BLANK:
        return np.nan
    if GROUPED.fullmatch(text):
        text = text.replace(",", "")
    text = text.removesuffix("%")
    if not NUMBER.fullmatch(text):
        raise BadRow("malformed", f"{name} is no number: {text[:40]!r}")
    return float(text)


def numbers(name: str, cells: Cells, bad: dict[int, BadRow]) -> Floats:
    """A column's numbers, NaN where one is blank; `bad` gets the rows that have none."""
    if isinstance(cells, np.ndarray) and cells.dtype.kind in "fiu":
        return cells.astype(np.float64)
    try:  # most columns have neither blanks nor commas
        plain = np.array(cells, np.str_)
        if "_" not in "".join(plain.tolist()):  # float() would take 1_000
            return finite(plain.astype(np.float64))
    except ValueError:
        pass
    found = np.full(len(cells), np.nan)
    for place, cell in enumerate(cells):
        try:
            found[place] = number(name, cell)
        except BadRow as error:
            bad.setdefault(place, error)
    return found


def finite(figures: Floats) -> Floats:
    """Them, if all are; the words for others are looked at one by one."""
    if not np.isfinite(figures).all():
        raise ValueError("not all are numbers")
    return figures
