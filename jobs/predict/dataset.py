"""What a model is trained on: rows of ops.training_rows, as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import psycopg

from pgstrike.db.errors import PgstrikeError
from pgstrike.db.queries import query
from pgstrike.jobs.predict.labels import Label

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_ROWS = 1_000_000  # of 50 features, 400 MB
ROWS_AT_A_TIME = 10_000


class Wanted(NamedTuple):
    """Which rows."""

    symbols: Sequence[str]
    start: datetime
    end: datetime
    label: Label

    def parameters(self) -> dict[str, Any]:
        """Those of sql/queries/training_rows.sql."""
        return {
            "symbols": list(self.symbols),
            "from": self.start,
            "to": self.end,
            "label": self.label.name,
            "horizon": self.label.horizon,
            "threshold": self.label.threshold,
        }


@dataclass(frozen=True)
class Dataset:
    """n rows in order of `at`, of k features; an unknown figure is NaN.

    Times are in microseconds since 1970. A session is the number of its date among those that
    the rows have. `mean` and `variance` are what options implied of the log return.
    """

    names: tuple[str, ...]  # k
    sessions: tuple[str, ...]  # their dates
    session: Ints  # (n,)
    at: Ints  # (n,)
    label_at: Ints  # (n,)
    label: Ints  # (n,), 0 or 1
    features: Floats  # (n, k)
    mean: Floats  # (n,)
    variance: Floats  # (n,)
    logged: int  # so many rows were logged, the others are backfilled

    def __len__(self) -> int:
        return len(self.at)

    def datetime(self, row: int) -> datetime:
        """When a row was, in UTC."""
        return EPOCH + timedelta(microseconds=int(self.at[row]))


def read_dataset(
    connection: psycopg.Connection, wanted: Wanted, names: Sequence[str]
) -> Dataset:
    """The rows whose label is known. PgstrikeError where there are none, or too many."""
    parts: list[tuple[npt.NDArray[Any], ...]] = []
    with connection.transaction(), connection.cursor(name="training") as cursor:
        cursor.execute(query("training_rows"), wanted.parameters())
        while rows := cursor.fetchmany(ROWS_AT_A_TIME):
            parts.append(columns_of(rows, names))
            if len(parts) * ROWS_AT_A_TIME > MOST_ROWS:
                raise PgstrikeError(
                    f"there are more than {MOST_ROWS:,} rows; ask for a shorter time"
                )
    if not parts:
        raise PgstrikeError(nothing(wanted))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    dates, at, label_at, label, mean, variance, is_logged, features = columns
    sessions, session = np.unique(dates, return_inverse=True)
    return Dataset(
        names=tuple(names),
        sessions=tuple(sessions.tolist()),
        session=session,
        at=at,
        label_at=label_at,
        label=label,
        features=features,
        mean=mean,
        variance=variance,
        logged=int(is_logged.sum()),
    )


def columns_of(
    rows: Sequence[tuple[Any, ...]], names: Sequence[str]
) -> tuple[npt.NDArray[Any], ...]:
    """Rows of sql/queries/training_rows.sql as arrays; the last one has the features."""
    dates, _, at, label_at, origin, label, _, mean, variance, figures = zip(
        *rows, strict=True
    )
    return (
        np.array([str(date) for date in dates]),
        np.array([microseconds(time) for time in at], np.int64),
        np.array([microseconds(time) for time in label_at], np.int64),
        np.array(label, np.int64),
        np.array(mean, np.float64),
        np.array(variance, np.float64),
        np.array([name == "logged" for name in origin]),
        np.array([[row.get(name) for name in names] for row in figures], np.float64),
    )


def nothing(wanted: Wanted) -> str:
    """What to say where there are no rows."""
    symbols = ", ".join(wanted.symbols)
    return (
        f"{symbols} has no features with a known label from {wanted.start} to {wanted.end}; "
        "`pgstrike features backfill` computes those of the past"
    )


def microseconds(time: datetime) -> int:
    """Since 1970."""
    return (time - EPOCH) // timedelta(microseconds=1)


def feature_names(connection: psycopg.Connection) -> list[str]:
    """Those that this release computes, in order."""
    return [row[0] for row in connection.execute(query("feature_names"))]
