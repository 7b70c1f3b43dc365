"""Bringing archived quotes back, exactly as they were stored."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import psycopg

from pgstrike.db.errors import PgstrikeError
from pgstrike.db.queries import query
from pgstrike.jobs.arrow import pyarrow
from pgstrike.jobs.storage.known import Archive, contents, is_open, known_archive
from pgstrike.jobs.storage.parquet_file import digest_of
from pgstrike.jobs.storage.transfer import (
    GROUP,
    archive_columns,
    read_back,
)

Show = Callable[[float], None]  # called with the part of the quotes that came back


def restore_session(
    connection: psycopg.Connection,
    folder: Path,
    symbol: str,
    session: date,
    *,
    is_corrected: bool = False,
    show: Show = lambda part: None,
) -> int:
    """Restore a session from its archive. Returns how many quotes it has.

    It is above no floor then, until it is dropped again. Where it is all there, only that is
    noted. In one transaction: what came back is compared with the archive's checksum.
    """
    pyarrow()
    archive = known_archive(connection, symbol, session)
    if archive is None:
        raise PgstrikeError(f"there is no archive of {symbol} {session}")
    named = {"symbol": symbol, "session": session}
    with connection.transaction():
        connection.execute(query("lock_instrument"), [symbol])
        was_open = is_open(connection, symbol, session)
        if was_open is not False:
            return stored_already(connection, symbol, session, archive)
        if contents(connection, symbol, session, archive.columns) != archive.contents:
            bring_back(connection, folder, symbol, session, archive, show)
        connection.execute(
            query("open_sealed_session"), {**named, "is_corrected": is_corrected}
        )
    return archive.quotes


def bring_back(
    connection: psycopg.Connection,
    folder: Path,
    symbol: str,
    session: date,
    archive: Archive,
    show: Show,
) -> None:
    """Store what an archive has and the database lacks, and compare."""
    refuse_wrong_file(folder, archive)
    path = folder / archive.file
    connection.execute(query("ensure_quote_days"), [symbol, session])
    parts = read_back(connection, archive_columns(connection), path)
    for number, _ in enumerate(parts):
        show(number * GROUP / archive.quotes)
        connection.execute(query("restore_quotes"))
    if contents(connection, symbol, session, archive.columns) != archive.contents:
        raise PgstrikeError(
            f"{symbol} {session} has other quotes than its archive {archive.file}; "
            "nothing was changed"
        )


def stored_already(
    connection: psycopg.Connection, symbol: str, session: date, archive: Archive
) -> int:
    """The quotes of a session that is not below a floor, or was restored before."""
    stored = contents(connection, symbol, session, archive.columns)
    if not stored.quotes:
        raise PgstrikeError(
            f"{symbol} {session} was not dropped, and has no quotes; ingest them instead"
        )
    return stored.quotes


def refuse_wrong_file(folder: Path, archive: Archive) -> None:
    path = folder / archive.file
    if not path.exists():
        raise PgstrikeError(
            f"{path} is not there; set PGSTRIKE_ARCHIVE_DIR to its folder"
        )
    if digest_of(path) != archive.digest:
        raise PgstrikeError(
            f"{path} is not the file that was archived; bring that back from a backup"
        )
