"""`pgstrike archive | restore`: old raw quotes."""

from datetime import date
from typing import TYPE_CHECKING

import click

from pgstrike.cli.options import Day, Text, Whole
from pgstrike.cli.reach import built, jobs_settings, opened
from pgstrike.db.errors import SettingError
from pgstrike.db.queries import query

if TYPE_CHECKING:
    import psycopg


@click.command()
@click.argument("symbol", type=Text(), required=False)
@click.argument("sessions", type=Day(), nargs=-1, metavar="[SESSION]...")
@click.option(
    "--older-than",
    type=Whole(1, 100_000),
    metavar="N",
    help="All sessions but the N newest, of SYMBOL or of every symbol.",
)
@click.option("--drop", is_flag=True, help="Drop their quotes; the bars stay.")
@click.option(
    "--without-archive", is_flag=True, help="Drop them for good: nothing is written."
)
def archive(
    symbol: str | None,
    sessions: tuple[date, ...],
    older_than: int | None,
    drop: bool,
    without_archive: bool,
) -> None:
    """Write raw quotes to one Parquet file for each symbol and SESSION.

    A file is read back and compared with the database.

    --older-than N --drop drops the quotes of old sessions. SESSION --drop is for a session
    that was dropped before and brought back by `pgstrike restore`: it is dropped again.

    \b
    Examples:
      pgstrike archive NIFTY 2025-08-29
      pgstrike archive --older-than 20 --drop
    """
    from pgstrike.db.connection import connect
    from pgstrike.jobs.refresh.refresh import refresh_now
    from pgstrike.jobs.storage.archive import archive_session
    from pgstrike.jobs.storage.known import folder_of
    from pgstrike.jobs.storage.retention import (
        drop_days,
        refuse_unsealed,
        seal,
        sessions_to_seal,
    )

    if bool(sessions) == (older_than is not None):
        raise SettingError("give SYMBOL and each SESSION, or --older-than N")
    if without_archive and not drop:
        raise SettingError("--without-archive goes with --drop")
    settings = jobs_settings()
    folder = None if without_archive else folder_of(settings.archive_dir)
    with built(settings.database) as dsn, connect(dsn, "archive") as connection:
        if drop:
            refresh_now(dsn)
        if older_than is not None:
            wanted = sessions_to_seal(connection, older_than, symbol)
        else:
            wanted = [(str(symbol), session) for session in sessions]
            if drop:
                refuse_unsealed(connection, wanted)
        for name, session in wanted:
            if folder is not None:
                done = archive_session(connection, folder, name, session)
                size = f"{done.quotes:,} quotes, {done.bytes:,} bytes"
                click.echo(f"{name} {session}: {size} in {folder / done.file}")
            if drop:
                seal(connection, folder, name, session)
        if drop:
            click.echo(dropped(drop_days(connection), connection, wanted))


def dropped(
    days: int, connection: "psycopg.Connection", wanted: list[tuple[str, date]]
) -> str:
    """How many days went; where none did, why."""
    if days:
        what = "1 day of quotes was" if days == 1 else f"{days} days of quotes were"
        return f"{what} dropped"
    if not wanted:
        return "no quotes were dropped: no session is older"
    sessions = sorted({session for _, session in wanted})
    rows = connection.execute(query("unsealed_symbols"), [sessions]).fetchall()
    if not rows:
        return "no quotes were dropped: those that are left are the newest of contracts"
    return (
        f"no quotes were dropped: {', '.join(row[0] for row in rows)} also has quotes of "
        "such a day that stay; `--older-than N --drop` without SYMBOL is for all symbols"
    )


@click.command()
@click.argument("symbol", type=Text())
@click.argument("sessions", type=Day(), nargs=-1, required=True, metavar="SESSION...")
def restore(symbol: str, sessions: tuple[date, ...]) -> None:
    """Bring the quotes of each SESSION of SYMBOL back, exactly as they were stored.

    Example: pgstrike restore NIFTY 2025-08-29
    """
    from pgstrike.jobs.storage.known import folder_of
    from pgstrike.jobs.storage.restore import restore_session

    settings = jobs_settings()
    folder = folder_of(settings.archive_dir)
    with opened(settings.database, "restore") as connection:
        for session in sessions:
            quotes = restore_session(connection, folder, symbol, session)
            click.echo(f"{symbol} {session}: {quotes:,} quotes are there")
