"""How the columns of an archive pass between Postgres, numpy and Parquet.

In a COPY unknown is a value of its own, so that every row has one width and a whole row group
becomes one array (jobs/ingest/copy_binary.py). Text is padded to the longest of the session.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

SMALLEST = np.iinfo(np.int64).min
TEXTS = ("text", "jsonb")
# In microseconds and days: Postgres counts from 2000, Arrow from 1970.
EPOCH = {"timestamp with time zone": 946_684_800_000_000, "date": 10_957}


class Kind(NamedTuple):
    """A type in numpy and COPY, its value for unknown, and the SQL that writes and reads it."""

    dtype: str
    unknown: float
    wire: str  # the type in the table that COPY fills
    written: str
    read: str


KINDS = {
    "double precision": Kind(
        "f8", np.nan, "double precision", "coalesce({}, 'NaN')", "nullif({}, 'NaN')"
    ),
    "bigint": Kind(
        "i8",
        SMALLEST,
        "bigint",
        f"coalesce({{}}, {SMALLEST})",
        f"nullif({{}}, {SMALLEST})",
    ),
    "integer": Kind(
        "i4",
        np.iinfo(np.int32).min,
        "integer",
        f"coalesce({{}}, {np.iinfo(np.int32).min})",
        f"nullif({{}}, {np.iinfo(np.int32).min})",
    ),
    "smallint": Kind(
        "i2",
        np.iinfo(np.int16).min,
        "smallint",
        f"coalesce({{}}, ({np.iinfo(np.int16).min})::smallint)",
        f"nullif({{}}, ({np.iinfo(np.int16).min})::smallint)",
    ),
    "boolean": Kind(
        "i2",
        -1,
        "smallint",
        "coalesce({}::integer, -1)::smallint",
        "CASE {} WHEN 1 THEN TRUE WHEN 0 THEN FALSE END",
    ),
    "timestamp with time zone": Kind(
        "i8",
        SMALLEST,
        "timestamp with time zone",
        "coalesce({}, '-infinity')",
        "nullif({}, '-infinity')",
    ),
    "date": Kind(
        "i4",
        np.iinfo(np.int32).min,
        "date",
        "coalesce({}, '-infinity')",
        "nullif({}, '-infinity')",
    ),
    "text": Kind("S", 0, "text", "rpad(coalesce({}, ''), {})", "nullif(rtrim({}), '')"),
    "jsonb": Kind(
        "S",
        0,
        "text",
        "rpad(coalesce({}::text, ''), {})",
        "nullif(rtrim({}), '')::jsonb",
    ),
}


class Column(NamedTuple):
    """A column of ops.archived_quote; width is that of a text."""

    name: str
    type: str
    width: int = 1

    @property
    def kind(self) -> Kind:
        return KINDS[self.type]

    @property
    def dtype(self) -> str:
        return f"S{self.width}" if self.type in TEXTS else self.kind.dtype

    @property
    def written(self) -> str:
        """The expression that COPY writes."""
        return self.kind.written.format(f'quote."{self.name}"', self.width)

    @property
    def read(self) -> str:
        """The expression that reads what COPY wrote."""
        return self.kind.read.format(f'came."{self.name}"')


def dtype_of(columns: list[Column]) -> np.dtype[np.void]:
    """One row of the columns."""
    return np.dtype([(column.name, column.dtype) for column in columns])
