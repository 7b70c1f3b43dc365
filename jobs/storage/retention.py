"""Drops the raw quotes of old sessions once they are archived; their bars stay.

A session is sealed in one transaction that keeps out other writers of its symbol. So the
archive of a sealed session is right. A day's quotes are dropped when all its
sessions are sealed.
"""

import logging
from datetime import date
from pathlib import Path

import psycopg
from psycopg import errors

from pgstrike.db.answers import is_true
from pgstrike.db.errors import PgstrikeError
from pgstrike.db.queries import query
from pgstrike.jobs.loading import LOADING
from pgstrike.jobs.storage.known import contents, folder_of, is_open, known_archive

logger = logging.getLogger(__name__)

AUDITED = 20  # sealed sessions, each time
ATTEMPTS = 3  # a late quote can change a session between its archive and its seal
LOCK_TIMEOUT = "2s"  # that readers may be kept waiting


def sessions_to_seal(
    connection: psycopg.Connection, keep: int, symbol: str | None = None
) -> list[tuple[str, date]]:
    """The sessions older than the newest ones of each symbol, or of one, oldest first."""
    named = {"keep": keep, "symbol": symbol}
    return connection.execute(query("sessions_to_seal"), named).fetchall()


def seal(
    connection: psycopg.Connection, folder: Path | None, symbol: str, session: date
) -> None:
    """Put a session below its symbol's floor. It is archived first, unless folder is None."""
    for _ in range(ATTEMPTS):
        if folder is not None:
            with LOADING:
                from pgstrike.jobs.storage.archive import archive_session

            archive_session(connection, folder, symbol, session)
        with connection.transaction():
            connection.execute(query("lock_instrument"), [symbol])
            if folder is None or is_archived(connection, symbol, session):
                was_sealed = is_open(connection, symbol, session) is not None
                connection.execute(query("seal_session"), [symbol, session])
                if not was_sealed:
                    named = {"symbol": symbol, "session": session}
                    connection.execute(query("raise_raw_floor"), named)
                return
    raise PgstrikeError(
        f"{symbol} {session} changes while it is archived; try again when its feed is quiet"
    )


def is_archived(connection: psycopg.Connection, symbol: str, session: date) -> bool:
    archive = known_archive(connection, symbol, session)
    return archive is not None and archive.contents == contents(
        connection, symbol, session, archive.columns
    )


def refuse_unsealed(
    connection: psycopg.Connection, sessions: list[tuple[str, date]]
) -> None:
    """Refuse to drop a single session above the floor: older ones have to go first."""
    for symbol, session in sessions:
        if is_open(connection, symbol, session) is None:
            raise PgstrikeError(
                f"{symbol} {session} was never dropped, and a single session is dropped only "
                "after `pgstrike restore`; drop all that are older with --older-than N"
            )


def drop_days(connection: psycopg.Connection) -> int:
    """Drop the days of raw quotes that are below every floor. Returns how many.

    One that readers keep busy is left for the next time, one that another process drops to it.
    """
    dropped = 0
    for day in connection.execute(query("droppable_days")).fetchall():
        try:
            with connection.transaction():
                connection.execute(query("wait_at_most"), [LOCK_TIMEOUT])
                dropped += is_true(connection, "drop_quote_day", day)
        except errors.LockNotAvailable:
            logger.info("the day of %s is in use, and is dropped later", day[1])
        except errors.UndefinedTable:
            logger.info("the day of %s was dropped by another process", day[1])
    return dropped


def seal_corrected(connection: psycopg.Connection, folder: Path | None) -> int:
    """Seal the sessions again that a correction opened, once their bars are refreshed."""
    found = connection.execute(query("corrected_sessions")).fetchall()
    for symbol, session in found:
        seal(connection, folder_of(folder), symbol, session)
    return len(found)


def open_for_correction(connection: psycopg.Connection, folder: Path | None) -> int:
    """Restore the sealed sessions that a corrected calendar has to judge again.

    One without an archive is left as it is; ops.bars_at_risk lists it. Returns how many.
    """
    found = connection.execute(query("sessions_to_open")).fetchall()
    for symbol, session in found:
        with LOADING:
            from pgstrike.jobs.storage.restore import restore_session

        place = folder_of(folder)
        restore_session(connection, place, symbol, session, is_corrected=True)
    return len(found)


def keep_newest(
    archive_dir: Path | None, keep: int, connection: psycopg.Connection
) -> int:
    """Archive, seal and drop what is old; 0 keeps all. Returns how many days went.

    Some of the sealed sessions are audited, those first that were not for the longest time.
    """
    seal_corrected(connection, archive_dir)
    for symbol, session in sessions_to_seal(connection, keep) if keep else ():
        seal(connection, folder_of(archive_dir), symbol, session)
    audit(connection)
    return drop_days(connection)


def audit(connection: psycopg.Connection) -> None:
    """Compare the bars of sealed sessions with their checksums; health tells what is wrong."""
    for sealed in connection.execute(query("sessions_to_audit"), [AUDITED]).fetchall():
        connection.execute(query("audit_session"), sealed)
