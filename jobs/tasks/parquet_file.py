"""Rows of a query as Parquet, a part at a time; pyarrow is an extra."""

from typing import Any

import psycopg
from psycopg import sql

from pgstrike.db.errors import PgstrikeError

ROWS = 65_536
NO_PYARROW = (
    "parquet needs pyarrow; run `pip install 'pgstrike[parquet]'`, or ask for csv"
)


def write_parquet(cursor: psycopg.Cursor[Any], select: sql.Composed, file: Any) -> int:
    """Write the rows; numbers, times and dates keep their types. Returns how many."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise PgstrikeError(NO_PYARROW) from None
    connection, written = cursor.connection, 0
    with connection.cursor(name="export") as rows:
        rows.itersize = ROWS
        rows.execute(select)
        schema = pyarrow.schema(fields(pyarrow, rows))
        with pyarrow.parquet.ParquetWriter(file, schema, compression="zstd") as writer:
            while part := rows.fetchmany(ROWS):
                columns = [
                    pyarrow.array(values, field.type)
                    for values, field in zip(
                        zip(*part, strict=True), schema, strict=True
                    )
                ]
                writer.write_table(pyarrow.table(columns, schema=schema))
                written += len(part)
    return written


def fields(pyarrow: Any, rows: psycopg.ServerCursor[Any]) -> list[tuple[str, Any]]:
    """Each column with its type; one of another type becomes text."""
    types = {
        "bool": pyarrow.bool_(),
        "int2": pyarrow.int16(),
        "int4": pyarrow.int32(),
        "int8": pyarrow.int64(),
        "float8": pyarrow.float64(),
        "timestamptz": pyarrow.timestamp("us", "UTC"),
        "date": pyarrow.date32(),
    }
    known = psycopg.adapters.types
    found = []
    for column in rows.description or ():
        info = known.get(column.type_code)
        found.append(
            (column.name, types.get(info.name if info else "", pyarrow.string()))
        )
    return found
