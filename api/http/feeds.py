"""How the live feeds stand: which is in charge of what, and why another failed."""

from datetime import datetime
from typing import Any, NamedTuple

from aiohttp import hdrs, web

from pgstrike.api.http.app_keys import POOL
from pgstrike.db.pool import ask
from pgstrike.db.session import EVERYTHING


class FeedRow(NamedTuple):
    """A row of sql/queries/feeds.sql."""

    name: str
    kind: str
    symbols: list[str]
    options: dict[str, str]
    is_on: bool
    position: int
    state: str
    since: datetime
    last_message_at: datetime | None
    lag_seconds: float | None
    reconnects: int
    failure: str | None
    failed_at: datetime | None
    in_charge: dict[str, str]


async def feeds(request: web.Request) -> web.Response:
    rows = await ask(request.app[POOL], "feeds", {}, FeedRow, reader=EVERYTHING)
    return web.json_response(
        {"feeds": [written(row) for row in rows]},
        headers={hdrs.CACHE_CONTROL: "no-store"},
    )


def written(row: FeedRow) -> dict[str, Any]:
    """The row as JSON has it: times as texts."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row._asdict().items()
    }
