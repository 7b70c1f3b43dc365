"""Storing quotes again that are stored already, where what they were judged by has changed.

They are read back as the feed sent them, forgotten, and stored by the ordinary way, in one
transaction: so there is one way to derive. Other writers of the symbol wait.
"""

from datetime import date, datetime

import psycopg

from pgstrike.db.connection import connect
from pgstrike.db.queries import query
from pgstrike.jobs.loading import LOADING
from pgstrike.jobs.progress import Shown, nothing


def judge_again(dsn: str, shown: Shown = nothing) -> int:
    """Store the quotes again of every session whose calendar changed. Returns how many.

    One session of one symbol at a time, so that a run that was killed goes on where it was.
    """
    done = 0
    with connect(dsn, "calendar") as connection:
        while stale := connection.execute(query("stale_sessions")).fetchall():
            for symbol, session, start, end in stale:
                shown(f"judging {symbol} of {session} again", done, done + len(stale))
                rederive(dsn, symbol, start, end, session)
                done += 1
    return done


def rederive(
    dsn: str, symbol: str, start: datetime, end: datetime, judged: date | None = None
) -> int:
    """Store a symbol's quotes of a time again, end not included. Returns how many there were.

    `judged` is the session that thereby need not be judged again any more.
    """
    with connect(dsn, "rederive") as connection, connection.transaction():
        return rederive_in(connection, symbol, start, end, judged)


def rederive_in(
    connection: psycopg.Connection,
    symbol: str,
    start: datetime,
    end: datetime,
    judged: date | None = None,
) -> int:
    """The same in the transaction of the caller."""
    # Here: it is asked often whether there is work, and NumPy and SciPy take long to load.
    with LOADING:
        from pgstrike.jobs.ingest.raw_quotes import quotes_to_judge_again
        from pgstrike.jobs.ingest.store_again import store_again, store_of

    span = {"symbol": symbol, "expiry": None, "from": start, "to": end}
    store = store_of(connection, symbol)
    rows = quotes_to_judge_again(connection, span)
    if len(rows):
        whole = connection.execute(query("whole_moments"), span).fetchone()
        connection.execute(query("forget_quotes"), [symbol, start, end])
        store_again(store, symbol, rows)
        connection.execute(query("note_whole_chains"), whole)
        connection.execute(query("announce_chains"), [symbol])
    if judged is not None:
        connection.execute(query("judged_session"), [symbol, judged])
    return len(rows)
