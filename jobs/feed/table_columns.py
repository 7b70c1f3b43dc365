"""Columns of codes, times and days; and the legs of a strike as one row."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.batches import BadRow, Parsed
from pgstrike.jobs.feed.cells import Cells, is_blank, text_of
from pgstrike.jobs.feed.column_map import SIDES, Column, NamePattern
from pgstrike.jobs.feed.newest import groups, newest_known
from pgstrike.jobs.quote import LEGS

Integers = npt.NDArray[np.int64]
Bad = dict[int, BadRow]

CONTRACT = ["quote_time", "symbol", "expiry", "strike"]


def place_of(column: Column, header: Sequence[str]) -> int:
    """Where a column stands."""
    if isinstance(column, int):
        if 1 <= column <= len(header):
            return column - 1
        raise FeedError(
            f"the map names column {column}, and the file has {len(header)}"
        )
    names = [text_of(name) for name in header]
    for place, name in enumerate(names):
        if name == column:
            return place
    raise FeedError(
        f"the map names a column {column!r}, and the file has "
        f"{', '.join(map(repr, names[:30]))}"
    )


def integers(
    name: str,
    cells: Cells,
    read: Callable[[object], int],
    unknown: int | None,
    passed: npt.NDArray[np.bool_],
    bad: Bad,
) -> Integers:
    """A column's codes, times or days; `unknown` where a cell is blank, if it may be."""
    found = np.zeros(len(cells), np.int64)
    values = cells.tolist() if isinstance(cells, np.ndarray) else cells
    for place, cell in enumerate(values):
        if passed[place]:
            continue
        try:
            if not is_blank(cell):
                found[place] = read(cell)
            elif unknown is None:
                raise BadRow("malformed", f"{name} is blank")
            else:
                found[place] = unknown
        except BadRow as error:
            bad.setdefault(place, error)
    return found


def sides(cells: Cells, passed: npt.NDArray[np.bool_], bad: Bad) -> Integers:
    """Which leg each row is, by its place in LEGS; -1 where it is not known."""
    found = np.full(len(cells), -1)
    for place, cell in enumerate(cells):
        side = SIDES.get(text_of(cell).lower())
        if side is not None:
            found[place] = LEGS.index(side)
        elif not passed[place]:
            error = BadRow("malformed", f"neither call nor put: {text_of(cell)[:40]!r}")
            bad.setdefault(place, error)
    return found


def contracts(cells: Cells, by: NamePattern) -> dict[str, Cells]:
    """What the names of contracts say, a column for each group of the pattern."""
    columns: dict[str, list[object]] = {name: [] for name in by.pattern.groupindex}
    for cell in cells:
        found = by.pattern.search(text_of(cell))
        for name, column in columns.items():
            column.append(found[name] if found else None)
    return {**columns}


def joined_legs(parsed: Parsed) -> Parsed:
    """The rows of one strike's legs as one row, in the order of the first of each."""
    if not len(parsed.rows):
        return parsed
    order, starts = groups(parsed.rows, CONTRACT)
    rows = newest_known(parsed.rows[order], starts)
    ends = [*starts[1:].tolist(), len(order)]
    lines = [
        b"\n".join(parsed.lines[place] for place in order[first:end].tolist())
        for first, end in zip(starts.tolist(), ends, strict=True)
    ]
    came = np.argsort(order[starts], kind="stable")
    return parsed._replace(rows=rows[came], lines=[lines[place] for place in came])
