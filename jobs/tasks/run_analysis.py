"""Running an analysis of sql/analysis with the asker's rights."""

import json
import re
from functools import cache
from time import monotonic
from typing import Any

import psycopg
from psycopg import sql

from pgstrike.db.errors import PgstrikeError
from pgstrike.db.paths import SQL
from pgstrike.db.queries import query
from pgstrike.jobs.tasks.kind import SYMBOL, Kind, Result
from pgstrike.jobs.tasks.work import Work

VARIABLE = re.compile(r":'(\w+)'")
COMMAND = re.compile(r"^\\.*$", re.MULTILINE)  # of psql
MOST_ROWS = 10_000
MOST_BYTES = 1_000_000


def run(work: Work) -> Result:
    """One transaction that reads; what it finds is the result."""
    seconds = work.settings.reader_seconds
    began = monotonic()
    try:
        with work.connection.transaction():
            as_reader(work, seconds)
            found = results(work.connection, statements(work))
    except psycopg.errors.QueryCanceled:
        if monotonic() - began < seconds:
            raise
        raise PgstrikeError(
            f"the analysis took more than {seconds:g} s; raise PGSTRIKE_READER_SECONDS"
        ) from None
    return {"results": found}


def as_reader(work: Work, seconds: float) -> None:
    """For the rest of the transaction, read as who asked, and write nothing."""
    connection = work.connection
    connection.execute("SET TRANSACTION READ ONLY")
    connection.execute("SET LOCAL ROLE pgstrike_server")
    connection.execute("SET LOCAL timezone = 'Asia/Kolkata'")
    limit = sql.SQL("SET LOCAL statement_timeout = {}").format(int(seconds * 1000))
    connection.execute(limit)
    connection.execute(query("read_for"), [work.asked_by])


def statements(work: Work) -> bytes:
    """The text of the analysis, with the symbol and the expiry in it."""
    path = SQL / "analysis" / f"{work.arguments['name']}.sql"
    values = {"symbol": work.arguments["symbol"], "expiry": expiry_of(work)}

    def literal(variable: "re.Match[str]") -> str:
        return sql.Literal(values[variable[1]]).as_string(work.connection)

    return VARIABLE.sub(literal, COMMAND.sub("", path.read_text())).encode()


def expiry_of(work: Work) -> str | None:
    """The given one, or the nearest live one."""
    if "expiry" in work.arguments:
        return str(work.arguments["expiry"])
    row = work.connection.execute(
        query("nearest_expiry"), [work.arguments["symbol"]]
    ).fetchone()
    return str(row[0]) if row and row[0] else None


def results(connection: psycopg.Connection, statements: bytes) -> list[dict[str, Any]]:
    """Columns and rows of each statement, as JSON has them; the rest is left out."""
    found, cursor = [], connection.execute(statements)
    while True:
        if cursor.description is not None:
            found.append(result_of(cursor))
        if not cursor.nextset():
            return bounded(found)


def result_of(cursor: psycopg.Cursor[Any]) -> dict[str, Any]:
    rows = cursor.fetchmany(MOST_ROWS)
    return {
        "columns": [column.name for column in cursor.description or ()],
        "rows": [[plain(value) for value in row] for row in rows],
        "left_out": cursor.rowcount - len(rows),
    }


def bounded(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if len(json.dumps(found)) > MOST_BYTES:
        raise PgstrikeError(
            f"the result has more than {MOST_BYTES:,} bytes; run it by `pgstrike psql`"
        )
    return found


def plain(value: object) -> Any:
    """A value as JSON has it: a number, a text, a truth or null."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(value)
    return number if number - number == 0 else None  # JSON has no NaN and no infinity


@cache
def kind() -> Kind:
    names = sorted(path.stem for path in (SQL / "analysis").glob("*.sql"))
    return Kind(
        name="analysis",
        about="Run one of the worked analyses, with the rights of who asks.",
        properties={
            "name": {"enum": names, "description": f"the analysis: {names[0]}"},
            "symbol": SYMBOL,
            "expiry": {
                "type": "string",
                "format": "date",
                "description": "the expiry; the nearest one where it is left out",
            },
        },
        required=("name", "symbol"),
        run=run,
        is_for_readers=True,
    )
