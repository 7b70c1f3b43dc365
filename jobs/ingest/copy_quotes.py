"""The quotes of a batch, copied in to where SQL judges them."""

import psycopg
from psycopg import sql

from pgstrike.jobs.ingest.copy_binary import NUMBER, Names, Rows, copy_binary
from pgstrike.jobs.quote import is_known

ALWAYS = ("quote_time", "symbol", "expiry", "strike")
COPY = sql.SQL("COPY pg_temp.quote_batch ({}) FROM STDIN (FORMAT binary)")


def copy_quotes(connection: psycopg.Connection, rows: Rows) -> None:
    """Copy rows of QUOTE in; a column that is unknown throughout takes no time."""
    names = known_columns(rows)
    columns = sql.SQL(", ").join(map(sql.Identifier, (NUMBER, *names)))
    with connection.cursor().copy(COPY.format(columns)) as copy:
        copy.write(copy_binary(rows, names=names))


def known_columns(rows: Rows) -> Names:
    """The columns of which some figure is known, and those that each quote has."""
    return tuple(
        name
        for name in rows.dtype.names or ()
        if name in ALWAYS or is_known(rows[name]).any()
    )
