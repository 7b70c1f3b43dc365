"""Restoring archived sessions, one transaction each."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

import psycopg

from pgstrike.db.errors import PgstrikeError
from pgstrike.db.queries import query
from pgstrike.jobs.loading import LOADING
from pgstrike.jobs.storage.known import folder_of
from pgstrike.jobs.tasks.kind import SYMBOL, Kind, Result
from pgstrike.jobs.tasks.work import Work


def run(work: Work) -> Result:
    """A session at a time. One that was cut short has changed nothing, and begins again."""
    with LOADING:
        from pgstrike.jobs.storage.restore import restore_session

    folder = folder_of(work.settings.archive_dir)
    symbol, sessions = work.arguments["symbol"], sessions_of(work)
    reached = {"session": "", "quotes": 0, **work.checkpoint}
    with work.beside() as other:
        for place, session in enumerate(sessions):
            if str(session) <= reached["session"]:
                continue
            show = partial(note_part, work, other, place, len(sessions), reached)
            found = {**reached, "session": str(session)}
            message = f"{symbol} of {session} is restored"
            with work.chunk(place + 1, len(sessions), message, found):
                found["quotes"] += restore_session(
                    work.connection, folder, symbol, session, show=show
                )
            reached = found
    return {"sessions": len(sessions), "quotes": reached["quotes"]}


def sessions_of(work: Work) -> list[date]:
    """The archived sessions that are asked for."""
    symbol, first = work.arguments["symbol"], work.arguments["session"]
    last = work.arguments.get("last", first)
    span = {"symbol": symbol, "first": first, "last": last}
    found = work.connection.execute(query("archived_sessions"), span).fetchall()
    if not found:
        some = first if first == last else f"{first} to {last}"
        raise PgstrikeError(
            f"there is no archive of {symbol} {some}; see ops.bars_at_risk for the "
            "sessions that were dropped without one"
        )
    return [session for (session,) in found]


def note_part(
    work: Work,
    other: psycopg.Connection,
    place: int,
    total: int,
    reached: Mapping[str, Any],
    part: float,
) -> None:
    """Show the progress within a session, on a connection that commits at once.

    The session itself is one transaction, so the checkpoint stays that of the one before.
    """
    work.check()
    message = f"session {place + 1} of {total} comes back"
    work.note(place + part, total, message, reached, on=other)


def day(description: str) -> dict[str, str]:
    return {"type": "string", "format": "date", "description": description}


KIND = Kind(
    name="restore",
    about="Bring archived quotes back, exactly as they were stored.",
    properties={
        "symbol": SYMBOL,
        "session": day("the archived session: 2025-08-29"),
        "last": day("the last one of several; that session alone where it is left out"),
    },
    required=("symbol", "session"),
    run=run,
)
