"""The rows of an archive between the database and a file, a row group at a time."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from pgstrike.db.queries import query
from pgstrike.jobs.ingest.copy_binary import (
    HEADER,
    TRAILER,
    copy_binary,
    read_binary,
    wire_of,
)
from pgstrike.jobs.storage.columns import TEXTS, Array, Column, dtype_of
from pgstrike.jobs.storage.known import Contents, contents
from pgstrike.jobs.storage.parquet_file import names_of, read_groups

GROUP = 65_536  # rows that are held at once
BACK = "pg_temp.archived_quote"


def archive_columns(connection: psycopg.Connection) -> list[Column]:
    with connection.cursor(row_factory=class_row(Column)) as cursor:
        return cursor.execute(query("archive_columns")).fetchall()


def sized(
    connection: psycopg.Connection, columns: list[Column], symbol: str, session: date
) -> list[Column]:
    """The columns with the widths that their texts have in a session."""
    texts = [column for column in columns if column.type in TEXTS]
    longest = sql.SQL(", ").join(
        sql.SQL("max(octet_length({}::text))").format(sql.Identifier(column.name))
        for column in texts
    )
    statement = sql.SQL("SELECT {} {}").format(longest, SOURCE)
    span = bounds(connection, symbol, session)
    row = connection.execute(statement, span).fetchone() or ()
    found = {text.name: width for text, width in zip(texts, row, strict=True)}
    return [c._replace(width=max(found.get(c.name) or 1, 1)) for c in columns]


SOURCE = sql.SQL(
    "FROM ops.archived_quote AS quote WHERE quote.symbol = %(symbol)s"
    " AND quote.quote_time >= %(from)s AND quote.quote_time < %(to)s"
)


def bounds(
    connection: psycopg.Connection, symbol: str, session: date
) -> dict[str, object]:
    row = connection.execute(query("session_bounds"), {"session": session}).fetchone()
    assert row is not None
    return {"symbol": symbol, "from": row[0], "to": row[1]}


def exported(
    connection: psycopg.Connection, columns: list[Column], symbol: str, session: date
) -> Iterator[Array]:
    """The rows of a session, contract by contract: that order compresses best."""
    written = sql.SQL(", ").join(sql.SQL(column.written) for column in columns)
    statement = sql.SQL(
        "COPY (SELECT 0::integer AS row_no, {} {}"
        " ORDER BY quote.expiry, quote.strike, quote.quote_time)"
        " TO STDOUT (FORMAT binary)"
    ).format(written, SOURCE)
    dtype, buffer = dtype_of(columns), bytearray()
    size = GROUP * wire_of(dtype).itemsize
    with connection.cursor().copy(
        statement, bounds(connection, symbol, session)
    ) as copy:
        for part in copy:
            buffer += part
            while len(buffer) >= len(HEADER) + size + len(TRAILER):
                group = bytes(buffer[: len(HEADER) + size]) + TRAILER
                del buffer[len(HEADER) : len(HEADER) + size]
                yield read_binary(group, dtype)[1]
    if len(buffer) > len(HEADER) + len(TRAILER):
        yield read_binary(bytes(buffer), dtype)[1]


def read_back(
    connection: psycopg.Connection, columns: list[Column], path: Path
) -> Iterator[None]:
    """Read a file into pg_temp.archived_quote, a row group each time.

    In a transaction, at whose end the tables go.
    """
    names = names_of(path)
    columns = [column for column in columns if column.name in names]
    connection.execute(query("create_archived_quote"))
    wire = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(c.name), sql.SQL(c.kind.wire))
        for c in columns
    )
    connection.execute(
        sql.SQL(
            "CREATE TEMPORARY TABLE came (row_no integer, {}) ON COMMIT DROP"
        ).format(wire)
    )
    move = sql.SQL(
        "INSERT INTO pg_temp.archived_quote ({}) SELECT {} FROM pg_temp.came AS came"
    ).format(
        sql.SQL(", ").join(sql.Identifier(column.name) for column in columns),
        sql.SQL(", ").join(sql.SQL(column.read) for column in columns),
    )
    for rows in read_groups(path, columns):
        connection.execute("TRUNCATE pg_temp.came, pg_temp.archived_quote")
        with connection.cursor().copy(
            "COPY pg_temp.came FROM STDIN (FORMAT binary)"
        ) as copy:
            copy.write(copy_binary(rows))
        connection.execute(move)
        yield


def contents_of_file(
    connection: psycopg.Connection,
    columns: list[Column],
    path: Path,
    symbol: str,
    session: date,
) -> Contents:
    """The count and checksum of a file, by the function that computes those of the database."""
    found, names = Contents(0, Decimal(0)), [column.name for column in columns]
    for _ in read_back(connection, columns, path):
        part = contents(connection, symbol, session, names, BACK)
        found = Contents(found.quotes + part.quotes, found.checksum + part.checksum)
    return found
