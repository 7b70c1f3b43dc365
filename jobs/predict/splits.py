"""Walk-forward splits: a model is judged on what came after its training, with a gap.

Labels overlap: that of a row is known a horizon later. A random split would train on moves
that it is judged by. So a row is trained on only if it is a gap, of at least the horizon,
before the first judged row, and its label was known by then.

    rows = pandas.read_parquet("rows.parquet")
    for training, judged in walk_forward(rows.session, rows["at"], rows.label_at).folds: ...
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pgstrike.db.errors import PgstrikeError

FOLDS = 5
BLOCKS = 2 * FOLDS  # of a lone session
Places = npt.NDArray[np.int64]


class Fold(NamedTuple):
    """The places of the rows to train on, and of those to judge by."""

    training: Places
    judged: Places


class Split(NamedTuple):
    """`by` says what is kept together: `session`, or `time` in a lone one."""

    by: str
    folds: tuple[Fold, ...]


def walk_forward(
    session: npt.ArrayLike,
    at: npt.ArrayLike,
    label_at: npt.ArrayLike,
    *,
    gap: Any = None,
    folds: int = FOLDS,
) -> Split:
    """At most so many folds, in order of time; each is judged by rows after its training.

    The first half of the sessions is never judged. The arguments are columns of n rows: `at`
    and `label_at` are times or whole numbers, `gap` is a difference of two, and the longest
    horizon where it is left out. Sessions are kept whole; rows of a lone session are split by
    time. PgstrikeError where nothing can be split.
    """
    dates, at, label_at = np.asarray(session), np.asarray(at), np.asarray(label_at)
    if not len(at):
        raise PgstrikeError("there are no rows to split; ask for a longer time")
    longest = (label_at - at).max()
    if gap is not None and gap < longest:
        raise PgstrikeError(f"the gap is shorter than the horizon, {longest}")
    by, group = groups_of(dates, at)
    groups = int(group.max()) + 1
    parts = np.array_split(np.arange(max(1, groups // 2), groups), folds)
    found = tuple(
        fold
        for part in parts
        if len(part)
        and (fold := fold_of(group, at, part, longest if gap is None else gap))
    )
    if not found:
        raise PgstrikeError(
            f"{len(at)} rows are too few to train on some and be judged by later ones; "
            "ask for a longer time"
        )
    return Split(by, found)


def groups_of(dates: Any, at: Any) -> tuple[str, Places]:
    """What is kept together, and the group of each row, in order of time."""
    sessions, session = np.unique(dates.astype(str), return_inverse=True)
    if len(sessions) > 1:
        return "session", session
    span = at.max() - at.min()
    if not span:
        return "time", np.zeros(len(at), np.int64)
    part = ((at - at.min()) / span).astype(np.float64)
    return "time", np.minimum(part * BLOCKS, BLOCKS - 1).astype(np.int64)


def fold_of(group: Places, at: Any, part: Places, gap: Any) -> Fold | None:
    """The fold that is judged by some groups; None where it has no rows of a kind."""
    judged = np.flatnonzero((group >= part[0]) & (group <= part[-1]))
    if not len(judged):
        return None
    training = np.flatnonzero((group < part[0]) & (at + gap <= at[judged].min()))
    return Fold(training, judged) if len(training) else None
