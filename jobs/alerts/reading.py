"""Running the SELECT of an alert, which is anybody's text, with no more rights than its key."""

from datetime import datetime

import psycopg
from psycopg import sql

from pgstrike.db.errors import PgstrikeError, one_line
from pgstrike.db.queries import query

SECONDS = 5.0  # that one SELECT may take
MOST_ROWS = 100


class AlertError(PgstrikeError):
    """The SELECT of an alert gave no rows, and no answer."""


def rows_of(
    connection: psycopg.Connection,
    key: str,
    statement: str,
    symbol: str,
    *,
    at: datetime | None,
    clock: datetime,
    seconds: float = SECONDS,
) -> str:
    """The first rows, as a JSON array, as of `at` (None: now). AlertError where it fails.

    The connection is the owner's, in autocommit. The transaction writes nothing, and is rolled
    back: so what the SELECT sets in the session is undone.
    """
    values = {
        "statement": statement,
        "symbol": symbol,
        "at": at,
        "clock": clock,
        "most": MOST_ROWS,
    }
    limit = sql.SQL("SET LOCAL statement_timeout = {}").format(int(seconds * 1000))
    connection.execute(query("alert_reads_for"), [key])
    try:
        with connection.transaction(force_rollback=True):
            connection.execute("SET TRANSACTION READ ONLY")
            connection.execute("SET LOCAL ROLE pgstrike_alert")
            connection.execute(limit)
            row = connection.execute(query("alert_rows"), values).fetchone()
    except psycopg.errors.QueryCanceled:
        raise AlertError(f"the SELECT took more than {seconds:g} s") from None
    except psycopg.Error as error:
        if connection.closed:
            raise
        # Not explained: what an operator may do about it is nothing for the alert's holder.
        raise AlertError(one_line(error)) from None
    assert row is not None
    return str(row[0])
