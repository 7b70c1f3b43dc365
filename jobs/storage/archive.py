"""Archiving the raw quotes of a symbol and session: a file that was read back and compared."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg import IsolationLevel
from psycopg.rows import class_row

from pgstrike.db.errors import PgstrikeError, SettingError
from pgstrike.db.queries import query
from pgstrike.jobs.arrow import pyarrow
from pgstrike.jobs.storage.parquet_file import digest_of, write_file
from pgstrike.jobs.storage.transfer import (
    Contents,
    archive_columns,
    contents,
    contents_of_file,
    exported,
    sized,
)
from pgstrike.jobs.whole_file import whole_file


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


def archive_session(
    connection: psycopg.Connection, folder: Path, symbol: str, session: date
) -> Archive:
    """Write the archive of a session, unless there is one that still is right."""
    pyarrow()
    known = known_archive(connection, symbol, session)
    if is_open(connection, symbol, session) is False:
        where = f"; its archive is {known.file}" if known else ""
        raise PgstrikeError(f"{symbol} {session} is below the floor already{where}")
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    try:
        with connection.transaction():
            return archived(connection, folder, symbol, session, known)
    finally:
        connection.isolation_level = None


def archived(
    connection: psycopg.Connection,
    folder: Path,
    symbol: str,
    session: date,
    known: Archive | None,
) -> Archive:
    columns = archive_columns(connection)
    names = [column.name for column in columns]
    stored = contents(connection, symbol, session, names)
    if known and known.columns == names and is_right(folder, known, stored):
        return known
    if not stored.quotes:
        raise PgstrikeError(f"{symbol} has no quotes of {session}")
    file = f"{symbol}-{session}.parquet"
    about = {"symbol": symbol, "session": str(session), "quotes": str(stored.quotes)}
    about["checksum"] = str(stored.checksum)
    with whole_file(folder / file) as path:
        fitting = sized(connection, columns, symbol, session)
        rows = exported(connection, fitting, symbol, session)
        write_file(path, fitting, rows, about)
        found = contents_of_file(connection, columns, path, symbol, session)
        if found != stored:
            raise PgstrikeError(
                f"the archive of {symbol} {session} does not hold what the database has: "
                f"{found.quotes:,} quotes for {stored.quotes:,}; nothing was dropped"
            )
        archive = Archive(file, names, *stored, path.stat().st_size, digest_of(path))
    connection.execute(
        query("note_archive"),
        {**archive._asdict(), "symbol": symbol, "session": session},
    )
    return archive


def is_right(folder: Path, known: Archive, stored: Contents) -> bool:
    """Whether an archive has what is stored, and its file is as it was written."""
    path = folder / known.file
    return (
        known.contents == stored and path.exists() and digest_of(path) == known.digest
    )
