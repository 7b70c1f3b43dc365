"""Quotes far ahead of their market wait until others come near them (see ops.find_ahead)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import psycopg

from pgstrike.db.errors import PgstrikeError
from pgstrike.db.queries import query
from pgstrike.jobs.feed.batches import SymbolCodes
from pgstrike.jobs.feed.ndjson import parse_lines, quote_line
from pgstrike.jobs.ingest.batch_tables import ensure_batch_tables
from pgstrike.jobs.ingest.raw_quotes import quotes_to_write_again
from pgstrike.jobs.quote import QuoteBatch

MOMENT = timedelta(microseconds=1)


def keep_waiting(
    connection: psycopg.Connection,
    source: str,
    batch: QuoteBatch,
    row_numbers: Iterable[int],
    *,
    is_put_back: bool = False,
) -> None:
    """Have rows of a batch wait, as NDJSON."""
    lines = [
        {
            "quote": quote_line(
                batch.rows[row], batch.symbols[batch.rows["symbol"][row]]
            ),
            "source": source,
            "is_put_back": is_put_back,
        }
        for row in row_numbers
    ]
    with connection.cursor() as cursor:
        cursor.executemany(query("add_waiting"), lines)


def take_waiting(connection: psycopg.Connection, symbol: str) -> QuoteBatch:
    """The waiting quotes of a symbol whose time has come; they wait no longer."""
    found = connection.execute(query("take_waiting"), [symbol]).fetchall()
    codes = SymbolCodes()
    lines = [line.encode() for (line,) in found]
    parsed = parse_lines(codes, lines)
    texts = [line.decode() for line in parsed.lines]
    return QuoteBatch(parsed.rows, tuple(codes), texts, parsed.rejects)


def set_clock(connection: psycopg.Connection, symbol: str, clock: datetime) -> int:
    """Set a clock back in a transaction; what is newer waits. Returns how many quotes.

    The tables of a batch must be there, and empty.
    """
    return _put_back(connection, symbol, clock, is_put_back=False)


def reset_clock(
    connection: psycopg.Connection, symbol: str, time: datetime | None
) -> tuple[datetime, int]:
    """Set a clock back as asked: the new clock, and how many quotes wait.

    To the newest snapshot at or before a time, or to the newest that has company. They are
    stored again when the clock reaches them.
    """
    with connection.transaction():
        connection.execute(query("lock_instrument"), [symbol])
        named = {"symbol": symbol, "time": time}
        row = connection.execute(query("clock_at"), named).fetchone()
        if row is None:
            raise PgstrikeError(
                f"unknown symbol {symbol}; see `pgstrike instrument list` for those known"
            )
        clock, wanted = row
        if wanted is None:
            what = "with company; give a time" if time is None else f"up to {time}"
            raise PgstrikeError(f"{symbol} has no snapshot {what}")
        if wanted == clock:
            raise PgstrikeError(f"the clock of {symbol} is {clock} already")
        ensure_batch_tables(connection)
        return wanted, _put_back(connection, symbol, wanted, is_put_back=True)


def _put_back(
    connection: psycopg.Connection, symbol: str, clock: datetime, *, is_put_back: bool
) -> int:
    span = {"symbol": symbol, "expiry": None, "from": clock + MOMENT, "to": "infinity"}
    rows: npt.NDArray[np.void] = quotes_to_write_again(connection, span)
    keep_waiting(
        connection,
        "stored quotes",
        QuoteBatch(rows, (symbol,), (), ()),
        range(len(rows)),
        is_put_back=is_put_back,
    )
    connection.execute(query("put_back"), [symbol, clock])
    return len(rows)
