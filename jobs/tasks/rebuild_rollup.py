"""Computing bars again, whether or not their sources changed."""

from datetime import date, datetime
from functools import cache

import psycopg

from pgstrike.db.errors import PgstrikeError
from pgstrike.db.install.engine import installed_engine
from pgstrike.db.lock import REFRESH, held
from pgstrike.db.queries import query
from pgstrike.jobs.refresh.refresh import Window, finish_window
from pgstrike.jobs.tasks.kind import FROM, SYMBOL, TO, Kind, Result
from pgstrike.jobs.tasks.work import Work, no_quotes


def run(work: Work) -> Result:
    """A rollup and a day at a time, the finer rollups first; the scheduled refresh waits."""
    windows = windows_of(work)
    engine = installed_engine(work.connection)
    for number in range(work.checkpoint.get("done", 0), len(windows)):
        rollup, is_computed, day, first, last = windows[number]
        window = Window(rollup, work.arguments["symbol"], first, last, [])
        is_table = is_computed or engine == "postgres"
        message = f"{rollup} of {window.symbol}, {day}, is rebuilt"
        with work.beside() as other, held(other, REFRESH):
            if not is_table:
                refresh_again(work.connection, rollup, first, last)
            with work.chunk(number + 1, len(windows), message, {"done": number + 1}):
                finish_window(work.connection, window, refresh=is_table)
    return {
        "rollups": len({window[0] for window in windows}),
        "days": len({window[2] for window in windows}),
    }


def windows_of(work: Work) -> list[tuple[str, bool, date, datetime, datetime]]:
    symbol, (start, end) = work.arguments["symbol"], work.span()
    rollup = work.arguments.get("rollup")
    wanted = {"symbol": symbol, "from": start, "to": end, "rollup": rollup}
    windows = work.connection.execute(query("rebuild_windows"), wanted).fetchall()
    if not windows:
        raise PgstrikeError(no_quotes(symbol, start, end))
    return windows


def refresh_again(
    connection: psycopg.Connection, rollup: str, first: datetime, last: datetime
) -> None:
    """TimescaleDB refreshes in no transaction; the same once more does no harm."""
    connection.execute(query("rebuild_aggregate"), [rollup, first, last])


@cache
def kind_with(rollups: tuple[str, ...]) -> Kind:
    names = {
        "enum": list(rollups),
        "description": "the rollup; all of them where it is left out",
    }
    return Kind(
        name="rebuild",
        about="Rebuild the bars of some days.",
        properties={"symbol": SYMBOL, "from": FROM, "to": TO, "rollup": names},
        required=("symbol", "from", "to"),
        run=run,
    )


def kind(connection: psycopg.Connection) -> Kind:
    rows = connection.execute(query("rollups")).fetchall()
    return kind_with(tuple(row[0] for row in rows))
