"""What the database knows of archives and of the sessions that they are of."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg.rows import class_row

from pgstrike.db.errors import SettingError
from pgstrike.db.queries import query


class Contents(NamedTuple):
    """How many quotes, and the checksum over them; parts add up."""

    quotes: int
    checksum: Decimal


class Archive(NamedTuple):
    """A row of job.archive."""

    file: str
    columns: list[str]
    quotes: int
    checksum: Decimal
    bytes: int
    digest: str

    @property
    def contents(self) -> Contents:
        return Contents(self.quotes, self.checksum)


def folder_of(archive_dir: Path | None) -> Path:
    """The folder of archives, made where it is not there."""
    if archive_dir is None:
        raise SettingError(
            "there is no folder for archives; set PGSTRIKE_ARCHIVE_DIR to one"
        )
    archive_dir.mkdir(parents=True, exist_ok=True)
    return archive_dir


def known_archive(
    connection: psycopg.Connection, symbol: str, session: date
) -> Archive | None:
    with connection.cursor(row_factory=class_row(Archive)) as cursor:
        cursor.execute(query("archived_session"), [symbol, session])
        return cursor.fetchone()


def is_open(connection: psycopg.Connection, symbol: str, session: date) -> bool | None:
    """Whether a sealed session was opened again; None where it is not sealed."""
    row = connection.execute(query("sealed_state"), [symbol, session]).fetchone()
    return None if row is None else bool(row[0])


def contents(
    connection: psycopg.Connection,
    symbol: str,
    session: date,
    columns: list[str],
    relation: str = "ops.archived_quote",
) -> Contents:
    """What is stored of a session; NULL where a column is no longer there."""
    named = {"relation": relation, "symbol": symbol, "session": session}
    with connection.cursor(row_factory=class_row(Contents)) as cursor:
        cursor.execute(query("quotes_checksum"), {**named, "columns": columns})
        return cursor.fetchone() or Contents(0, Decimal(0))
