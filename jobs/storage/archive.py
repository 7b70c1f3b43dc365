"""Archiving the raw quotes of a symbol and session: a file that was read back and compared."""

from datetime import date
from pathlib import Path

import psycopg
from psycopg import IsolationLevel

from pgstrike.db.errors import PgstrikeError
from pgstrike.db.queries import query
from pgstrike.jobs.arrow import pyarrow
from pgstrike.jobs.storage.known import (
    Archive,
    Contents,
    contents,
    is_open,
    known_archive,
)
from pgstrike.jobs.storage.parquet_file import digest_of, write_file
from pgstrike.jobs.storage.transfer import (
    archive_columns,
    contents_of_file,
    exported,
    sized,
)
from pgstrike.jobs.whole_file import whole_file


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
