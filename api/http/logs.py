"""GET /api/logs: the newest log lines of this process, and those of `pgstrike run`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from aiohttp import web

from pgstrike.api.http.app_keys import POOL
from pgstrike.db.log_ring import RING
from pgstrike.db.pool import Pool, ask
from pgstrike.db.session import EVERYTHING


class RunLine(NamedTuple):
    """A row of ops.log_lines."""

    id: int
    process: str
    time: datetime
    level: str
    logger: str
    job: str | None
    message: str


async def logs(request: web.Request) -> web.Response:
    return web.json_response(await newest_lines(request.app[POOL]))


async def newest_lines(pool: Pool) -> Mapping[str, Any]:
    found = await ask(pool, "log_lines", {}, RunLine, reader=EVERYTHING)
    run = [{**line._asdict(), "time": line.time.isoformat()} for line in found]
    return {"serve": list(RING.lines), "run": run}
