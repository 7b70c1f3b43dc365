"""Walk-forward splits: nothing that is trained on was known after the first judged row."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from pgstrike.db.errors import PgstrikeError
from pgstrike.jobs.predict.splits import FOLDS, Split, walk_forward

HORIZON = 15
Columns = tuple[npt.NDArray[np.str_], npt.NDArray[np.int64], npt.NDArray[np.int64]]


def rows(sessions: int, minutes: int = 300) -> Columns:
    """The columns of so many sessions, a row a minute of the market."""
    day = np.repeat(np.arange(sessions), minutes)
    at = day * 1440 + np.tile(np.arange(minutes), sessions)
    return np.array([f"2025-09-{n + 1:02}" for n in day]), at, at + HORIZON


def check(split: Split, columns: Columns, gap: int = HORIZON) -> None:
    """Each fold looks back only, over the gap; no row is judged twice."""
    _, at, label_at = columns
    assert split.folds
    judged: list[int] = []
    for fold in split.folds:
        first = at[fold.judged].min()
        assert (at[fold.training] + gap <= first).all()
        assert (label_at[fold.training] <= first).all()
        judged.extend(fold.judged)
    assert len(judged) == len({*judged})


@pytest.mark.parametrize("sessions", [1, 2, 3, 7, 40])
@pytest.mark.parametrize("gap", [HORIZON, 60])
def test_training_is_before_the_gap(sessions: int, gap: int) -> None:
    columns = rows(sessions)
    split = walk_forward(*columns, gap=gap)
    check(split, columns, gap)
    assert split.by == ("time" if sessions == 1 else "session")
    assert len(split.folds) == (
        FOLDS if sessions in (1, 40) else min(FOLDS, -(-sessions // 2))
    )


def test_sessions_are_kept_whole() -> None:
    session, *times = columns = rows(12)
    split = walk_forward(*columns)
    for fold in split.folds:
        assert not {*session[fold.training]} & {*session[fold.judged]}
    judged = np.concatenate([fold.judged for fold in split.folds])
    assert {*session[judged]} == {*np.unique(session)[6:]}
    assert len(times) == 2


def test_rows_of_several_symbols_share_their_gap() -> None:
    session, at, label_at = (np.repeat(column, 2) for column in rows(1))
    check(walk_forward(session, at, label_at), (session, at, label_at))


def test_columns_of_a_data_frame() -> None:
    session, at, label_at = rows(3)
    start = pd.Timestamp("2025-09-01T03:45Z")
    frame = pd.DataFrame(
        {
            "session": session,
            "at": start + pd.to_timedelta(at, "min"),
            "label_at": start + pd.to_timedelta(label_at, "min"),
        }
    )
    split = walk_forward(frame.session, frame["at"], frame.label_at)
    plain = walk_forward(session, at, label_at)
    assert [len(fold.training) for fold in split.folds] == [
        len(fold.training) for fold in plain.folds
    ]
    gap: Any = pd.Timedelta("1h")
    wide = walk_forward(frame.session, frame["at"], frame.label_at, gap=gap)
    check(wide, (session, at, label_at), 60)


@pytest.mark.parametrize(
    ("count", "says"), [(0, "no rows"), (1, "too few"), (3, "too few")]
)
def test_too_few_rows(count: int, says: str) -> None:
    with pytest.raises(PgstrikeError, match=says):
        walk_forward(*(column[:count] for column in rows(1)))


def test_gap_below_the_horizon() -> None:
    with pytest.raises(PgstrikeError, match="shorter than the horizon, 15"):
        walk_forward(*rows(3), gap=14)
