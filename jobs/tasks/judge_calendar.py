"""Judging quotes again, after the calendar was corrected."""

from typing import Any

from pgstrike.db.queries import query
from pgstrike.jobs.ingest.rederive import rederive_in
from pgstrike.jobs.tasks.kind import SYMBOL, Kind, Result
from pgstrike.jobs.tasks.work import Work


def run(work: Work) -> Result:
    """A session at a time. `pgstrike run` does the same by itself; none is done twice."""
    symbol, done = work.arguments.get("symbol"), work.checkpoint.get("done", 0)
    while stale := waiting(work, symbol):
        name, session, start, end = stale[0]
        message = f"{name} of {session} is judged again"
        with work.chunk(done + 1, done + len(stale), message, {"done": done + 1}):
            rederive_in(work.connection, name, start, end, session)
        done += 1
    return {"sessions": done}


def waiting(work: Work, symbol: str | None) -> list[tuple[Any, ...]]:
    found = work.connection.execute(query("stale_sessions")).fetchall()
    return [row for row in found if symbol in (None, row[0])]


KIND = Kind(
    name="judge",
    about="Judge the sessions again whose calendar was corrected.",
    properties={"symbol": SYMBOL},
    required=(),
    run=run,
)
