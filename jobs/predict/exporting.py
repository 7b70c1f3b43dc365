"""Training rows as a Parquet file: a column for each feature."""

from collections.abc import Sequence
from pathlib import Path

import psycopg
from psycopg import sql

from pgstrike.db.errors import PgstrikeError
from pgstrike.jobs.parquet_rows import write_parquet
from pgstrike.jobs.predict.dataset import Wanted, feature_names, nothing
from pgstrike.jobs.whole_file import whole_file

COLUMNS = (
    "session", "symbol", "at", "label_at", "origin", "label", "move",
    "implied_mean", "implied_variance",
)  # fmt: skip


def export_rows(connection: psycopg.Connection, wanted: Wanted, path: Path) -> int:
    """Write the rows whose label is known. Returns how many; a PgstrikeError where none is."""
    select = statement(wanted, feature_names(connection))
    try:
        with connection.transaction():
            return write(connection, select, path, nothing(wanted))
    except OSError as error:
        raise PgstrikeError(f"cannot write {path}: {error.strerror}") from None


def write(
    connection: psycopg.Connection, select: sql.Composed, path: Path, empty: str
) -> int:
    """How many rows the file has; a file without any gets no name."""
    with (
        connection.cursor() as cursor,
        whole_file(path) as temporary,
        temporary.open("wb") as file,
    ):
        count = write_parquet(cursor, select, file)
        if not count:
            raise PgstrikeError(empty)
    return count


def statement(wanted: Wanted, names: Sequence[str]) -> sql.Composed:
    """The columns, and then the features, which unknown ones leave NULL."""
    return sql.SQL(
        "SELECT {}, {} FROM ops.training_rows({}, {}, {}, {}, {}, {}) AS training"
    ).format(
        sql.SQL(", ").join(map(sql.Identifier, COLUMNS)),
        sql.SQL(", ").join(
            sql.SQL("(figures ->> {})::double precision AS {}").format(
                sql.Literal(name), sql.Identifier(name)
            )
            for name in names
        ),
        *wanted.parameters().values(),
    )
