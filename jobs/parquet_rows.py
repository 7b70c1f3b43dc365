"""Rows of a query as Parquet, a part at a time."""

from typing import Any

import psycopg
from psycopg import sql

from pgstrike.jobs.arrow import pyarrow

ROWS = 65_536


def write_parquet(cursor: psycopg.Cursor[Any], select: sql.Composed, file: Any) -> int:
    """Write the rows; numbers, times and dates keep their types. Returns how many."""
    arrow = pyarrow()
    connection, written = cursor.connection, 0
    with connection.cursor(name="export") as rows:
        rows.itersize = ROWS
        rows.execute(select)
        schema = arrow.schema(fields(arrow, rows))
        with arrow.parquet.ParquetWriter(file, schema, compression="zstd") as writer:
            while part := rows.fetchmany(ROWS):
                columns = [
                    arrow.array(values, field.type)
                    for values, field in zip(
                        zip(*part, strict=True), schema, strict=True
                    )
                ]
                writer.write_table(arrow.table(columns, schema=schema))
                written += len(part)
    return written


def fields(arrow: Any, rows: psycopg.ServerCursor[Any]) -> list[tuple[str, Any]]:
    """Each column with its type; one of another type becomes text."""
    types = {
        "bool": arrow.bool_(),
        "int2": arrow.int16(),
        "int4": arrow.int32(),
        "int8": arrow.int64(),
        "float8": arrow.float64(),
        "timestamptz": arrow.timestamp("us", "UTC"),
        "date": arrow.date32(),
    }
    known = psycopg.adapters.types
    found = []
    for column in rows.description or ():
        info = known.get(column.type_code)
        found.append(
            (column.name, types.get(info.name if info else "", arrow.string()))
        )
    return found
