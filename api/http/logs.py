"""GET /api/logs: the newest log lines of this process, and those of `pgstrike run`."""

from datetime import datetime
from typing import NamedTuple

from aiohttp import web

from pgstrike.api.http.app_keys import POOL
from pgstrike.db.log_ring import RING
from pgstrike.db.pool import ask
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
    found = await ask(request.app[POOL], "log_lines", {}, RunLine, reader=EVERYTHING)
    run = [{**line._asdict(), "time": line.time.isoformat()} for line in found]
    return web.json_response({"serve": list(RING.lines), "run": run})
