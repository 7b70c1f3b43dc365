"""Storing quotes again that are stored already, where what they were judged by has changed.

They are read back as the feed sent them, forgotten, and stored by the ordinary way, in one
transaction: so there is one way to derive. Other writers of the symbol wait.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from pgstrike.db.connection import connect
from pgstrike.db.queries import query
from pgstrike.jobs.feed.ndjson import QuoteTexts
from pgstrike.jobs.ingest.raw_quotes import raw_quotes
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.progress import Shown, nothing
from pgstrike.jobs.quote import QuoteBatch

CHUNK = 65_536  # quotes that are stored at once
EVER = timedelta(days=36_500)

Rows = npt.NDArray[Any]


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
        instrument = connection.execute(query("lock_instrument"), [symbol]).fetchone()
        span = {"symbol": symbol, "expiry": None, "from": start, "to": end}
        rows = raw_quotes(connection, span)
        if instrument is not None and instrument[0] is not None and len(rows):
            rate, source_kind = instrument
            store = Store(
                connection,
                source="stored quotes",
                source_kind=source_kind,
                rate=rate,
                horizon=EVER,
                accept_ahead=True,
            )
            whole = connection.execute(query("whole_moments"), span).fetchone()
            connection.execute(query("forget_quotes"), [symbol, start, end])
            for chunk in chunks(rows):
                store.add_alone(
                    QuoteBatch(chunk, (symbol,), QuoteTexts(chunk, (symbol,)), []),
                )
                connection.execute(query("empty_batch"))
            connection.execute(query("note_whole_chains"), whole)
            connection.execute(query("announce_chains"), [symbol])
        if judged is not None:
            connection.execute(query("judged_session"), [symbol, judged])
    return len(rows)


def chunks(rows: Rows) -> Iterator[Rows]:
    """The rows in parts, none of which ends within a snapshot."""
    times = rows["quote_time"]
    first = 0
    while first < len(rows):
        last = min(first + CHUNK, len(rows)) - 1
        end = int(np.searchsorted(times, times[last], side="right"))
        yield rows[first:end]
        first = end
