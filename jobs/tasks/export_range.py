"""Exporting quotes or bars: a folder with a file for each day, as CSV or Parquet."""

from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg import sql

from pgstrike.db.errors import PgstrikeError
from pgstrike.db.queries import query
from pgstrike.jobs.parquet_rows import write_parquet
from pgstrike.jobs.tasks.kind import FROM, SYMBOL, TO, Kind, Result
from pgstrike.jobs.tasks.work import Work, no_quotes
from pgstrike.jobs.whole_file import whole_file

TIMES = {"option_quote": "quote_time", "underlying_quote": "quote_time"}


class Part(NamedTuple):
    """One day of a relation, for one file."""

    relation: str
    symbol: str
    day: date
    first: datetime
    last: datetime


def run(work: Work) -> Result:
    """A day at a time. A file gets its name once it is whole, and on disk."""
    symbol = work.arguments["symbol"]
    relation = work.arguments.get("relation", "option_quote")
    format = work.arguments.get("format", "csv")
    start, end = work.span()
    span = {"symbol": symbol, "from": start, "to": end}
    days = work.connection.execute(query("quoted_local_days"), span).fetchall()
    if not days:
        raise PgstrikeError(no_quotes(symbol, start, end))
    assert work.settings.export_dir is not None
    folder = work.settings.export_dir / f"task-{work.id}"
    folder.mkdir(exist_ok=True)
    files = dict(work.checkpoint.get("files", {}))
    for number, (day, first, last) in enumerate(days, 1):
        path = folder / f"{relation}-{symbol}-{day}.{format}"
        if path.name in files and path.exists():
            continue
        part = Part(relation, symbol, day, max(start, first), min(end, last))
        written = {**files, path.name: 0}
        message = f"{path.name} is written"
        with work.chunk(number, len(days), message, {"files": written}):
            written[path.name] = write(work.connection, part, path, format)
        files = written
    size = sum((folder / name).stat().st_size for name in files)
    return {
        "folder": str(folder),
        "files": sorted(files),
        "rows": sum(files.values()),
        "bytes": size,
    }


def write(connection: psycopg.Connection, part: Part, path: Path, format: str) -> int:
    """Write a file. Returns how many rows it has."""
    with (
        connection.cursor() as cursor,
        whole_file(path) as temporary,
        temporary.open("wb") as file,
    ):
        if format == "parquet":
            return write_parquet(cursor, select(part), file)
        copy_out = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, HEADER)")
        with cursor.copy(copy_out.format(select(part))) as copy:
            for data in copy:
                file.write(data)
        return cursor.rowcount


def select(part: Part) -> sql.Composed:
    time = sql.Identifier(TIMES.get(part.relation, "bucket_time"))
    return sql.SQL(
        "SELECT * FROM fo.{} WHERE symbol = {} AND {} >= {} AND {} < {} ORDER BY {}"
    ).format(
        sql.Identifier(part.relation), part.symbol, time, part.first, time, part.last,
        time,
    )  # fmt: skip


@cache
def kind_with(rollups: tuple[str, ...]) -> Kind:
    return Kind(
        name="export",
        about="Write the quotes or bars of some days into files in PGSTRIKE_EXPORT_DIR.",
        properties={
            "symbol": SYMBOL,
            "from": FROM,
            "to": TO,
            "relation": {
                "enum": [*TIMES, *rollups],
                "description": "the quotes, or a rollup; option_quote if left out",
            },
            "format": {
                "enum": ["csv", "parquet"],
                "description": "csv if left out; parquet needs pyarrow",
            },
        },
        required=("symbol", "from", "to"),
        run=run,
    )


def kind(connection: psycopg.Connection) -> Kind:
    rows = connection.execute(query("rollups")).fetchall()
    return kind_with(tuple(row[0] for row in rows))
