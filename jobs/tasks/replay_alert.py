"""Replaying an alert over the past: how often, and when, it would have fired."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from psycopg.rows import class_row

from pgstrike.db.answers import is_true
from pgstrike.db.errors import PgstrikeError
from pgstrike.db.queries import query
from pgstrike.jobs.alerts.reading import AlertError, rows_of
from pgstrike.jobs.tasks.kind import FROM, SYMBOL, TO, Kind, Result
from pgstrike.jobs.tasks.work import Work

MOST_LOOKS = 20_000
LOOKS_PER_CHUNK = 25
MOST_FIRED = 1000  # that the result names


class Alert(NamedTuple):
    """A row of sql/queries/alert_to_replay.sql."""

    statement: str
    cooldown: timedelta
    topics: list[str]
    symbols: list[str]


class Look(NamedTuple):
    """A row of sql/queries/replay_looks.sql."""

    at: datetime
    symbol: str


class Replay:
    """How the alert stands at an instant of the past; `kept` is it as JSON, between chunks."""

    def __init__(self, work: Work, alert: Alert) -> None:
        self.work = work
        self.alert = alert
        self.kept: dict[str, Any] = {
            "looks": 0, "had_rows": {}, "last": {}, "firings": 0, "fired": [],
            "failed": 0, "error": None, **work.checkpoint,
        }  # fmt: skip

    def look(self, asked: Look) -> None:
        """Run the SELECT as of the instant; one that fails changes nothing of its rows."""
        kept, symbol = self.kept, asked.symbol
        kept["looks"] += 1
        try:
            rows = json.loads(self._rows(asked))
        except AlertError as error:
            kept["failed"] += 1
            kept["error"] = f"{symbol} at {asked.at.isoformat()}: {error}"
            return
        had_rows, kept["had_rows"][symbol] = kept["had_rows"].get(symbol), bool(rows)
        last, at = kept["last"].get(symbol), asked.at.isoformat()
        values = [bool(had_rows), bool(rows), last, at, self.alert.cooldown]
        if is_true(self.work.connection, "alert_fires", values):
            kept["last"][symbol] = at
            kept["firings"] += 1
            if len(kept["fired"]) < MOST_FIRED:
                kept["fired"].append(
                    {"symbol": symbol, "fired_at": at, "row_count": len(rows)}
                )

    def _rows(self, asked: Look) -> str:
        work, at = self.work, asked.at
        return rows_of(
            work.connection, work.asked_by, self.alert.statement, asked.symbol,
            at=at, clock=at,
        )  # fmt: skip


def run(work: Work) -> Result:
    """Look whenever the job would have. No sink is told."""
    alert = alert_of(work)
    looks = looks_of(work, alert)
    replay = Replay(work, alert)
    while (done := replay.kept["looks"]) < len(looks):
        work.check()
        chunk = looks[done : done + LOOKS_PER_CHUNK]
        for each in chunk:
            replay.look(each)
        says = f"{chunk[-1].at:%Y-%m-%d %H:%M} UTC, firings: {replay.kept['firings']}"
        with work.chunk(replay.kept["looks"], len(looks), says, replay.kept):
            pass
    return {
        name: replay.kept[name]
        for name in ("looks", "firings", "fired", "failed", "error")
    }


def alert_of(work: Work) -> Alert:
    name = work.arguments["name"]
    wanted = {
        "key": work.asked_by,
        "name": name,
        "symbol": work.arguments.get("symbol"),
    }
    with work.connection.cursor(row_factory=class_row(Alert)) as cursor:
        found = cursor.execute(query("alert_to_replay"), wanted).fetchone()
    if found is None:
        raise PgstrikeError(
            f"there is no alert {name} of yours; `pgstrike alert list` lists them"
        )
    return found


def looks_of(work: Work, alert: Alert) -> Sequence[Look]:
    start, end = work.span()
    wanted = {
        "symbols": alert.symbols,
        "topics": alert.topics,
        "from": start,
        "to": end,
    }
    with work.connection.cursor(row_factory=class_row(Look)) as cursor:
        found = cursor.execute(query("replay_looks"), wanted).fetchmany(MOST_LOOKS + 1)
    if not found:
        raise PgstrikeError(
            f"nothing from {start} to {end} was quoted of the alert's symbols; "
            "see `pgstrike instrument list` for the symbols and their clocks"
        )
    if len(found) > MOST_LOOKS:
        raise PgstrikeError(
            f"from {start} to {end} are more than {MOST_LOOKS:,} snapshots; "
            "ask for a shorter time, or for one symbol"
        )
    return found


KIND = Kind(
    name="replay_alert",
    about="Run an alert over the past: how often, and when, it would have fired.",
    properties={
        "name": {"type": "string", "maxLength": 63, "description": "the alert's name"},
        "symbol": SYMBOL,
        "from": FROM,
        "to": TO,
    },
    required=("name", "from", "to"),
    run=run,
    is_for_readers=True,
)
