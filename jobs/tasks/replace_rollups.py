"""Giving new rollups the past, beside those that they are to replace."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from psycopg.rows import class_row

from pgstrike.db.errors import PgstrikeError
from pgstrike.db.install.engine import installed_engine
from pgstrike.db.lock import REFRESH, held
from pgstrike.db.queries import query
from pgstrike.jobs.refresh.refresh import Rollup, Window, parts_of, refresh_part
from pgstrike.jobs.tasks.kind import Kind, Result
from pgstrike.jobs.tasks.work import Work


class Day(NamedTuple):
    """A day of a symbol that a new rollup has to get; to_time is not included."""

    rollup: str
    replaces: str
    place: int
    symbol: str
    day: date
    from_time: datetime
    to_time: datetime
    width: timedelta
    is_copied: bool

    def key(self) -> list[Any]:
        """What days are ordered by, as JSON has it."""
        return [self.place, self.symbol, str(self.day)]

    def span(self) -> tuple[str, str, str, datetime, datetime]:
        return self.replaces, self.rollup, self.symbol, self.from_time, self.to_time


def run(work: Work) -> Result:
    """A rollup, a symbol and a day at a time, the finer rollups first.

    Days that come meanwhile are noted for the new rollups as for all others.
    """
    with work.connection.cursor(row_factory=class_row(Day)) as cursor:
        days = cursor.execute(query("replace_windows")).fetchall()
    if not work.connection.execute(query("new_rollups")).fetchall():
        raise PgstrikeError(
            "no rollup is being replaced; begin with `pgstrike rollup replace`"
        )
    found: Mapping[str, Any] = work.checkpoint.get("found", {})
    for number, day in enumerate(days, 1):
        if day.key() <= work.checkpoint.get("day", [0]):
            continue
        message = f"{day.rollup} of {day.symbol}, {day.day}, is built"
        checkpoint: dict[str, Any] = {"day": day.key()}
        if not day.is_copied:
            compute(work, day)
        with work.chunk(number, len(days), message, checkpoint):
            if day.is_copied:
                work.connection.execute(query("copy_bars"), day.span())
            found = with_day(work, found, day)
            checkpoint["found"] = found
    work.connection.execute(query("note_ready"))
    return {"rollups": found}


def compute(work: Work, day: Day) -> None:
    """In parts: between two of them the scheduled refresh has its turn."""
    is_table = installed_engine(work.connection) == "postgres"
    rollup = Rollup(day.rollup, is_table, day.width)
    window = Window(day.rollup, day.symbol, day.from_time, day.to_time, [])
    with work.beside() as other:
        for part in parts_of(window, day.width):
            work.check()
            with held(other, REFRESH):
                refresh_part(work.connection, rollup, part)


def with_day(work: Work, found: Mapping[str, Any], day: Day) -> Mapping[str, Any]:
    """How new bars compare with old ones, with one day more."""
    row = work.connection.execute(query("compare_bars"), day.span()).fetchone()
    assert row is not None
    before = found.get(day.replaces, {})
    total = {
        name: before.get(name, 0) + row[0][name]
        for name in ("rows", "only_old", "only_new")
    }
    copied = before.get("copied_days", 0) + day.is_copied
    differs = Counter(before.get("differs", {})) + Counter(row[0]["differs"])
    return {
        **found,
        day.replaces: {**total, "copied_days": copied, "differs": dict(differs)},
    }


KIND = Kind(
    name="replace",
    about="Build rollups whose definition has changed beside the old ones.",
    properties={},
    required=(),
    run=run,
)
